/**
 * Regimes as templates: the published specification of each behind its template, with a bank that answers as its scheme says, and more
 * than it may. A case says what is asked, and below the line what was decided, what the bank was asked, and what left. Certificates and
 * the binding of tokens to them are watched here, because the sockets of a test have none.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { initiatedPayments } from '../../src/app/initiated-payments.ts'
import { unattendedAccesses } from '../../src/app/unattended-accesses.ts'
import { prepare } from '../../src/decide/index.ts'
import type { ConsentRecord } from '../../src/feed/index.ts'
import type { JsonObject, JsonValue } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import {
  changeMigrations,
  idempotencyMigrations,
  initiatedMigrations,
  openSqliteStore,
  quotaMigrations,
} from '../../src/store/index.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { authenticated } from '../support/authenticated.ts'
import { publicJwk, signed, signingKey } from '../support/token-issuer.ts'

const LINE = '\n----------\n'
const ROOT = join(import.meta.dirname, '../..')
const OF_CERTIFICATES = [
  'transport.tls',
  'transport.mtls',
  'token.senderConstrained',
  'identity.clientCertificate.roles',
]

interface BankAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: JsonValue
  /** The body is the payload of a message that the bank signs. */
  readonly message?: true
}
interface Call {
  readonly name: string
  /** `GET /accounts?page=2`, below the base path. */
  readonly call: string
  /** Claims beside those of the case; `null`: no token. */
  readonly token?: Readonly<Record<string, unknown>> | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: JsonValue
  /** The body is a message of the client: in place of members of its envelope, `null` for none. */
  readonly message?: Readonly<Record<string, unknown>>
  /** In place of members of the header of the message; `key: other` signs with a key that nobody knows. */
  readonly signed?: Readonly<Record<string, unknown>>
  /** In place of what the bank usually says. */
  readonly bank?: BankAnswer
}
interface Regime {
  readonly spec: string
  readonly template: string
  readonly token: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly consents: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** By method and path without the query. */
  readonly bank: Readonly<Record<string, BankAnswer>>
  /** Clients beside the one that all tokens are of. */
  readonly clients?: readonly string[]
  readonly off?: readonly string[]
  readonly calls: readonly Call[]
}

/** Sets and dates as the feed has them. */
function consentOf(words: Readonly<Record<string, unknown>>): Partial<ConsentRecord> {
  const entries = Object.entries(words).map(([name, value]) => [
    name,
    Array.isArray(value)
      ? new Set(value)
      : /(From|To|At)$/.test(name)
        ? Date.parse(String(value))
        : value,
  ])
  return Object.fromEntries(entries) as Partial<ConsentRecord> // sound: a case writes the members of a record
}

