/**
 * A code against what is really to be done. Whatever comes of it, a code that was genuine is spent: with something else than was agreed it is
 * void (RTS Art. 5(1)(c), (d)), and whoever brought it cannot try again. The comparison is the one of the gateway.
 */
import {
  canonicalPayment,
  comparePayments,
  type Clock,
  type PaymentDifference,
  type PaymentField,
  type Result,
} from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import { readChange } from '../registers/change.ts'
import { CODE_SECONDS, type CodeSigner } from './code.ts'
import { spendCode, voidCode } from './code-units.ts'
import type { LinkedTransaction, Purpose } from './linked.ts'
import { refused, type ScaRefusal } from './refusal.ts'
import { isTransactionId, openRow, traceOfLink } from './stored.ts'
import { type VerifiedTransaction, verifiedTransaction } from './verified.ts'

export interface RedeemRequest {
  readonly code: string
  /** Who redeems it. */
  readonly expectedAudience: string
  /** For whom, and on whose request, it is to be done. */
  readonly client: string
  readonly subject: string
  readonly consentId?: string
  /** What is to be done now. */
  readonly purpose: Purpose
  /** Fields of a payment that may be asked for though nothing was agreed about them. */
  readonly free?: ReadonlySet<PaymentField>
}

declare const redeemed: unique symbol
/** What may be done, once. Made by `redeemCode` only. */
export interface RedeemedTransaction extends VerifiedTransaction {
  readonly [redeemed]: true
}

export interface RedeemParts {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly signer: CodeSigner
}

export async function redeemCode(
  { store, sealing, clock, signer }: RedeemParts,
  request: RedeemRequest,
): Promise<Result<RedeemedTransaction, ScaRefusal>> {
  const now = clock.now()
  const claims = signer.verify(request.code, request.expectedAudience, now)
  if (claims === undefined) return refused('GH_SCA_CODE_INVALID')
  const { txn: id, link } = claims
  if (!isTransactionId(id)) return refused('GH_SCA_CODE_INVALID')
  const code = sealing.hashed('code', claims.jti)
  // As long as the code could be brought, and longer: clocks of nodes differ.
  const forgetAt = (claims.exp + CODE_SECONDS) * 1000
  const trace = traceOfLink(sealing, link)
  // Spent before it is compared: a code is genuine by itself, and what it is compared with comes back with the same commit.
  const spent = await store.run(spendCode, { id, trace, code, forgetAt, now })
  if (spent === null) return refused('GH_SCA_CODE_INVALID')
  const stored = openRow(sealing, spent.row)
  if (!spent.first) return refused('GH_SCA_CODE_SPENT')
  const { transaction } = stored
  const differences = differencesOf(transaction, request)
  const ours =
    link === transaction.challenge.toString('base64url') && sameParties(transaction, request)
  if (!ours || differences.length > 0) await store.run(voidCode, { id, code })
  if (!ours) return refused('GH_SCA_CODE_INVALID')
  if (differences.length > 0) return refused('GH_SCA_LINK_MISMATCH', { differences })
  // Sound: it was spent here, as what it is.
  return { ok: true, value: verifiedTransaction(sealing, stored) as RedeemedTransaction }
}

/** Substitution between customers, clients or consents: the code is somebody else's. */
function sameParties(transaction: LinkedTransaction, request: RedeemRequest): boolean {
  return (
    transaction.client === request.client &&
    transaction.subject === request.subject &&
    transaction.audience === request.expectedAudience &&
    transaction.consentId === request.consentId
  )
}

function differencesOf(
  { kind, what, element, change, payments }: LinkedTransaction,
  { purpose, free }: RedeemRequest,
): readonly PaymentDifference[] {
  const otherKind: readonly PaymentDifference[] = [{ field: 'amount', kind: 'changed' }]
  if (purpose.kind !== kind) return otherKind
  if (purpose.kind === 'risky-act') {
    if (purpose.what !== what || purpose.element !== element) return otherKind
    const asked = purpose.change && readChange(purpose.change)
    if (asked?.ok === false || asked?.value.text !== change?.text)
      return [{ field: 'creditorAccount', kind: 'changed' }]
    return []
  }
  if (purpose.kind !== 'payment') return []
  const read = purpose.payments.map(canonicalPayment)
  const faulty = read.flatMap((one) => (one.ok ? [] : one.faults))
  // What cannot be read cannot be the same.
  if (faulty.length > 0) return faulty.map(({ field }) => ({ field, kind: 'changed' }))
  const asked = read.flatMap((one) => (one.ok ? [one.payment] : []))
  return comparePayments(payments, asked, free)
}
