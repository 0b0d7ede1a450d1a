/**
 * What a payer authenticated, or was exempt for, as one value (claim `sca`, member `digest`): SHA-256 in base64url of the payments in their canonical
 * form, as one list in RFC 8785 JSON; the same for whoever reads the same payments, whatever their words were.
 */
import { hash } from 'node:crypto'
import {
  type AuthenticatedPayments,
  type CanonicalPayment,
  canonicalJson,
  paymentText,
} from '../lib/index.ts'

export function paymentsDigest(payments: readonly CanonicalPayment[]): string {
  return hash('sha256', canonicalJson(payments.map(paymentText)), 'base64url')
}

/** Of all that a token or consent holds, in its order; `undefined`: it holds none, or one that cannot be read. */
export function digestOfHeld(held: AuthenticatedPayments | undefined): string | undefined {
  return held?.kind === 'known' && held.payments.length > 0
    ? paymentsDigest(held.payments.flat())
    : undefined
}
