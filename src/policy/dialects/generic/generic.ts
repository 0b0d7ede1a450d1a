/**
 * Any other specification — Berlin Group, Consumer Data Right, a bank's own — read by names and shapes. It derives what it can show
 * and guesses nothing: an operation without a mapping is denied until `permissions:` in gatehouse.yaml maps it.
 */
import { dataClass } from '../../../controls/index.ts'
import type { Dialect } from '../dialect.ts'
import { deriveDetails } from './details.ts'
import { entitiesOf } from './entities.ts'
import { nounOf, permissionsOf } from './permissions.ts'
import { deriveRows } from './rows.ts'
import { accountSelectors, otherObjects } from './selectors.ts'

export const generic: Dialect = {
  id: 'generic',
  recognises: () => true,
  describe(operation, _spec, view) {
    const noun = nounOf(operation.path)
    const entities = entitiesOf(operation, view, noun)
    const permissions = permissionsOf(operation)
    const selectors = accountSelectors(operation)
    const { rows, directions, byAccount } = deriveRows(entities, view, selectors.length > 0)
    const ofPerson = permissions?.every((group) => group.includes('ReadPartyPSU')) === true
    const personal = operation.dataClasses.some(
      ({ dataClass: id, at }) => at.startsWith('response') && dataClass(id)?.personal !== false,
    )
    const blind = personal && selectors.length === 0 && !byAccount && !ofPerson
    const others = otherObjects(operation, selectors)
    return {
      dialect: 'generic',
      permissions,
      selectors,
      unless: deriveDetails(entities, noun),
      rows,
      directions,
      // Other standards have no codes for credits and debits: a consent that names neither was not asked.
      directionsWhenNone: 'all',
      scopes: [],
      gaps: blind
        ? [
            {
              kind: others.length === 0 ? 'rows' : 'object',
              text:
                others.length === 0
                  ? 'neither the request nor the rows of the answer name an account, so the bank alone decides whose data it sends'
                  : `{${others.join('}, {')}} is no account and the answer names none, so the bank alone decides whose it is`,
            },
          ]
        : [],
    }
  },
}
