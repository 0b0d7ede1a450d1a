/** What the registers say of an act, read in the unit that decides it. */
import type { Unit } from '../../store/index.ts'
import type { Act, RemotePayment } from '../decision/context.ts'
import type { PreparedQuestion } from './prepared.ts'
import * as query from './queries.ts'

type Steps<R> = ReturnType<Unit<unknown, R>>

export function* completedAct({ act, owner, look }: PreparedQuestion): Steps<Act> {
  if (act.kind !== 'remote-payment') return act
  const entries = yield* trustedEntries(owner, look.payees)
  const newest = entries.toSorted((a, b) => b.authenticatedAt - a.authenticatedAt)[0]
  const series = look.series === null ? undefined : yield* seriesOf(act, owner, look)
  return {
    ...act,
    // Of a batch every payee is on the list, and the entry is the newest of theirs.
    ...(newest !== undefined && entries.length === new Set(look.payees).size
      ? { trustedPayee: newest }
      : {}),
    ...(series === undefined ? {} : { series }),
    ownAccounts: act.ownAccounts || (yield* allOwn(owner, look)),
    corporateProcess:
      look.process !== null &&
      (yield query.readProcess({ payer: owner, process: look.process })).length > 0,
  }
}

function* trustedEntries(
  payer: string,
  payees: readonly string[],
): Steps<readonly { readonly entry: string; readonly authenticatedAt: number }[]> {
  const found: { readonly entry: string; readonly authenticatedAt: number }[] = []
  for (const payee of new Set(payees)) {
    const [row] = yield query.readTrusted({ payer, payee })
    if (row === undefined) break
    found.push({
      entry: String(row['entry']),
      authenticatedAt: Number(row['authenticated_at']),
    })
  }
  return found
}

function* seriesOf(
  { amount }: RemotePayment,
  payer: string,
  { series, payees }: PreparedQuestion['look'],
): Steps<RemotePayment['series']> {
  const [row] = yield query.readSeries({ payer, series: series ?? '' })
  if (row === undefined) return undefined
  return {
    id: String(row['entry']),
    authenticatedAt: Number(row['authenticated_at']),
    sameAmount: row['amount'] === amount.agreed,
    samePayee: payees.length === 1 && row['payee'] === payees[0],
  }
}

function* allOwn(payer: string, { debtor, payees }: PreparedQuestion['look']): Steps<boolean> {
  if (debtor === null || payees.length === 0) return false
  for (const account of new Set([debtor, ...payees]))
    if ((yield query.readOwn({ payer, account })).length === 0) return false
  return true
}
