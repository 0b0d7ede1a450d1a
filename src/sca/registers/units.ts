/**
 * Units over what exemptions rest on. A customer's entry rests on one authentication for that very kind of act, used once (RTS Art. 13 and
 * 14: making and changing it is authenticated). What the bank knows by itself it records by itself.
 */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { RiskyAct } from '../decision/context.ts'
import * as query from '../ledger/queries.ts'
import type { LedgerTables, RegisterTables } from '../tables/index.ts'
import { evidenceOf, NO_TERMS } from '../ledger/terms.ts'

const db = queryBuilder<LedgerTables & RegisterTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** After that an authentication says nothing of what the customer does now. */
export const ENTRY_WITHIN_MS = 600_000
/** `unauthenticated`: the decision is not this customer's, not for this kind of act, not authenticated, too old, or used. */
export type Entered = 'entered' | 'unauthenticated'

export interface ByCustomer {
  readonly payer: string
  /** Id of the decision that the customer was authenticated for. */
  readonly decision: string
  readonly at: number
}

export function* trustPayeesUnit(
  asked: ByCustomer & { readonly payees: readonly string[]; readonly trusted: boolean },
): Steps<Entered> {
  const { payer, decision, at, payees, trusted } = asked
  const authenticatedAt = yield* useAuthentication(asked, 'trusted-payees')
  if (authenticatedAt === undefined) return 'unauthenticated'
  if (!trusted) yield* forgetPayees(payer, payees)
  else
    for (const payee of payees) {
      const entry = { entry: decision, authenticated_at: Math.min(authenticatedAt, at) }
      yield db()
        .insertInto('sca_trusted_payee')
        .values({ payer, payee, ...entry })
        .onConflict((conflict) => conflict.columns(['payer', 'payee']).doUpdateSet(entry))
        .compile()
    }
  return 'entered'
}

/** By the bank: to trust less needs nobody's authentication. */
export function* distrustPayeesUnit(asked: {
  readonly payer: string
  readonly payees: readonly string[]
}): Steps<null> {
  yield* forgetPayees(asked.payer, asked.payees)
  return null
}

function* forgetPayees(payer: string, payees: readonly string[]): Steps<void> {
  for (const payee of payees)
    yield db()
      .deleteFrom('sca_trusted_payee')
      .where('payer', '=', payer)
      .where('payee', '=', payee)
      .compile()
}

export function* putSeriesUnit(
  asked: ByCustomer & { readonly series: string; readonly payee: string; readonly amount: string },
): Steps<Entered> {
  const { payer, decision, series, payee, amount } = asked
  const authenticatedAt = yield* useAuthentication(asked, 'series')
  if (authenticatedAt === undefined) return 'unauthenticated'
  const entry = { payee, amount, entry: decision, authenticated_at: authenticatedAt }
  yield db()
    .insertInto('sca_series')
    .values({ payer, series, ...entry })
    .onConflict((conflict) => conflict.columns(['payer', 'series']).doUpdateSet(entry))
    .compile()
  return 'entered'
}

/** Ends one: its payments are exempt no more. */
export function* endSeriesUnit(asked: {
  readonly payer: string
  readonly series: string
}): Steps<boolean> {
  const gone = yield db()
    .deleteFrom('sca_series')
    .where('payer', '=', asked.payer)
    .where('series', '=', asked.series)
    .returning('series')
    .compile()
  return gone.length > 0
}

/** All accounts of the customer at this bank: what is not among them is theirs no more. */
export function* putOwnAccountsUnit(asked: {
  readonly payer: string
  readonly accounts: readonly string[]
  readonly at: number
}): Steps<null> {
  const { payer, accounts, at } = asked
  yield db().deleteFrom('sca_own_account').where('payer', '=', payer).compile()
  for (const account of new Set(accounts))
    yield db().insertInto('sca_own_account').values({ payer, account, recorded_at: at }).compile()
  return null
}

export function* putProcessUnit(asked: {
  readonly payer: string
  readonly process: string
  readonly who: string
  readonly at: number
  readonly given: boolean
}): Steps<null> {
  const { payer, process, who, at, given } = asked
  yield db()
    .deleteFrom('sca_corporate_payer')
    .where('payer', '=', payer)
    .where('process', '=', process)
    .compile()
  if (given)
    yield db()
      .insertInto('sca_corporate_payer')
      .values({ payer, process, recorded_by: who, recorded_at: at })
      .compile()
  return null
}

/** When the customer was authenticated for this kind of act; it is used by this, and by nothing again. */
function* useAuthentication(
  { payer, decision, at }: ByCustomer,
  what: RiskyAct['what'],
): Steps<number | undefined> {
  const [row] = yield query.readDecision({ id: decision })
  const [kept] = yield query.readEvidence({ id: decision })
  if (row === undefined || kept === undefined || row['payer'] !== payer) return undefined
  const { act } = evidenceOf(String(kept['body']), NO_TERMS).context
  const authenticatedAt = Number(row['authenticated_at'])
  if (
    act.kind !== 'risky-act' ||
    act.what !== what ||
    row['authentication'] !== 'succeeded' ||
    row['state'] === 'void' ||
    row['used'] !== 0 ||
    !(at >= authenticatedAt && at - authenticatedAt <= ENTRY_WITHIN_MS)
  )
    return undefined
  yield db()
    .updateTable('sca_decision')
    .set({ used: 1, state: 'done', settled_at: at })
    .where('id', '=', decision)
    .compile()
  return authenticatedAt
}

export const trustPayees = defineUnit(import.meta.url, 'trustPayeesUnit', trustPayeesUnit)
export const distrustPayees = defineUnit(import.meta.url, 'distrustPayeesUnit', distrustPayeesUnit)
export const putSeries = defineUnit(import.meta.url, 'putSeriesUnit', putSeriesUnit)
export const endSeries = defineUnit(import.meta.url, 'endSeriesUnit', endSeriesUnit)
export const putOwnAccounts = defineUnit(import.meta.url, 'putOwnAccountsUnit', putOwnAccountsUnit)
export const putProcess = defineUnit(import.meta.url, 'putProcessUnit', putProcessUnit)
