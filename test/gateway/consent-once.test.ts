/**
 * What a customer authenticated pays once: UK payments through whole gateways over one store, SQLite and PostgreSQL, before a bank that
 * counts orders. Whoever comes with another idempotency key is refused; a repetition has its answer.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ABANDONED_MS, idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { type Plan, prepare } from '../../src/decide/index.ts'
import type { ConsentRecord } from '../../src/feed/index.ts'
import { type JsonValue, readAuthorizationDetails } from '../../src/lib/index.ts'
import type { ConsentUses } from '../../src/gateway/core/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { changeMigrations, idempotencyMigrations } from '../../src/store/index.ts'
import type { Adapter } from '../store/contract.ts'
import { overBothStores } from '../store/both-stores.ts'
import { authenticated } from '../support/authenticated.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { signingKey } from '../support/token-issuer.ts'
import { until } from '../support/until.ts'

const SPEC = readFileSync(
  join(import.meta.dirname, '../inventory/specs/uk-obie/payment-initiation-openapi.yaml'),
  'utf8',
)
const detail = (amount: string): object => ({
  type: 'payment_initiation',
  instructedAmount: { currency: 'GBP', amount },
  creditorAccount: {
    schemeName: 'UK.OBIE.SortCodeAccountNumber',
    identification: '08080021325698',
  },
  endToEndIdentification: 'E2E-1',
})
const payment = (amount: string, ConsentId: string): string =>
  JSON.stringify({
    Data: {
      ConsentId,
      Initiation: {
        InstructionIdentification: 'ACME412',
        EndToEndIdentification: 'E2E-1',
        InstructedAmount: { Amount: amount, Currency: 'GBP' },
        CreditorAccount: {
          SchemeName: 'UK.OBIE.SortCodeAccountNumber',
          Identification: '08080021325698',
          Name: 'ACME Inc',
        },
      },
    },
    Risk: {},
  })

/** Compiled once: the specification is large. */
let compiled: Plan | undefined
function planOf(): Plan {
  const source = apiSource({ spec: SPEC, template: 'pis' })
  const rules = [
    change('request.signature', { mode: 'observe' }),
    change('upstream.validation', { mode: 'observe' }),
    change('sca.dynamicLinking', { params: { free: ['creditorName'] } }),
  ]
  return (compiled ??= compilePolicy(policySource([{ ...source, rules }], [], [ISSUER])).plan)
}

interface Paid {
  readonly key?: string
  readonly amount?: string
  readonly consent?: string
  readonly details?: readonly object[]
  readonly claims?: Readonly<Record<string, unknown>>
}
interface House {
  readonly rigs: readonly Rig[]
  /** Of the bank, whichever gateway asked. */
  orders(): number
  pay(paid?: Paid, rig?: Rig): Promise<string>
  /** What the bank says from now on. */
  bank(status: string): void
  /** The same data under another run of the process. */
  restart(): void
  /** In place of the store. */
  replace(uses: Partial<ConsentUses>): void
}

