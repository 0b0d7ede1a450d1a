/** Payments that one request makes and the end of an authorisation releases, through a whole gateway and a real store. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { initiatedPayments } from '../../src/app/initiated-payments.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { type Plan, prepare } from '../../src/decide/index.ts'
import { RELEASE_WITHIN_SECONDS } from '../../src/decide/rules/linking-made.ts'
import {
  MAX_INITIATED_WAIT_MS,
  MAX_PAYMENT_ID_LENGTH,
} from '../../src/gateway/core/initiated-payments.ts'
import type { InitiatedPayments } from '../../src/gateway/core/index.ts'
import { readAuthorizationDetails } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import {
  changeMigrations,
  idempotencyMigrations,
  initiatedMigrations,
  openSqliteStore,
} from '../../src/store/index.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { signingKey } from '../support/token-issuer.ts'
import { until } from '../support/until.ts'

const SPEC = readFileSync(
  join(import.meta.dirname, '../inventory/specs/berlin-group/psd2-api_v1.3.11-2021-10-01v1.yaml'),
  'utf8',
)
const WATCHED = [
  'transport.tls',
  'transport.mtls',
  'token.senderConstrained',
  'identity.clientCertificate.roles',
  'payment.idempotency',
]
const PAYEE = 'DE02100100109307118603'
const payment = (amount: string): object => ({
  debtorAccount: { iban: 'DE40100100103307118608' },
  instructedAmount: { currency: 'EUR', amount },
  creditorName: 'Merchant',
  creditorAccount: { iban: PAYEE },
})
const details = (amount: string): Record<string, unknown> => ({
  authorization_details: [{ type: 'payment_initiation', ...payment(amount) }],
})

/** Compiled once: the specification is large. */
const plans = new Map<boolean, Plan>()
function planOf(watch: boolean): Plan {
  const known = plans.get(watch)
  if (known !== undefined) return known
  const rules = [...WATCHED, ...(watch ? ['sca.dynamicLinking'] : [])]
  const source = apiSource({ spec: SPEC, template: 'berlin-group-pis' })
  const api = { ...source, rules: rules.map((rule) => change(rule, { mode: 'observe' })) }
  const { plan } = compilePolicy({
    ...policySource([api], [], [ISSUER]),
    publicOrigins: ['https://api.bank.example'],
  })
  plans.set(watch, plan)
  return plan
}

interface House extends Rig {
  readonly dir: string
  readonly stored: InitiatedPayments
  /** In place of the store. */
  keepIn(port: InitiatedPayments | undefined): void
  make(id: string, amount?: string): Promise<RawAnswer>
  end(id: string, amount?: string, claims?: Record<string, unknown>): Promise<RawAnswer>
  observe(): void
}

