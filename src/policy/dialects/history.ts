/** What of an operation reaches back in time, and whether it is for more than balance and transactions (RTS 2018/389 Art. 10, 10a). */
import type { HistoryParams } from '../../decide/index.ts'
import type { OperationRecord, ParameterRecord } from '../../inventory/index.ts'
import type { OperationKnowledge } from './dialect.ts'
import { plainName } from './generic/names.ts'
import type { SchemaView } from './schema-view.ts'

interface Known {
  readonly record: OperationRecord
  readonly knowledge: OperationKnowledge
}

/** Permissions of accounts, balances and transactions: UK, Berlin Group, Consumer Data Right. */
const WITHIN: ReadonlySet<string> = new Set([
  'ReadAccountsBasic',
  'ReadAccountsDetail',
  'ReadPAN',
  'ReadBalances',
  'ReadTransactionsBasic',
  'ReadTransactionsCredits',
  'ReadTransactionsDebits',
  'ReadTransactionsDetail',
  'accounts',
  'balances',
  'transactions',
  'bank:accounts.basic:read',
  'bank:accounts.detail:read',
  'bank:transactions:read',
])

/** Days in the request, or in the rows of the answer; `undefined`: there are none, or it is no account information. */
export function historyPlaces(
  { record, knowledge }: Known,
  view: SchemaView,
): Pick<HistoryParams, 'dates' | 'rows'> | undefined {
  if (record.role !== 'ais') return undefined
  const dates = record.parameters.filter((one) => namesDay(one, view)).map(({ name }) => name)
  const rows = knowledge.rows
    .filter(({ test }) => test.kind === 'within')
    .map(({ at, field }) => ({
      at,
      field,
      test: { kind: 'within' as const, window: 'history' },
    }))
  return dates.length + rows.length === 0 ? undefined : { dates, rows }
}

/** Some specifications declare no format (Consumer Data Right: `oldest-time` is a plain text), so that the name has to tell. */
function namesDay({ in: where, name, schema }: ParameterRecord, view: SchemaView): boolean {
  if (where !== 'query') return false
  const formats = schema === null ? [] : view.variants(schema).map(({ format }) => format)
  return (
    formats.some((format) => format === 'date' || format === 'date-time') ||
    /^(from|to|start|end|since|until|before|after|oldest|newest)(booking|posting|value|transaction|statement)?(date|datetime|time|day)$|^(date|datetime|time|day)(from|to|start|end|since|until)$/.test(
      plainName(name),
    )
  )
}

/** Account information for which a consent needs more than accounts, balances and transactions; what is not mapped counts as such. */
export function isOtherData({ record, knowledge }: Known): boolean {
  const { permissions } = knowledge
  return (
    record.role === 'ais' &&
    (permissions === null ||
      permissions.length === 0 ||
      permissions.flat().some((code) => !WITHIN.has(code)))
  )
}
