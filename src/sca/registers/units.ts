/**
 * Units over what exemptions rest on. A customer's entry rests on one authentication of exactly this change, used once (RTS Art. 13(1) and
 * 14(1): making and changing it is authenticated). What the bank knows by itself it records by itself.
 */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import * as query from '../ledger/queries.ts'
import type { LedgerTables, RegisterTables } from '../tables/index.ts'
import { enterSeries } from './begun.ts'
import { MAX_PROCESSES, MAX_SERIES, MAX_TRUSTED_PAYEES, room } from './room.ts'

const db = queryBuilder<LedgerTables & RegisterTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** After that an authentication says nothing of what the customer does now. */
export const ENTRY_WITHIN_MS = 600_000
/**
 * `unauthenticated`: the decision is not this customer's, not this program's, not of exactly this change, not authenticated, too old, or used.
 * `full`: there is no room, and nothing was used up.
 */
export type Entered = 'entered' | 'unauthenticated' | 'full'

export interface ChangeAsked {
  /** The customer as decisions name him, and as registers do. */
  readonly payer: string
  readonly owner: string
  /** Id of the decision that the customer was authenticated for, and the program that asked for it. */
  readonly decision: string
  readonly client: string
  /** What the decision must be of. */
  readonly bound: string
  readonly at: number
  readonly entries:
    | { readonly as: 'trust'; readonly payees: readonly TrustedPayee[] }
    | { readonly as: 'distrust'; readonly payees: readonly string[] }
    | {
        readonly as: 'series'
        readonly series: string
        readonly payee: string
        readonly amount: string
      }
}
export interface TrustedPayee {
  readonly payee: string
  readonly named: Uint8Array
}

export function* enterChangeUnit(asked: ChangeAsked): Steps<Entered> {
  const { owner, decision, at, entries } = asked
  const since = yield* authenticatedFor(asked)
  if (since === undefined) return 'unauthenticated'
  const entry = { entry: decision, authenticated_at: since }
  switch (entries.as) {
    case 'trust': {
      const payees = entries.payees.map(({ payee }) => payee)
      if (!(yield* room('sca_trusted_payee', owner, payees, MAX_TRUSTED_PAYEES))) return 'full'
      for (const { payee, named } of entries.payees)
        yield db()
          .insertInto('sca_trusted_payee')
          .values({ payer: owner, payee, ...entry, named })
          .onConflict((conflict) =>
            conflict.columns(['payer', 'payee']).doUpdateSet({ ...entry, named }),
          )
          .compile()
      break
    }
    case 'distrust':
      yield* forgetPayees(owner, entries.payees)
      break
    case 'series': {
      const { as: _, series, ...rest } = entries
      if (!(yield* room('sca_series', owner, [series], MAX_SERIES))) return 'full'
      yield* enterSeries({ payer: owner, series, ...rest, ...entry })
      break
    }
    default:
      return entries satisfies never
  }
  yield db()
    .updateTable('sca_decision')
    .set({ used: 1, state: 'done', settled_at: at })
    .where('id', '=', decision)
    .compile()
  return 'entered'
}

/** By the bank: to trust less needs nobody's authentication. Gives how many went. */
export function* strikePayeesUnit(asked: {
  readonly owner: string
  readonly payees: readonly string[]
}): Steps<number> {
  return yield* forgetPayees(asked.owner, asked.payees)
}

function* forgetPayees(payer: string, payees: readonly string[]): Steps<number> {
  const gone = yield db()
    .deleteFrom('sca_trusted_payee')
    .where('payer', '=', payer)
    .where('payee', 'in', payees)
    .returning('payee')
    .compile()
  return gone.length
}

/** Ends one: its payments are exempt no more, and a payment that would begin it does not. */
export function* endSeriesUnit(asked: {
  readonly owner: string
  readonly series: string
}): Steps<boolean> {
  let gone = 0
  for (const table of ['sca_series', 'sca_begun_series'] as const) {
    const rows = yield db()
      .deleteFrom(table)
      .where('payer', '=', asked.owner)
      .where('series', '=', asked.series)
      .returning('series')
      .compile()
    gone += rows.length
  }
  return gone > 0
}

/** All accounts of the customer at this bank: what is not among them is theirs no more. */
export function* putOwnAccountsUnit(asked: {
  readonly owner: string
  readonly accounts: readonly string[]
  readonly at: number
}): Steps<null> {
  const { owner, accounts, at } = asked
  yield db().deleteFrom('sca_own_account').where('payer', '=', owner).compile()
  for (const account of accounts)
    yield db()
      .insertInto('sca_own_account')
      .values({ payer: owner, account, recorded_at: at })
      .compile()
  return null
}

/** `unchanged`: it was so. */
export function* putProcessUnit(asked: {
  readonly owner: string
  readonly process: string
  readonly who: string
  readonly at: number
  readonly given: boolean
}): Steps<'changed' | 'unchanged' | 'full'> {
  const { owner, process, who, at, given } = asked
  const [found] = yield query.readProcess({ payer: owner, process })
  if ((found !== undefined) === given) return 'unchanged'
  if (!given) {
    yield db()
      .deleteFrom('sca_corporate_payer')
      .where('payer', '=', owner)
      .where('process', '=', process)
      .compile()
    return 'changed'
  }
  if (!(yield* room('sca_corporate_payer', owner, [process], MAX_PROCESSES))) return 'full'
  yield db()
    .insertInto('sca_corporate_payer')
    .values({ payer: owner, process, recorded_by: who, recorded_at: at })
    .compile()
  return 'changed'
}

/** When the customer was authenticated for exactly this change, by something that is of use once. */
function* authenticatedFor(asked: ChangeAsked): Steps<number | undefined> {
  const { payer, decision, client, bound, at } = asked
  const [row] = yield query.readDecision({ id: decision })
  const since = Number(row?.['authenticated_at'])
  const sound =
    row !== undefined &&
    row['payer'] === payer &&
    row['client'] === client &&
    row['act'] === 'risky-act' &&
    row['bound'] === bound &&
    row['authentication'] === 'succeeded' &&
    row['state'] !== 'void' &&
    row['used'] === 0 &&
    at >= since &&
    at - since <= ENTRY_WITHIN_MS
  return sound ? since : undefined
}

const here = import.meta.url
export const enterChange = defineUnit(here, 'enterChangeUnit', enterChangeUnit)
export const strikePayees = defineUnit(here, 'strikePayeesUnit', strikePayeesUnit)
export const endSeries = defineUnit(here, 'endSeriesUnit', endSeriesUnit)
export const putOwnAccounts = defineUnit(here, 'putOwnAccountsUnit', putOwnAccountsUnit)
export const putProcess = defineUnit(here, 'putProcessUnit', putProcessUnit)
