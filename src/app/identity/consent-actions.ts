/** Ending a consent as a change at the control desk: who asked and why is in the spool before it counts. */
import type { ConsentDesk } from '../../identity/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Action, NOTHING } from '../control-desk.ts'

const OVER: ReadonlySet<string> = new Set([
  'rejected',
  'withdrawn',
  'cancelled',
  'terminated',
  'expired',
  'consumed',
])

/** `desk`: of the authorization server; `undefined`: there is none. */
export function consentActions(
  desk: ConsentDesk | undefined,
): Readonly<Record<'consent-end', Action>> {
  return {
    async 'consent-end'({ consent, reason, who }) {
      if (reason === null) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_REASON' }
      const found = await desk?.show(consent ?? '')
      if (found === undefined)
        return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_CONSENT_UNKNOWN' }
      const { id, status } = found
      if (OVER.has(status))
        return {
          ...NOTHING,
          outcome: 'refused',
          code: 'GH_CONTROL_CONSENT_STATE',
          details: [`it is ${status}`],
        }
      return {
        outcome: 'done',
        before: status,
        after: 'terminated',
        details: [`of client ${found.client}`],
        async commit() {
          if ((await desk?.end(id, { by: who, reason })) === undefined)
            throw new GatehouseError('GH_CONTROL_CONSENT_STATE')
          return []
        },
      }
    },
  }
}