async function house(t: TestContext): Promise<House> {
  const dir = join(temporaryFolder(t), 'store')
  const store = await openSqliteStore({
    dir,
    create: true,
    migrations: [...initiatedMigrations, ...idempotencyMigrations, ...changeMigrations],
  })
  t.after(() => store.close())
  let replaced: InitiatedPayments | undefined
  let stored: InitiatedPayments | undefined
  const rig = await gatewayRig(t, {
    key: signingKey('key-1', 'PS256'),
    consentUses: (clock) => {
      const { uses, stop } = idempotencyKeys({
        store,
        key: installationKey(join(dir, '..')),
        clock,
        scheduler: clock,
        owner: randomUUID(),
        alone: true,
        say: (failure) => assert.fail(String(failure)),
      })
      t.after(stop)
      return uses
    },
    initiated: (clock) => {
      const kept = initiatedPayments({
        store,
        clock,
        scheduler: clock,
        say: (failure) => assert.fail(String(failure)),
      })
      t.after(kept.stop)
      stored = kept.payments
      return {
        keep: (asked) => (replaced ?? kept.payments).keep(asked),
        find: (asked, now) => (replaced ?? kept.payments).find(asked, now),
      }
    },
  })
  rig.feed.addClient('tpp-b')
  const swap = (watch = false): string => {
    const [api] = planOf(watch).apis
    assert.equal(api?.state, 'active')
    const upstream = { ...api.upstream, origin: rig.upstream.origin }
    const plan = { ...planOf(watch), apis: [{ ...api, upstream }] }
    rig.swap(prepare(plan, { regex: linearRegex }))
    return api.basePath
  }
  const base = swap()
  const call = (
    method: string,
    path: string,
    body: object,
    claims: Record<string, unknown>,
    answer: object,
  ): Promise<RawAnswer> => {
    rig.upstream.script = (_request, socket) => {
      const text = JSON.stringify(answer)
      socket.write(
        `HTTP/1.1 ${method === 'POST' ? 201 : 200} X\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
      )
    }
    return rig.call(`${base}/v1/payments/sepa-credit-transfers${path}`, {
      method,
      token: rig.token({ scope: 'PIS', consent_id: '', sub: '', ...claims }),
      headers: [
        'content-type: application/json',
        'psu-ip-address: 203.0.113.7',
        `x-request-id: ${randomUUID()}`,
      ],
      body: JSON.stringify(body),
    })
  }
  assert.ok(stored !== undefined)
  return Object.assign(rig, {
    dir,
    stored,
    keepIn: (port: InitiatedPayments | undefined) => void (replaced = port),
    make: (id: string, amount = '1.00') =>
      call(
        'POST',
        '',
        payment(amount),
        {},
        { transactionStatus: 'RCVD', paymentId: id, _links: {} },
      ),
    end: (id: string, amount = '1.00', claims: Record<string, unknown> = {}) =>
      call(
        'PUT',
        `/${id}/authorisations/a-1`,
        { scaAuthenticationData: '123456' },
        { ...details(amount), ...claims },
        { scaStatus: 'finalised' },
      ),
    observe: () => void swap(true),
  })
}

const codeOf = (rig: Rig): string | null => rig.sink.access.at(-1)?.code ?? null

test('what was made is released once it is what was authenticated, and its account number is nowhere in the store', async (t) => {
  const rig = await house(t)
  assert.equal((await rig.make('payment-1')).status, 201)
  assert.equal((await rig.end('payment-1')).status, 200)
  assert.equal((await rig.end('payment-1', '1.01')).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_AMOUNT')
  const files = readdirSync(rig.dir).map((name) => readFileSync(join(rig.dir, name), 'latin1'))
  assert.ok(files.some((text) => text.includes('initiated_payment')))
  for (const secret of [PAYEE, 'Merchant', 'payment-1'])
    assert.ok(!files.some((text) => text.includes(secret)), secret)
  assert.ok(!JSON.stringify(rig.sink.access).includes(PAYEE))
})

test('a payment waits for its authorisation for 30 days and no longer', async (t) => {
  const rig = await house(t)
  const at = rig.clock.now()
  await rig.make('p-1')
  const asked = { of: 'payment', scope: ['tpp-a', 'accounts'], ids: ['p-1'] } as const
  const kinds = async (now: number): Promise<readonly string[]> =>
    (await rig.stored.find(asked, now)).map(({ kind }) => kind)
  assert.deepEqual(await kinds(at + RELEASE_WITHIN_SECONDS * 1000 - 1), ['known'])
  assert.deepEqual(await kinds(at + RELEASE_WITHIN_SECONDS * 1000), ['unknown'])
})

test('the answer that names a payment leaves after it was kept', async (t) => {
  const rig = await house(t)
  const waiting: (() => void)[] = []
  rig.keepIn({
    keep: () => new Promise((resolve) => waiting.push(resolve)),
    find: () => Promise.reject(new Error('not asked')),
  })
  let answered = false
  const answer = rig.make('p-1').then((one) => {
    answered = true
    return one
  })
  await until(() => waiting.length === 1)
  assert.ok(!answered)
  waiting[0]?.()
  assert.equal((await answer).status, 201)
})

test('what could not be kept is not released, and what cannot be looked up neither', async (t) => {
  const rig = await house(t)
  rig.keepIn({ keep: () => Promise.reject(new Error('full')), find: () => Promise.resolve([]) })
  assert.equal((await rig.make('p-1')).status, 201)
  rig.keepIn(undefined)
  assert.equal((await rig.end('p-1')).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_UNKNOWN')
  rig.keepIn({ keep: () => Promise.resolve(), find: () => Promise.reject(new Error('away')) })
  assert.equal((await rig.end('p-1')).status, 503)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_UNAVAILABLE')
  let asked = false
  const never = (): Promise<never> => {
    asked = true
    return new Promise(() => undefined)
  }
  rig.keepIn({ keep: () => Promise.resolve(), find: never })
  const late = rig.end('p-1')
  await until(() => asked)
  rig.clock.advance(MAX_INITIATED_WAIT_MS)
  assert.equal((await late).status, 503)
})

test('an id that is too long, empty or no text names nothing that is released', async (t) => {
  const rig = await house(t)
  await rig.make('x'.repeat(MAX_PAYMENT_ID_LENGTH))
  assert.equal((await rig.end('x'.repeat(MAX_PAYMENT_ID_LENGTH))).status, 200)
  await rig.make('x'.repeat(MAX_PAYMENT_ID_LENGTH + 1))
  assert.equal((await rig.end('x'.repeat(MAX_PAYMENT_ID_LENGTH + 1))).status, 403)
})

test('of 50 different payments at once under one id none is released', async (t) => {
  const rig = await house(t)
  await Promise.all(Array.from({ length: 50 }, (_, at) => rig.make('p-1', `${at + 1}.00`)))
  for (const amount of ['1.00', '50.00'])
    assert.equal((await rig.end('p-1', amount)).status, 403, amount)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_CHANGED')
})

test('while the rule only observes, payments are kept all the same and what it would refuse is told', async (t) => {
  const rig = await house(t)
  rig.observe()
  await rig.make('p-1')
  assert.equal((await rig.end('p-1', '2.00')).status, 200)
  const watched = rig.sink.access.at(-1)?.failed.filter(({ rule }) => rule === 'sca.dynamicLinking')
  assert.deepEqual(
    watched?.map(({ code, effect }) => [code, effect]),
    [['GH_GATEWAY_PAYMENT_AMOUNT', 'observed']],
  )
  assert.equal((await rig.end('p-2')).status, 200)
})

test('a payment that is authenticated by a consent is released while the consent is in force', async (t) => {
  const rig = await house(t)
  await rig.make('p-1')
  const own = { consent_id: 'c-1', sub: 'customer-1', authorization_details: undefined }
  const payments = readAuthorizationDetails([{ type: 'payment_initiation', ...payment('1.00') }])
  const at = rig.clock.now()
  const base = { status: 'valid', subject: 'customer-1', payments }
  for (const [changes, status] of [
    [{}, 200],
    [{ status: 'received' }, 403],
    [{ expiresAt: at }, 403],
    [{ validFrom: at + 60_000 }, 403],
    // Another customer's consent says nothing, and so nothing was authenticated.
    [{ subject: 'customer-2' }, 403],
  ] as const) {
    rig.feed.addConsent('c-1', { ...base, ...changes })
    assert.equal((await rig.end('p-1', '1.00', own)).status, status, JSON.stringify(changes))
    if (status === 403) assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  }
  // Where token and consent both say something, it must be as both say.
  rig.feed.addConsent('c-1', base)
  assert.equal((await rig.end('p-1', '2.00', { ...own, ...details('2.00') })).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_AMOUNT')
})

test('one authentication releases one payment, in as many steps as the bank asks for', async (t) => {
  const rig = await house(t)
  const own = { consent_id: 'c-1' }
  for (const id of ['p-1', 'p-2']) await rig.make(id)
  assert.equal((await rig.end('p-1', '1.00', own)).status, 200)
  assert.equal((await rig.end('p-1', '1.00', own)).status, 200, 'a further step of the same')
  assert.equal((await rig.end('p-2', '1.00', own)).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_CONSENT_USED')
  assert.equal((await rig.end('p-2', '1.00', { consent_id: 'c-2' })).status, 200)
})

test('a consent that was told of its use lets the steps of its payment pass, and releases no other', async (t) => {
  const rig = await house(t)
  const own = { consent_id: 'c-1', sub: 'customer-1' }
  for (const id of ['p-1', 'p-2']) await rig.make(id)
  assert.equal((await rig.end('p-1', '1.00', own)).status, 200)
  const payments = readAuthorizationDetails([{ type: 'payment_initiation', ...payment('1.00') }])
  rig.feed.addConsent('c-1', { status: 'ACSP', used: true, payments })
  assert.equal((await rig.end('p-1', '1.00', own)).status, 200, 'a further step of the same')
  assert.equal((await rig.end('p-2', '1.00', own)).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_CONSENT_USED')
  // Of one that nobody here saw used nothing is released either.
  rig.feed.addConsent('c-3', { status: 'ACSP', used: true, payments })
  assert.equal((await rig.end('p-2', '1.00', { ...own, consent_id: 'c-3' })).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_CONSENT_USED')
})

test('without a consent the grant is what is used, and without a grant the token', async (t) => {
  const rig = await house(t)
  for (const id of ['p-1', 'p-2', 'p-3']) await rig.make(id)
  assert.equal((await rig.end('p-1', '1.00', { jti: 't-1' })).status, 200)
  assert.equal((await rig.end('p-2', '1.00', { jti: 't-1' })).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_CONSENT_USED')
  assert.equal((await rig.end('p-2', '1.00', { jti: 't-2' })).status, 200)
  assert.equal((await rig.end('p-3', '1.00', { jti: undefined })).status, 403)
  assert.equal(codeOf(rig), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
})
