/**
 * What strong customer authentication decided and what became of it, for the record. Holds nobody's name, account or amount: the evidence
 * of the decision stands in the store, under the same id.
 */
import type { ErrorCode } from '../lib/index.ts'

export interface ScaEvent {
  /** Version of the format. */
  readonly v: 1
  /** Tells it from the other kinds. */
  readonly kind: 'sca'
  /** Unique. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /**
   * `decided`; `authenticated`: with two factors; `not-authenticated`: failed or abandoned; `attempt-refused`: by a limit of attempts; `done`,
   * `void`: what became of the act; `unauthenticated`: somebody wanted it done with neither code nor exemption, and it was not.
   */
  readonly what:
    | 'decided'
    | 'authenticated'
    | 'not-authenticated'
    | 'attempt-refused'
    | 'done'
    | 'void'
    | 'unauthenticated'
  /** Id of the decision: `gatehouse sca explain` shows its evidence. */
  readonly decision: string
  /** Name of the API that the act came through; `null`: none of ours. */
  readonly api: string | null
  /** Kind of act: `account-access`, `remote-payment`, `contactless-payment`, `unattended-terminal-payment`, `risky-act`. */
  readonly act: string
  /** What was decided. */
  readonly outcome: 'exempt' | 'required' | 'refused'
  /** The exemption that holds; `null`: none. */
  readonly exemption: string | null
  /** Why it was refused: see errors.md. */
  readonly code: ErrorCode | null
}
