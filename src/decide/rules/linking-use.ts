/**
 * What a customer authenticated pays once (RTS Art. 4(1): an authentication code is accepted once). Which use it is stands in the claim: of
 * whom (the consent, or the grant or token that carries what was authenticated), and which of the payments that they hold. A request that
 * submits a payment is a use of its own; the steps of one authorisation are one use together.
 */
import { type CanonicalPayment, paymentText } from '../../lib/index.ts'
import { believedToken } from '../believed-token.ts'
import type { Facts } from '../facts.ts'
import type { Failure } from '../rule.ts'
import { type KnownConsent, ownConsent } from '../selection.ts'
import type { Claim, UseClaim } from '../verdict.ts'

/** Longer than a consent that nobody ends is honoured: consents that a customer authorised are kept for as long. */
export const USED_SECONDS = 5 * 366 * 86_400

/** `undefined`: there is one whose use can be told from that of others. */
export function nobodysUse(facts: Facts): Failure | undefined {
  return carrierOf(facts) === undefined ? NAMELESS : undefined
}

const NAMELESS: Failure = {
  code: 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED',
  detail:
    'the token names neither consent, grant nor itself, so that nobody could tell a second use',
}

interface Use {
  /** The authenticated payment that the request is for. */
  readonly paid: readonly CanonicalPayment[] | undefined
  /** How many of those that were authenticated it is. */
  readonly payments: number
  readonly step?: readonly string[]
}

/** Of a consent that was used already, what repeats and nothing else. @throws TypeError for what `nobodysUse` refuses */
export function useClaims(facts: Facts, { paid, payments, step }: Use): readonly Claim[] {
  const carrier = carrierOf(facts)
  if (carrier === undefined || paid === undefined)
    throw new TypeError('a use is claimed of what nobody authenticated')
  const rule = 'sca.dynamicLinking'
  const consent = ownConsent(facts)
  const use: UseClaim = {
    kind: 'use',
    of: [...carrier, ...paid.map(paymentText)],
    ...(step !== undefined && { for: step }),
    payments,
    ...(consent !== undefined && holdsPayments(consent) && { consent: consent.id }),
    ttlSeconds: USED_SECONDS,
    rule,
  }
  return consent?.used === true ? [use, { kind: 'repeat', rule }] : [use]
}

/** Of one that holds none, the token carries what was authenticated: there is nothing of it that could be used. */
function holdsPayments({ payments }: KnownConsent): boolean {
  return payments?.kind === 'known' && payments.payments.length > 0
}

/** The longest-lived first: a token that is fetched anew under one consent carries the same authentication. */
function carrierOf(facts: Facts): readonly string[] | undefined {
  const token = believedToken(facts)
  if ('detail' in token) return undefined
  const { issuer, clientId, consentId, grantId, tokenId } = token
  if (consentId !== '') return ['consent', clientId, consentId]
  if (grantId !== undefined) return ['grant', issuer, clientId, grantId]
  return tokenId === undefined ? undefined : ['token', issuer, clientId, tokenId]
}
