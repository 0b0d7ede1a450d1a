/** What a gateway holds in memory of the feed; read on the hot path, so every read is a map look-up. */
import type { ClientRecord, ConsentRecord } from './records.ts'

export interface Projection {
  client(id: string): ClientRecord | undefined
  consent(id: string): ConsentRecord | undefined
  revoked(key: string): boolean
  /** Milliseconds since the last heartbeat, whatever the wall clock does; `Infinity` before the first one. */
  ageMs(): number
  readonly seq: number
}
