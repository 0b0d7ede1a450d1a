/** What a gateway decides of one payment, under a published specification and the template for payments. */
import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { type Facts, type Plan, type PlanIssuer, prepare } from '../../src/decide/index.ts'
import { type AuthenticatedPayments, isJsonObject, type JsonValue } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { digestOfHeld } from '../../src/proof/index.ts'
import { linearRegex } from './linear-regex.ts'
import { apiSource, change, policySource } from './policy-source.ts'

const NOW = Date.UTC(2026, 0, 5, 9)

export function paymentPlan({
  spec,
  permissions = {},
  template = 'pis',
}: {
  /** Text of the document. */
  readonly spec: string
  /** By operation, in place of what the template says. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>
  readonly template?: string
}): Plan {
  const { plan } = compilePolicy(
    policySource([
      apiSource({
        spec,
        template,
        permissions,
        rules: [change('request.validation', { params: { undeclaredQuery: 'refuse' } })],
      }),
    ]),
  )
  return plan
}

/** `allow`, or the code of the refusal. */
export function decidedPayment(
  plan: Plan,
  given: {
    readonly request: string
    /** Where the path of the request has parameters. */
    readonly path?: string | undefined
    readonly permission: string
    readonly headers: Readonly<Record<string, string>>
    /** The body. */
    readonly text: string
    readonly token: AuthenticatedPayments | undefined
    readonly consent: AuthenticatedPayments | undefined
  },
): string {
  const [api] = plan.apis
  assert.ok(api?.state === 'active', JSON.stringify(api).slice(0, 300))
  const [method = '', route = ''] = given.request.split(' ')
  const operation = api.operations.find((one) => one.path === route && one.method === method)
  assert.ok(operation !== undefined, given.request)
  const linked = operation.rules
    .map((index) => api.rules[index])
    .find((rule) => rule?.name === 'sca.dynamicLinking')
  assert.ok(linked !== undefined, 'the rule is on the operation')
  const scopes = api.rules.flatMap((rule) =>
    rule.name === 'authz.operations' ? rule.params.anyOf.flat() : [],
  )
  const facts = factsOf({
    ...given,
    method,
    target: `${api.basePath}${given.path ?? route}`,
    issuer: plan.issuers[0],
    scopes,
  })
  const verdict = prepare(plan, { regex: linearRegex }).next(facts)
  if (verdict.kind === 'deny') return verdict.code
  assert.equal(verdict.kind, 'allow')
  return verdict.kind
}

function factsOf(given: {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly issuer: PlanIssuer | undefined
  readonly scopes: readonly string[]
  readonly permission: string
  readonly token: AuthenticatedPayments | undefined
  readonly consent: AuthenticatedPayments | undefined
}): Facts {
  const all = new Map(
    Object.entries({
      ...given.headers,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(given.text)),
    }),
  )
  return {
    now: NOW,
    bucket: 0,
    feedAgeMs: 0,
    request: {
      method: given.method,
      target: given.target,
      headers: { all: (name) => [all.get(name) ?? []].flat() },
    },
    token: {
      kind: 'verified',
      issuer: given.issuer?.issuer ?? '',
      type: 'at+jwt',
      audiences: given.issuer?.audiences ?? [],
      clientId: 'tpp-1',
      subject: 'customer-1',
      consentId: 'consent-1',
      scopes: new Set(given.scopes),
      expiresAt: NOW / 1000 + 300,
      issuedAt: NOW / 1000 - 60,
      notBefore: undefined,
      tokenId: 'jti-1',
      ...(given.token !== undefined && { payments: given.token, ...digested(given.token) }),
      revoked: false,
      sca: {
        outcome: 'authenticated',
        decision: 'd-1',
        digest: digestOfHeld(given.consent ?? given.token) ?? 'of-nothing',
      },
    },
    client: { kind: 'known', id: 'tpp-1', status: 'active' },
    consent: {
      kind: 'known',
      id: 'consent-1',
      clientId: 'tpp-1',
      subject: 'customer-1',
      status: 'AUTH',
      permissions: new Set([given.permission]),
      accounts: new Set(),
      ...(given.consent !== undefined && { payments: given.consent, ...digested(given.consent) }),
      revoked: false,
    },
    namedConsent: { kind: 'unknown' },
    body: { kind: 'text', mediaType: 'application/json', text: given.text },
    signature: {
      kind: 'verified',
      kid: 'sign-1',
      issuer: 'tpp-1',
      trustAnchor: 'openbanking.org.uk',
      issuedAt: NOW / 1000,
      unencoded: false,
      proof: '',
    },
    claims: { kind: 'taken' },
  }
}

function digested(held: AuthenticatedPayments): { readonly paymentsDigest?: string } {
  const paymentsDigest = digestOfHeld(held)
  return paymentsDigest === undefined ? {} : { paymentsDigest }
}

/** With what YAML says at the place; `-`: without it. */
export function changed(value: JsonValue, path: readonly string[], written: string): JsonValue {
  const [name, ...rest] = path
  if (name === undefined) return parse(written) as JsonValue // sound: YAML of our own
  if (Array.isArray(value)) {
    const items = [...(value as readonly JsonValue[])]
    items[Number(name)] = changed(items[Number(name)] ?? null, rest, written)
    return items
  }
  const members = isJsonObject(value) ? value : {}
  if (rest.length === 0 && written === '-')
    return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))
  return { ...members, [name]: changed(members[name] ?? null, rest, written) }
}