async function gateway(t: TestContext, regime: Regime): Promise<{ rig: Rig; base: string }> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: [
      ...idempotencyMigrations,
      ...changeMigrations,
      ...quotaMigrations,
      ...initiatedMigrations,
    ],
  })
  t.after(() => store.close())
  let once: ReturnType<typeof idempotencyKeys> | undefined
  const made = (clock: Rig['clock']): ReturnType<typeof idempotencyKeys> =>
    (once ??= idempotencyKeys({
      store,
      key: installationKey(dir),
      clock,
      scheduler: clock,
      owner: randomUUID(),
      alone: true,
      say: (failure) => assert.fail(String(failure)),
    }))
  const rig = await gatewayRig(t, {
    key: signingKey('key-1', 'PS256'),
    idempotencyKeys: (clock) => made(clock).keys,
    // Each call finds its consent unused, as a case reads: test/gateway/consent-once.test.ts uses one twice.
    consentUses: (clock) => {
      const { uses } = made(clock)
      return {
        reserve: (asked) => uses.reserve({ ...asked, id: `${asked.decision}${asked.id}` }),
        settle: (id, decision, used) => uses.settle(`${decision}${id}`, decision, used),
        release: (id, decision) => uses.release(`${decision}${id}`, decision),
      }
    },
    initiated: (clock) => {
      const kept = initiatedPayments({
        store,
        clock,
        scheduler: clock,
        say: (failure) => assert.fail(String(failure)),
      })
      t.after(kept.stop)
      return kept.payments
    },
    quotas: (clock) => {
      const accesses = unattendedAccesses({
        store,
        clock,
        scheduler: clock,
        owner: 'run-1',
        alone: true,
        say: (failure) => assert.fail(String(failure)),
      })
      t.after(accesses.stop)
      return accesses.quotas
    },
  })
  const watched = [...OF_CERTIFICATES, ...(regime.off ?? [])]
  const source = apiSource({
    spec: readFileSync(join(ROOT, regime.spec), 'utf8'),
    template: regime.template,
    upstream: `${rig.upstream.origin}/core`,
  })
  const compile = (rules: readonly string[]): ReturnType<typeof compilePolicy> =>
    compilePolicy({
      ...policySource(
        [
          {
            ...source,
            rules: [
              ...rules.map((rule) => change(rule, { mode: 'observe' })),
              change('upstream.validation', { mode: 'observe', params: { watchEvery: 1 } }),
            ],
          },
        ],
        [],
        [ISSUER],
      ),
      publicOrigins: ['https://api.bank.example'],
    })
  const [first] = compile([]).plan.apis
  assert.equal(first?.state, 'active')
  const there = watched.filter((name) => first.rules.some((rule) => rule.name === name))
  const { plan } = compile(there)
  assert.equal(plan.apis[0]?.state, 'active')
  rig.swap(prepare(plan, { regex: linearRegex }))
  const client = rig.feed.clients.get('tpp-a')
  assert.ok(client !== undefined)
  const jwks = { keys: [publicJwk(CLIENT)] } as unknown as JsonObject // sound: a JWK is JSON
  rig.feed.clients.set('tpp-a', { ...client, jwks, signatureIssuer: 'organisation-1' })
  for (const id of regime.clients ?? []) rig.feed.addClient(id)
  for (const [id, words] of Object.entries(regime.consents))
    rig.feed.addConsent(id, consentOf(words))
  return { rig, base: first.basePath }
}

const CLIENT = signingKey('client-1', 'PS256')
const OTHER = signingKey('client-1', 'PS256')
const BANK = signingKey('bank-1', 'PS256')

/** The body as Open Finance Brasil sends it: good, unless the call says otherwise. */
function messageOf(rig: Rig, audience: string, call: Call): string {
  const { key, ...header } = call.signed ?? {}
  const envelope = {
    iss: 'organisation-1',
    aud: audience,
    iat: Math.floor(rig.clock.now() / 1000),
    jti: randomUUID(),
    ...call.message,
  }
  const members = Object.entries({ ...envelope, ...Object(call.body) }).filter(
    ([, value]) => value !== null,
  )
  return signed(
    key === 'other' ? OTHER : CLIENT,
    { alg: 'PS256', typ: 'JWT', kid: 'client-1', ...header },
    Object.fromEntries(members),
  )
}

