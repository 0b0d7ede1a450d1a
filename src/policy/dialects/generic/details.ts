/**
 * The *Detail* pairs of the UK profile, by meaning instead of by place: what identifies an account, or names the other side of a
 * transaction, leaves only with the Detail code; balances inside another answer leave only with `ReadBalances`.
 */
import type { FieldPath } from '../../../schema/index.ts'
import type { Entity } from './entities.ts'
import {
  isAccountContainer,
  isAccountParameter,
  isOtherSide,
  isTransactionContainer,
  plainName,
} from './names.ts'

const ACCOUNT_DETAIL =
  /^(iban|bban|pan|msisdn|accountnumber|sortcode|bsb|routingnumber|ownername|accountholdername|servicer)$/
const TRANSACTION_DETAIL =
  /^(ultimate)?(creditor|debtor)(name|account|agent)?$|^merchant(name|details)?$|^transactioninformation$|^remittanceinformation|^balance(aftertransaction)?$|^counterparty/
const BALANCES = /^(available|current|closing|opening|interim|account)?balances?$/

export function deriveDetails(
  entities: readonly Entity[],
  noun: string,
  /** What the API calls an account: the handle of the third party, whatever else it tells. */
  ids: readonly string[],
): readonly { readonly permission: string; readonly drop: readonly FieldPath[] }[] {
  const drops = new Map<string, FieldPath[]>()
  const drop = (permission: string, path: FieldPath): void => {
    const known = drops.get(permission)
    if (known === undefined) drops.set(permission, [path])
    else known.push(path)
  }
  const ofBalances = BALANCES.test(plainName(noun))
  for (const { at, name, around, properties } of entities) {
    if ([name, ...around].some(isOtherSide)) continue
    const ofTransaction = isTransactionContainer(name) && at.length > 0
    const inTransaction = around.some(isTransactionContainer)
    // An account by its name, or by what it says of itself: a pot with an IBAN is one.
    const ofAccount =
      isAccountContainer(name) ||
      (!inTransaction && !ofTransaction && properties.some(isAccountParameter))
    for (const property of properties) {
      const plain = plainName(property)
      if (ofTransaction && TRANSACTION_DETAIL.test(plain))
        drop('ReadTransactionsDetail', [...at, property])
      else if (ofAccount && ACCOUNT_DETAIL.test(plain) && !ids.includes(plain))
        drop('ReadAccountsDetail', [...at, property])
      else if (!ofBalances && !ofTransaction && !inTransaction && BALANCES.test(plain))
        drop('ReadBalances', [...at, property])
    }
  }
  return [...drops].map(([permission, paths]) => ({ permission, drop: paths }))
}
