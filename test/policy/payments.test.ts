/**
 * `payments/*.case`: real specifications under the template for payments, each with a payment that was authenticated and a request for
 * it; then one line for each thing that is changed in the request, and what is decided. `-` leaves the place out.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { type Facts, type Plan, type PlanIssuer, prepare } from '../../src/decide/index.ts'
import {
  type AuthenticatedPayments,
  isJsonObject,
  type JsonValue,
  readAuthorizationDetails,
} from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

interface Case {
  readonly spec: string
  readonly request: string
  readonly path?: string
  readonly permission: string
  readonly details: JsonValue
  readonly body: JsonValue
  readonly headers?: Readonly<Record<string, string>>
}

const LINE = '\n----------\n'
const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(import.meta.dirname, 'payments')
const NOW = Date.UTC(2026, 0, 5, 9)
const files = globSync('*.case', { cwd: FOLDER }).sort()

test('there are cases', () => assert.ok(files.length >= 4, `${files.length}`))

for (const file of files) {
  const [input = '', rows = ''] = readFileSync(join(FOLDER, file), 'utf8').split(LINE)
  const given = parse(input) as Case // sound enough: a case that is no case fails below
  const plan = planOf(given)
  const lines = rows.split('\n').map((line) => {
    if (line === '' || line.startsWith('#')) return line
    const [what = ''] = line.split(' => ')
    return `${what} => ${decide(plan, given, what)}`
  })
  // Rewrites the expectation, to be read in the diff.
  if (process.env['WRITE_CASES'] === '1')
    writeFileSync(join(FOLDER, file), `${input}${LINE}${lines.join('\n')}`)
  test(basename(file, '.case').replaceAll('-', ' '), () => {
    assert.equal(lines.join('\n'), rows)
    assert.ok(
      lines.some((line) => line.endsWith(' => allow')),
      'something is paid',
    )
  })
}

function planOf({ spec, request, permission }: Case): Plan {
  const [, route = ''] = request.split(' ')
  const { plan } = compilePolicy(
    policySource([
      apiSource({
        spec: readFileSync(join(ROOT, spec), 'utf8'),
        template: 'pis',
        permissions: permission === '' ? { [`POST ${route}`]: [] } : {},
        rules: [change('request.validation', { params: { undeclaredQuery: 'refuse' } })],
      }),
    ]),
  )
  return plan
}

function decide(plan: Plan, given: Case, what: string): string {
  const [api] = plan.apis
  assert.ok(api?.state === 'active', JSON.stringify(api).slice(0, 300))
  const [method = '', route = ''] = given.request.split(' ')
  const operation = api.operations.find((one) => one.path === route && one.method === method)
  assert.ok(operation !== undefined, given.request)
  const linked = operation.rules
    .map((index) => api.rules[index])
    .find((rule) => rule?.name === 'sca.dynamicLinking')
  assert.ok(linked !== undefined, 'the rule is on the operation')

  const [, pointer = '', written = ''] = /^(\S+) = (.*)$/.exec(what) ?? []
  const ofToken = /^token( .*)?$/.exec(what)
  const body =
    pointer === '' ? given.body : changed(given.body, pointer.split('/').slice(1), written)
  const payments = readAuthorizationDetails(given.details)
  const scopes = api.rules.flatMap((rule) =>
    rule.name === 'authz.operations' ? rule.params.anyOf.flat() : [],
  )
  const facts = factsOf({
    method,
    target: `${api.basePath}${given.path ?? route}`,
    headers: given.headers ?? {},
    text: JSON.stringify(body),
    issuer: plan.issuers[0],
    scopes,
    permission: given.permission,
    token: ofToken === null ? undefined : payments,
    consent: what === 'nothing authenticated' ? undefined : payments,
  })
  const kernel = prepare(plan, { regex: linearRegex })
  const verdict = kernel.next(facts)
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
      ...(given.token !== undefined && { payments: given.token }),
      revoked: false,
      sca: { outcome: 'authenticated', decision: 'd-1' },
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
      ...(given.consent !== undefined && { payments: given.consent }),
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

function changed(value: JsonValue, path: readonly string[], written: string): JsonValue {
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
