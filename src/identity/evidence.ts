/** What is recorded of the authorization server: each act before it counts. Whoever cannot record does not act. */
import type { IdentityEvent } from '../events/index.ts'

/** As it happened, with ids as they are: who records them makes keyed hashes of those of persons. Members that are absent are nothing. */
export interface EvidenceEntry {
  readonly action: IdentityEvent['action']
  readonly outcome: IdentityEvent['outcome']
  readonly by: IdentityEvent['by']
  readonly error?: string | undefined
  readonly why?: string | undefined
  readonly client?: string | undefined
  readonly subject?: string | undefined
  readonly consent?: string | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly purpose?: string | undefined
  readonly keys?: readonly string[] | undefined
  readonly caller?: string | undefined
  readonly authentication?: string | undefined
}
export interface Evidence {
  /**
   * The id under which it stands, once it is on disk. `correcting`: an earlier id of what then came out otherwise.
   * @throws GH_IDENTITY_UNRECORDED
   */
  write(entry: EvidenceEntry, correcting?: string): Promise<string>
}

/** In the answer to whoever was refused: what the bank finds the event by. */
export const DECISION_HEADER = 'gatehouse-decision'