async function house(t: TestContext, { place }: Pick<Adapter, 'place'>, count = 1): Promise<House> {
  const dir = temporaryFolder(t)
  const store = await (
    await place(t)
  ).open({ migrations: [...idempotencyMigrations, ...changeMigrations] })
  t.after(() => store.close())
  let begin: (() => void)[] = []
  let replaced: Partial<ConsentUses> = {}
  const open = async (): Promise<Rig> => {
    let made: ReturnType<typeof idempotencyKeys> | undefined
    const rig = await gatewayRig(t, {
      key: signingKey('key-1', 'PS256'),
      idempotencyKeys: (clock) => {
        const start = (): void => {
          made = idempotencyKeys({
            store,
            key: installationKey(dir),
            clock,
            scheduler: clock,
            owner: randomUUID(),
            alone: count === 1,
            say: (failure) => assert.fail(String(failure)),
          })
          t.after(made.stop)
        }
        begin = [...begin, start]
        start()
        return {
          reserve: (asked) => made?.keys.reserve(asked) ?? assert.fail(),
          settle: (...settled) => made?.keys.settle(...settled) ?? assert.fail(),
          release: (...released) => made?.keys.release(...released) ?? assert.fail(),
        }
      },
      consentUses: () => ({
        reserve: (asked) => (replaced.reserve ?? made?.uses.reserve)?.(asked) ?? assert.fail(),
        settle: (...end) => (replaced.settle ?? made?.uses.settle)?.(...end) ?? assert.fail(),
        release: (...end) => (replaced.release ?? made?.uses.release)?.(...end) ?? assert.fail(),
      }),
    })
    const [api] = planOf().apis
    assert.equal(api?.state, 'active')
    const upstream = { ...api.upstream, origin: rig.upstream.origin }
    rig.swap(prepare({ ...planOf(), apis: [{ ...api, upstream }] }, { regex: linearRegex }))
    for (const id of ['consent-1', 'consent-2'])
      rig.feed.addConsent(id, { permissions: new Set(['domestic-payments']) })
    return rig
  }
  const rigs: Rig[] = []
  for (let at = 0; at < count; at++) rigs.push(await open())
  const bank = (status: string): void => {
    const text = JSON.stringify({ Data: { DomesticPaymentId: 'p-1' } })
    for (const { upstream } of rigs)
      upstream.script = (_request, socket) =>
        socket.write(
          `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
        )
  }
  bank('201 Created')
  const [first] = rigs
  return {
    rigs,
    bank,
    orders: () => rigs.reduce((sum, { upstream }) => sum + upstream.seen.length, 0),
    restart: () => begin.forEach((start) => start()),
    replace: (uses) => void (replaced = uses),
    async pay(paid = {}, rig = first) {
      assert.ok(rig !== undefined)
      const { key = randomUUID(), amount = '1.00', consent = 'consent-1', claims = {} } = paid
      const answer = await rig.call('/open-banking/v4.0/pisp/domestic-payments', {
        method: 'POST',
        body: payment(amount, consent),
        token: rig.token({
          scope: 'payments',
          consent_id: consent,
          authorization_details: paid.details ?? [detail(amount)],
          sca: authenticated(paid.details ?? [detail(amount)]),
          ...claims,
        }),
        headers: [
          'Content-Type: application/json',
          `x-idempotency-key: ${key}`,
          'x-jws-signature: a..b',
        ],
      })
      return said(answer)
    },
  }
}

/** Status, and the code of a refusal. */
function said({ status, body }: RawAnswer): string {
  const { code = '' } = JSON.parse(body) as { code?: string }
  return `${status} ${code.replace('GH_GATEWAY_PAYMENT_CONSENT_', '')}`.trim()
}

let sqlite: Pick<Adapter, 'place'> | undefined
overBothStores(({ name, skip, place }) => {
  sqlite ??= { place }
  const check = (title: string, work: (t: TestContext) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, work)
  }

  check('of 50 payments under one consent with 50 keys at once the bank gets one', async (t) => {
    const rig = await house(t, { place })
    const answers = await Promise.all(Array.from({ length: 50 }, () => rig.pay()))
    assert.equal(rig.orders(), 1)
    assert.equal(answers.filter((one) => one === '201').length, 1)
    for (const one of answers) if (one !== '201') assert.match(one, /^(409 IN_USE|403 USED)$/)
    assert.equal(await rig.pay(), '403 USED')
    assert.equal(await rig.pay({ consent: 'consent-2' }), '201', 'another consent is another')
    assert.equal(rig.orders(), 2)
  })

  check('and so over two gateways with one store', async (t) => {
    const rig = await house(t, { place }, 2)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => rig.pay({}, rig.rigs[at % 2])),
    )
    assert.equal(rig.orders(), 1)
    assert.equal(answers.filter((one) => one === '201').length, 1)
    for (const one of rig.rigs) assert.equal(await rig.pay({}, one), '403 USED')
    assert.equal(rig.orders(), 1)
  })
})

/** Over SQLite, which comes first. */
function own(t: TestContext, count?: number): Promise<House> {
  assert.ok(sqlite !== undefined)
  return house(t, sqlite, count)
}

test('a repetition has its answer while the consent is used, whoever restarted in between', async (t) => {
  const rig = await own(t)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  rig.restart()
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  assert.equal(await rig.pay({ key: 'key-2' }), '403 USED')
  assert.equal(rig.orders(), 1)
  const [first] = rig.rigs[0]?.sink.access ?? []
  const last = rig.rigs[0]?.sink.access.at(-1)
  assert.equal(last?.first, first?.id, 'the refusal names the request that paid')
  assert.deepEqual(
    last?.failed.map(({ rule, control, code, effect }) => [rule, control, code, effect]),
    [
      ['request.signature', 'message-signing', 'GH_GATEWAY_SIGNATURE_INVALID', 'observed'],
      ['sca.dynamicLinking', 'sca-dynamic-linking', 'GH_GATEWAY_PAYMENT_CONSENT_USED', 'denied'],
    ],
  )
})

test('a day later, when its key is forgotten, the same request is refused and not sent again', async (t) => {
  const rig = await own(t)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  for (const { clock } of rig.rigs) clock.advance(86_400_000)
  assert.equal(await rig.pay({ key: 'key-1' }), '403 USED')
  assert.equal(rig.orders(), 1)
})

test('what the bank refuses gives the consent back; what it leaves open does not', async (t) => {
  const rig = await own(t)
  for (const status of ['400 Bad Request', '403 Forbidden', '422 Unprocessable', '429 Too Many']) {
    rig.bank(status)
    assert.match(await rig.pay({ key: `key-${status}` }), /^4\d\d/, status)
  }
  rig.bank('500 Internal Server Error')
  await rig.pay({ key: 'key-500' })
  rig.bank('201 Created')
  assert.equal(await rig.pay(), '409 IN_DOUBT')
  assert.equal(rig.orders(), 5)
  assert.equal(
    await rig.pay({ key: 'key-400 Bad Request' }),
    '400 GH_GATEWAY_UPSTREAM_ERROR',
    'its answer is kept',
  )
})

test('a request that is refused uses nothing, and gives its key back', async (t) => {
  const rig = await own(t)
  assert.match(await rig.pay({ amount: '2.00', details: [detail('1.00')] }), /^403/)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  assert.equal(await rig.pay({ key: 'key-2' }), '403 USED')
  // The key of what was refused is free: it may come with another consent.
  assert.equal(await rig.pay({ key: 'key-2', consent: 'consent-2' }), '201')
})

test('each of several payments that were authenticated pays once', async (t) => {
  const rig = await own(t)
  const details = [detail('1.00'), detail('2.00')]
  assert.equal(await rig.pay({ amount: '1.00', details }), '201')
  assert.equal(await rig.pay({ amount: '1.00', details }), '403 USED')
  assert.equal(await rig.pay({ amount: '1.00', details: details.toReversed() }), '403 USED')
  assert.equal(await rig.pay({ amount: '1.00' }), '403 USED', 'a token for one of them')
  assert.equal(await rig.pay({ amount: '2.00', details }), '201')
  assert.equal(await rig.pay({ amount: '2.00', details }), '403 USED')
  assert.equal(rig.orders(), 2)
})

test('another token under the same consent is the same use', async (t) => {
  const rig = await own(t)
  assert.equal(await rig.pay({ claims: { jti: 'token-1' } }), '201')
  assert.equal(await rig.pay({ claims: { jti: 'token-2' } }), '403 USED')
})

test('while the first is at the bank the next is told to wait; when it is gone, that nobody knows', async (t) => {
  const rig = await own(t, 2)
  const [one, two] = rig.rigs
  assert.ok(one !== undefined && two !== undefined)
  let answer = (): void => undefined
  one.upstream.script = (_request, socket) =>
    void (answer = () => void socket.write('HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n'))
  const first = rig.pay({}, one)
  await until(() => rig.orders() === 1)
  assert.equal(await rig.pay({}, one), '409 IN_USE')
  assert.equal(await rig.pay({}, two), '409 IN_USE')
  two.clock.advance(ABANDONED_MS)
  assert.equal(await rig.pay({}, two), '409 IN_DOUBT')
  answer()
  assert.match(await first, /^[45]/)
  assert.equal(rig.orders(), 1)
})

test('a store that does not take the use lets nothing through; one that does not settle it leaves a doubt', async (t) => {
  const rig = await own(t)
  const away = (): Promise<never> => Promise.reject(new Error('away'))
  rig.replace({ reserve: away })
  assert.equal(await rig.pay({ key: 'key-1' }), '503 UNAVAILABLE')
  assert.equal(rig.orders(), 0)
  rig.replace({ settle: away })
  assert.equal(await rig.pay({ key: 'key-1' }), '201', 'and its key is still free')
  rig.replace({})
  assert.equal(await rig.pay(), '409 IN_DOUBT')
  rig.restart()
  assert.equal(await rig.pay(), '409 IN_DOUBT')
  assert.equal(rig.orders(), 1)
})

/** As whoever keeps the consent tells gateways of it, once he has heard that it was used. */
function told(rig: House, id = 'consent-1'): void {
  for (const { feed } of rig.rigs)
    feed.addConsent(id, {
      permissions: new Set(['domestic-payments']),
      status: 'COND',
      used: true,
    })
}

test('a consent that was used, and told so, still has the answer of its payment, and nothing more', async (t) => {
  const rig = await own(t)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  told(rig)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  rig.restart()
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  assert.equal(await rig.pay({ key: 'key-2' }), '403 USED')
  const [one] = rig.rigs
  assert.equal(one?.sink.access.at(-1)?.first, one?.sink.access[0]?.id, 'it names who paid')
  assert.equal(one?.sink.access.at(-1)?.facts?.consent?.used, true)
  assert.equal(await rig.pay({ key: 'key-2', consent: 'consent-2' }), '201', 'its key is free')
  const funds = await one?.call(
    '/open-banking/v4.0/pisp/domestic-payment-consents/consent-1/funds-confirmation',
    {
      token: one.token({
        scope: 'payments',
        consent_id: 'consent-1',
        authorization_details: [detail('1.00')],
      }),
    },
  )
  assert.equal(said(funds ?? assert.fail()), '403 USED')
  assert.equal(rig.orders(), 2)
  for (const { clock } of rig.rigs) clock.advance(86_400_000)
  assert.equal(await rig.pay({ key: 'key-1' }), '403 USED', 'a day later its key is forgotten')
  assert.equal(rig.orders(), 2)
})

test('of what its keeper says was used nothing is sent, though the gateway knows of no use', async (t) => {
  const rig = await own(t)
  told(rig)
  assert.equal(await rig.pay({ key: 'key-1' }), '403 USED')
  assert.equal(rig.orders(), 0)
  const last = rig.rigs[0]?.sink.access.at(-1)
  assert.deepEqual(
    last?.failed.filter(({ effect }) => effect === 'denied').map(({ rule }) => rule),
    ['authz.consent'],
  )
  // Use and key were given back: nobody has paid with them.
  for (const { feed } of rig.rigs)
    feed.addConsent('consent-1', { permissions: new Set(['domestic-payments']) })
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
})

test('a used consent that was revoked, has expired or is another client’s is refused as that', async (t) => {
  const rig = await own(t)
  assert.equal(await rig.pay({ key: 'key-1' }), '201')
  const used = { status: 'COND', used: true, permissions: new Set(['domestic-payments']) }
  const [one] = rig.rigs
  for (const [changes, code] of [
    [{ expiresAt: 1 }, 'GH_GATEWAY_CONSENT_EXPIRED'],
    [{ client: 'tpp-b' as ConsentRecord['client'] }, 'GH_GATEWAY_CONSENT_MISMATCH'], // sound: a test's own id
    [{ permissions: new Set<string>() }, 'GH_GATEWAY_PERMISSION_MISSING'],
  ] as const) {
    one?.feed.addConsent('consent-1', { ...used, ...changes })
    assert.match(await rig.pay({ key: 'key-1' }), /^403/)
    assert.ok(
      one?.sink.access.at(-1)?.failed.some((failed) => failed.code === code),
      code,
    )
  }
})

test('whoever keeps the consent is named with the use: only of a consent of the caller’s own', async (t) => {
  const rig = await own(t)
  const seen: unknown[] = []
  rig.replace({
    reserve: ({ consent, payments }) => {
      seen.push([consent, payments])
      return Promise.resolve({ kind: 'taken' })
    },
    settle: () => Promise.resolve(),
  })
  // What only the token holds is of no consent's.
  assert.equal(await rig.pay(), '201')
  const payments = readAuthorizationDetails([detail('1.00') as JsonValue]) // sound: JSON of a test
  for (const { feed } of rig.rigs)
    feed.addConsent('consent-2', { permissions: new Set(['domestic-payments']), payments })
  assert.equal(await rig.pay({ consent: 'consent-2' }), '201')
  assert.deepEqual(seen, [
    [undefined, 1],
    ['consent-2', 1],
  ])
})