async function make(rig: Rig, base: string, regime: Regime, call: Call): Promise<JsonValue> {
  const [method = '', target = ''] = call.call.split(' ')
  const path = target.split('?')[0] ?? ''
  const asked = rig.upstream.seen.length
  rig.upstream.script = (_request, socket) => {
    const {
      status = 200,
      headers = {},
      body,
    } = call.bank ?? regime.bank[`${method} ${path}`] ?? { status: 404 }
    const bank = call.bank ?? regime.bank[`${method} ${path}`]
    const text =
      body === undefined
        ? ''
        : bank?.message === true
          ? signed(BANK, { alg: 'PS256', kid: 'bank-1' }, body)
          : typeof body === 'string'
            ? body
            : JSON.stringify(body)
    const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
      ([name, value]) => `${name}: ${value.replaceAll('{upstream}', rig.upstream.origin)}\r\n`,
    )
    const sent = text.replaceAll('{upstream}', rig.upstream.origin)
    const length = status === 204 ? '' : `content-length: ${Buffer.byteLength(sent)}\r\n`
    socket.write(`HTTP/1.1 ${status} X\r\n${lines.join('')}${length}\r\n${sent}`)
  }
  const text =
    call.message !== undefined
      ? messageOf(rig, `https://api.bank.example${base}${path}`, call)
      : call.body === undefined
        ? undefined
        : typeof call.body === 'string'
          ? call.body
          : JSON.stringify(call.body)
  const headers = {
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'x-idempotency-key': randomUUID() }),
    ...regime.headers,
    ...call.headers,
  }
  const answer = await rig.call(base + target, {
    method,
    token: call.token === null ? null : rig.token(claimsOf({ ...regime.token, ...call.token })),
    headers: Object.entries(headers).flatMap(([name, value]) =>
      value === '' ? [] : [`${name}: ${value.replace('{uuid}', randomUUID())}`],
    ),
    ...(text === undefined ? {} : { body: text }),
  })
  const event = rig.sink.access.at(-1)
  assert.ok(event !== undefined)
  const failed = event.failed.filter(({ rule }) => !OF_CERTIFICATES.includes(rule))
  const { removedFields = 0, removedRows = 0 } = event.response ?? {}
  const [seen] = rig.upstream.seen.slice(asked)
  const own = answer.headers.get('content-type')?.startsWith('application/problem+json') === true
  const location = answer.headers.get('location')
  return {
    answer: `${answer.status}${event.code === null ? '' : ` ${event.code}`}`,
    operation: event.operation,
    ...(failed.length > 0 && {
      failed: failed.map(({ rule, effect, detail }) => `${rule} ${effect}: ${detail}`),
    }),
    ...(seen !== undefined && { asked: seen.line.replace(' HTTP/1.1', '') }),
    ...(removedFields + removedRows > 0 && {
      held: `${removedFields} members, ${removedRows} rows`,
    }),
    ...(location !== undefined && { location }),
    ...(!own && answer.body !== '' && { left: leftOf(answer.body) }), // sound: what a case lets out is JSON
  }
}

/** Of a message what it says: its signature is another each time. */
function leftOf(body: string): JsonValue {
  const [, payload] = body.split('.')
  const text = body.startsWith('ey') ? Buffer.from(payload ?? '', 'base64url').toString() : body
  return JSON.parse(text) as JsonValue // sound: what a case lets out is JSON
}

const files = globSync('*.case', { cwd: import.meta.dirname }).sort()

test('there are regimes', () => assert.ok(files.length >= 4, files.join()))

for (const file of files)
  test(basename(file, '.case').replaceAll('-', ' '), async (t) => {
    const path = join(import.meta.dirname, file)
    const [input = '', want = ''] = readFileSync(path, 'utf8').split(LINE)
    const regime = parse(input, { merge: true }) as Regime // sound enough: a case that is none fails below
    assert.ok(regime.calls.length >= 25, `${regime.calls.length} calls`)
    const { rig, base } = await gateway(t, regime)
    const got: Record<string, JsonValue> = {}
    for (const call of regime.calls) {
      assert.ok(!Object.hasOwn(got, call.name), call.name)
      got[call.name] = await make(rig, base, regime, call)
    }
    if (process.env['WRITE_CASES'] === '1')
      writeFileSync(path, `${input}${LINE}${stringify(got, { lineWidth: 130 })}`)
    else {
      const wanted = parse(want) as Record<string, JsonValue> // sound: written by the line above
      for (const [name, one] of Object.entries(got))
        await t.test(name, () => assert.deepEqual(one, wanted[name]))
      assert.deepEqual(Object.keys(got), Object.keys(wanted))
    }
  })

/** Where a case says that a payment was authenticated and not which: that of the token. */
function claimsOf(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { sca, authorization_details: details } = claims
  if (typeof sca !== 'object' || sca === null || details === undefined) return claims
  const { digest } = authenticated(details)
  return digest === undefined ? claims : { ...claims, sca: { digest, ...sca } }
}
