/**
 * Berlin Group NextGenPSD2 1.3. A consent lists accounts under `access.accounts`, `access.balances` and `access.transactions`; those three
 * words are its permissions here, and `ownerName` under `additionalInformation` a fourth. Which accounts they are for is in its accounts.
 */
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import type { Dialect, OperationKnowledge } from './dialect.ts'
import { generic } from './generic/generic.ts'

/** The words of a consent for what meaning tells. */
const ACCESS: ReadonlyMap<string, string> = new Map([
  ['ReadAccountsBasic', 'accounts'],
  ['ReadAccountsDetail', 'accounts'],
  ['ReadBalances', 'balances'],
  ['ReadTransactionsBasic', 'transactions'],
  ['ReadTransactionsDetail', 'transactions'],
])

export const berlinGroup: Dialect = {
  id: 'berlin-group-1.3',
  recognises: isBerlinGroup,
  reader(spec, view) {
    const read = generic.reader(spec, view)
    return (operation) => {
      const known = read(operation)
      if (known === undefined) return undefined
      return {
        ...known,
        dialect: 'berlin-group-1.3',
        permissions: known.permissions === null ? null : accessOf(known.permissions),
        unless: known.unless.flatMap(whatNeedsMore),
      }
    }
  },
}

/** A group that no word of a consent covers leaves the operation unmapped. */
function accessOf(groups: readonly (readonly string[])[]): readonly (readonly string[])[] | null {
  const found = new Map<string, readonly string[]>()
  for (const group of groups) {
    const words = [...new Set(group.flatMap((code) => ACCESS.get(code) ?? []))].sort()
    if (words.length === 0) return null
    found.set(words.join(), words)
  }
  return [...found.values()]
}

/** An account leaves with its numbers, as the list of accounts of a consent names it; its owner and its balances need a word of their own. */
function whatNeedsMore({
  permission,
  drop,
}: OperationKnowledge['unless'][number]): OperationKnowledge['unless'] {
  if (permission === 'ReadBalances') return [{ permission: 'balances', drop }]
  if (permission !== 'ReadAccountsDetail') return []
  const owners = drop.filter((path) => path.at(-1) === 'ownerName')
  return owners.length === 0 ? [] : [{ permission: 'ownerName', drop: owners }]
}

export function isBerlinGroup({ operations }: Pick<ImportedSpec, 'operations'>): boolean {
  const names = ({ parameters }: OperationRecord): readonly string[] =>
    parameters.map(({ name }) => name.toLowerCase())
  return (
    operations.some(({ path }) => /^\/v1\/(?:card-)?accounts\/\{account-id\}/.test(path)) &&
    operations.some((one) =>
      ['consent-id', 'x-request-id'].every((name) => names(one).includes(name)),
    )
  )
}
