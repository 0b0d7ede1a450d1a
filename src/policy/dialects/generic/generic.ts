/**
 * Any other specification — Berlin Group, Consumer Data Right, a bank's own — read by names and shapes. It derives what it can show
 * and guesses nothing: an operation without a mapping is denied until `permissions:` in gatehouse.yaml maps it.
 */
import { dataClass } from '../../../controls/index.ts'
import type { ObjectSelector } from '../../../decide/index.ts'
import type { OperationRecord } from '../../../inventory/index.ts'
import { consentSelectors } from '../consents.ts'
import type { Dialect, OperationKnowledge } from '../dialect.ts'
import { deriveDetails } from './details.ts'
import { entityReader } from './entities.ts'
import { isAccountParameter, plainName } from './names.ts'
import { nounOf, permissionsOf } from './permissions.ts'
import { deriveRows } from './rows.ts'
import { accountSelectors, customerSelectors, otherObjects, pathNames } from './selectors.ts'

export const generic: Dialect = {
  id: 'generic',
  recognises: () => true,
  reader(spec, view) {
    // What the paths of an API call an account is what its consents list, and what its rows are told by.
    const ids = [
      ...new Set(spec.operations.flatMap(pathNames).filter(isAccountParameter).map(plainName)),
    ]
    const entitiesOf = entityReader(view)
    return (operation) => {
      const noun = nounOf(operation.path)
      const entities = entitiesOf(operation, noun)
      const permissions = permissionsOf(operation)
      const accounts = accountSelectors(operation)
      const selectors = [
        ...accounts,
        ...customerSelectors(operation),
        ...consentSelectors(operation, view),
      ]
      const sure = accounts.some((selector) => isAlwaysThere(operation, selector))
      const { rows, directions, byAccount } = deriveRows(entities, view, { ids, selected: sure })
      const ofPerson =
        permissions?.every((group) => group.includes('ReadPartyPSU')) === true &&
        otherObjects(operation, selectors).length === 0
      return {
        dialect: 'generic',
        permissions,
        selectors,
        unless: deriveDetails(entities, noun, ids),
        rows,
        directions,
        // Other standards have no codes for credits and debits: a consent that names neither was not asked.
        directionsWhenNone: 'all',
        scopes: [],
        gaps:
          sure || byAccount || ofPerson || !isPersonal(operation)
            ? []
            : gapsOf(operation, selectors),
      }
    }
  },
}

/** Without an optional parameter the bank may answer for every account it knows. */
function isAlwaysThere({ parameters }: OperationRecord, selector: ObjectSelector): boolean {
  return (
    selector.in === 'path' ||
    parameters.some(
      ({ in: where, name, required }) =>
        where === selector.in && name === selector.name && required,
    )
  )
}

function isPersonal({ dataClasses }: OperationRecord): boolean {
  return dataClasses.some(
    ({ dataClass: id, at }) => at.startsWith('response') && dataClass(id)?.personal !== false,
  )
}

function gapsOf(
  operation: OperationRecord,
  selectors: readonly ObjectSelector[],
): OperationKnowledge['gaps'] {
  const others = otherObjects(operation, selectors)
  if (others.length > 0)
    return [
      {
        kind: 'object',
        text: `{${others.join('}, {')}} is no account and the answer names none, so the bank alone decides whose it is`,
      },
    ]
  // A customer has accounts that the consent does not cover.
  const accounts = selectors.filter(({ names }) => names === undefined)
  const text =
    accounts.length === 0
      ? 'neither the request nor the rows of the answer name an account, so the bank alone decides whose data it sends'
      : `without ${accounts.map(({ name }) => name).join(', ')} the bank alone decides whose data it sends, for the rows of the answer name no account`
  return [{ kind: 'rows', text }]
}
