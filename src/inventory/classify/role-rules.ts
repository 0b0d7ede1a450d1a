/**
 * Which role an operation plays, first row that holds wins. A consent resource is `auth`, whatever the consent is for: who may see or
 * do what is decided there, so it carries the floors of authorisation, and Gatehouse serves it itself. So is an authorisation below a
 * payment: what travels there are the customer's credentials.
 */
import type { Role } from '../../controls/index.ts'

export interface RoleRule {
  readonly role: Role
  /** What must hold; all that are present. Words as in the data-class table. */
  readonly segment?: string
  /** The last fixed segment that is not a facet such as `status` or `file`. */
  readonly resource?: string
  readonly first?: string
  readonly tag?: string
  readonly scope?: string
  /** No scheme and no scope is declared, or an alternative without any. */
  readonly open?: true
  /** The first fixed segment that names this family also takes POST, PUT, PATCH or DELETE somewhere in the document. */
  readonly written?: true
  readonly safe?: true
}

/** Facets of a resource: they take its role. */
export const FACETS = '=status, =file, =report file, =payment detail, =detail, =history, =extension'

export const ROLE_RULES: readonly RoleRule[] = [
  { role: 'internal', segment: '=internal, =private' },
  { role: 'admin', segment: '=admin, =management, =administration, =backoffice' },
  { role: 'event', segment: 'event, webhook, callback, =notification, subscription' },
  { role: 'partner', segment: '=partner, =b 2 b' },
  {
    role: 'auth',
    resource:
      'consent, consentimento, consentimiento, authorisation, authorization, =authorize, =authorise, =auth, =oauth, token, =par, =register, =introspect, =introspection, =revoke, =revocation, userinfo, login, =logout, session, jwk, openid configuration, enrollment, enrolment, grant, =ciba, =mandate',
  },
  { role: 'cbpii', scope: 'fund confirmation, fundsconfirmation, piis, cbpii' },
  { role: 'cbpii', tag: 'piis, cbpii, confirmation fund, confirmation of fund' },
  { role: 'cbpii', first: 'fund confirmation, confirmation of fund, =fund' },
  {
    role: 'open-data',
    resource:
      'product, atm, branch, fee, exchange rate, fx rate, interest rate, location, outage, =discovery, =status, =health, =open data, agencia, produto, filiale',
    open: true,
    safe: true,
  },
  { role: 'ais', scope: 'read' },
  { role: 'pis', scope: 'payment, pisp, pis, transfer, pagamento' },
  { role: 'ais', scope: 'account, aisp, ais, transaction, balance, customer, party, payee' },
  { role: 'pis', tag: 'pis, payment initiation, signing basket' },
  { role: 'ais', tag: 'ais, account information' },
  {
    role: 'pis',
    segment:
      'payment, transfer, pix, pagamento, paiement, pago, zahlung, signing basket, periodic payment, bulk payment, vrp',
    written: true,
  },
  {
    role: 'ais',
    segment:
      'account, balance, transaction, beneficiary, payee, party, customer, statement, direct debit, standing order, scheduled payment, card, loan, offer, payment, conta, saldo, cuenta, compte, konto, identity, identification',
  },
]

/** Where neither path nor tag nor scope tells: what the messages carry, most telling first. */
export const ROLE_BY_CLASS: readonly (readonly [dataClass: string, role: Role])[] = [
  ['credential', 'auth'],
  ['payment-instruction', 'pis'],
  ['funds-answer', 'cbpii'],
  ['transaction', 'ais'],
  ['balance', 'ais'],
  ['beneficiary', 'ais'],
  ['account-identifier', 'ais'],
  ['party-identity', 'ais'],
  ['account-reference', 'ais'],
  ['card-pan', 'ais'],
  ['consent', 'auth'],
  ['client-identity', 'auth'],
  ['operational', 'admin'],
]
