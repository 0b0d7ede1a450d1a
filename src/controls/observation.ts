/** The one record every producer of evidence writes, and the one sink it writes to. */
import type { ControlId } from '../lib/index.ts'
import type { EvidenceKind } from './control.ts'

export interface Observation {
  readonly control: ControlId
  /** Name of the API. */
  readonly api: string
  readonly kind: EvidenceKind
  readonly outcome: 'pass' | 'fail'
  /** What was seen, in one sentence without personal data. */
  readonly value: string
  /** How many requests, operations or attempts were looked at; 0 proves nothing. */
  readonly population: number
  /** Milliseconds since the epoch. */
  readonly collectedAt: number
  readonly expiresAt: number
  /** Producer and version: `traffic@1`, `policy@1`. */
  readonly source: string
  /** A command that shows the same again. */
  readonly reproduce: string
}

export interface ObservationSink {
  /** Durable when it resolves. */
  put(observations: readonly Observation[]): Promise<void>
}
