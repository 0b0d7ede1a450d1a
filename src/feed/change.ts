/** The log of what a gateway must know (DESIGN §2). One record kind, one order, one reader contract. */
import type { JsonValue } from '../lib/index.ts'

export interface Change {
  /** Consecutive from 1 within one `epoch` of the publisher. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: ChangeKind
  readonly key: string
  /** `null`: gone. */
  readonly value: JsonValue
}
export type ChangeKind = 'client' | 'consent' | 'revocation' | 'key'

/** Reader's side: `snapshot()` then `subscribe(fromSeq)`. A heartbeat says "nothing newer than this seq at this time". */
export interface Feed {
  snapshot(): Promise<{ readonly seq: number; readonly changes: readonly Change[] }>
  subscribe(fromSeq: number, subscriber: FeedSubscriber): () => void
}
export interface FeedSubscriber {
  change(change: Change): void
  heartbeat(at: number): void
}
