/** What the registers hold of one customer, and an end to all of it when the person is erased. */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { RegisterTables } from '../tables/index.ts'
import { MAX_OWN_ACCOUNTS, MAX_PROCESSES, MAX_SERIES, MAX_TRUSTED_PAYEES } from './room.ts'

const db = queryBuilder<RegisterTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

export interface RegisterRows {
  readonly payees: readonly RegisterTables['sca_trusted_payee'][]
  readonly series: readonly RegisterTables['sca_series'][]
  readonly accounts: readonly RegisterTables['sca_own_account'][]
  readonly processes: readonly RegisterTables['sca_corporate_payer'][]
}

/** Oldest first. */
export function* listRegistersUnit({ owner }: { readonly owner: string }): Steps<RegisterRows> {
  const payees = yield db()
    .selectFrom('sca_trusted_payee')
    .selectAll()
    .where('payer', '=', owner)
    .orderBy('authenticated_at')
    .orderBy('payee')
    .limit(MAX_TRUSTED_PAYEES)
    .compile()
  const series = yield db()
    .selectFrom('sca_series')
    .selectAll()
    .where('payer', '=', owner)
    .orderBy('authenticated_at')
    .orderBy('series')
    .limit(MAX_SERIES)
    .compile()
  const accounts = yield db()
    .selectFrom('sca_own_account')
    .selectAll()
    .where('payer', '=', owner)
    .orderBy('account')
    .limit(MAX_OWN_ACCOUNTS)
    .compile()
  const processes = yield db()
    .selectFrom('sca_corporate_payer')
    .selectAll()
    .where('payer', '=', owner)
    .orderBy('process')
    .limit(MAX_PROCESSES)
    .compile()
  // Sound: the columns are as the migrations declare them.
  return { payees, series, accounts, processes } as unknown as RegisterRows
}

/** Gives how many rows went. `names`: of one person or several, as the registers have them. Twice is once. */
export function* forgetRegistersUnit({
  names,
}: {
  readonly names: readonly string[]
}): Steps<number> {
  let gone = 0
  for (const table of [
    'sca_trusted_payee',
    'sca_series',
    'sca_begun_series',
    'sca_own_account',
    'sca_corporate_payer',
  ] as const) {
    const rows = yield db()
      .deleteFrom(table)
      .where('payer', 'in', names)
      .returning('payer')
      .compile()
    gone += rows.length
  }
  return gone
}

export const listRegisters = defineUnit(import.meta.url, 'listRegistersUnit', listRegistersUnit)
export const forgetRegisters = defineUnit(
  import.meta.url,
  'forgetRegistersUnit',
  forgetRegistersUnit,
)
