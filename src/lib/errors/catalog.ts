/**
 * The one catalogue of error codes. An area is a file beside this one, so that a module's author edits only their own.
 * A code is `GH_<AREA>_<WHAT>`; `status` is the HTTP status if it ever reaches a client; `title` may be shown to anybody.
 */
import { auditErrors } from './audit.ts'
import { backupErrors } from './backup.ts'
import { cliErrors } from './cli.ts'
import { configErrors } from './config.ts'
import { controlErrors } from './control.ts'
import { eventErrors } from './events.ts'
import { feedErrors } from './feed.ts'
import { gatewayErrors } from './gateway.ts'
import { identityErrors } from './identity.ts'
import { inventoryErrors } from './inventory.ts'
import { objectiveErrors } from './objectives.ts'
import { policyErrors } from './policy.ts'
import { postureErrors } from './posture.ts'
import { scaErrors } from './sca.ts'
import { storeErrors } from './store.ts'

export interface ErrorEntry {
  readonly status: number
  readonly title: string
  /** What the reader can do about it, in one imperative sentence. */
  readonly mend?: string
}

export const CATALOG = {
  ...auditErrors,
  ...backupErrors,
  ...cliErrors,
  ...configErrors,
  ...controlErrors,
  ...eventErrors,
  ...feedErrors,
  ...gatewayErrors,
  ...identityErrors,
  ...inventoryErrors,
  ...objectiveErrors,
  ...policyErrors,
  ...postureErrors,
  ...scaErrors,
  ...storeErrors,
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof CATALOG

/** The entry of a code, widened so that optional members can be read. */
export function errorEntry(code: ErrorCode): ErrorEntry {
  return CATALOG[code]
}
