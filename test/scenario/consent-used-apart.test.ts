/**
 * A gateway in a process of its own that pays under a consent of a server elsewhere: what is between them is the database. The server hears of
 * the use whenever it looks, though it was away when the payment was sent; the gateway hears within a second that the consent was used.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBank } from '../../examples/bank/server.ts'
import { initiation, order } from '../../examples/third-party/payment.ts'
import { MIGRATIONS } from '../../src/app/open-store.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { sealedKey } from '../../src/feed/index.ts'
import { consentBook } from '../../src/identity/consents/consent-book.ts'
import { recordOf } from '../../src/identity/consents/gateway-record.ts'
import { permissionsOf, statusWord } from '../../src/identity/consents/uk-obie/resource.ts'
import { clientDesk } from '../../src/identity/index.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { keysOfSecret, openPostgresStore, untoldUses } from '../../src/store/index.ts'
import { ACCOUNTS, DAY, PLAIN } from '../identity/consents/terms.ts'
import { recordedEvidence } from '../identity/evidence.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { call, problemOf, until, up } from './gateway-process.ts'
import { installation, ISSUER_LINES } from './installation.ts'

const SPEC = join(import.meta.dirname, '../../examples/bank/spec/payment-initiation-openapi.yaml')
const WITHIN_MS = 1_000
const USED = 'GH_GATEWAY_PAYMENT_CONSENT_USED'
const WHY = { by: 'ops', reason: 'a test' }
const UK = { ...PLAIN, statusWord, permissionsOf }
const server = skipWithoutPostgres === false ? startPostgres() : undefined

test(
  'a gateway apart pays; the server hears of it when it looks, and the gateway that it was used',
  { skip: skipWithoutPostgres },
  async (t) => {
    const url = (await (await server)?.database()) ?? ''
    const store = await openPostgresStore({ url, scheduler: realScheduler, migrations: MIGRATIONS })
    t.after(() => store.close())
    const bank = await startBank({
      port: 0,
      clock: Date.now,
      publicOrigin: 'https://api.bank.example',
    })
    t.after(() => {
      bank.closeAllConnections()
      bank.close()
    })
    const evidence = recordedEvidence()
    const book = consentBook({
      store,
      sealing: createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes),
      clock: systemClock,
      randomBytes,
      evidence,
      recordFor: (consent) => recordOf(consent, UK, Date.now()),
      forgotten: () => undefined,
      changed: () => undefined,
    })
    const desk = clientDesk({ store, clock: systemClock, check: () => undefined })
    assert.ok(await desk.register({ client_id: 'tpp-b', client_name: 'B Ltd' }, WHY))
    const what = initiation('12.30')
    const detail = {
      type: 'payment_initiation',
      instructedAmount: { currency: 'GBP', amount: '12.30' },
      creditorAccount: { schemeName: 'UK.OBIE.IBAN', identification: 'GB94BARC10201530093459' },
      creditorName: 'Penrose Lettings',
      endToEndIdentification: 'RENT-14-LARK-LANE',
      remittanceInformationUnstructured: ['Rent December'],
    }
    const agreed = async (): Promise<string> => {
      const made = await book.create(
        {
          ...ACCOUNTS,
          kind: 'payment',
          purpose: 'domestic-payment-consents',
          permissions: [],
          payments: [detail],
          expiresAt: Date.now() + DAY,
        },
        { client: 'tpp-b', regime: 'plain' },
      )
      assert.ok(made.kind === 'made')
      const { id } = made.consent
      const said = { subject: 'cust-amira', accounts: [], signatories: 1 }
      assert.ok((await book.act(id, { kind: 'authorise', ...said })).ok)
      return id
    }
    const place = installation(
      t,
      `listen: 127.0.0.1:0
${ISSUER_LINES}apis:
  - name: payments
    spec: payments.yaml
    upstream: http://127.0.0.1:${(bank.address() as AddressInfo).port}
    template: pis@1.4.0 # what a use is, whoever authenticated it
    rules: { request.signature: { mode: observe } }
store: { postgres: { url: { env: TEST_DATABASE }, feed: true } }
`,
      { 'payments.yaml': readFileSync(SPEC, 'utf8') },
    )
    const gateway = await up(t, place, { TEST_DATABASE: url })
    const pay = async (consent: string, key: string = randomUUID()) => {
      const sent = order(consent, what)
      const token = place.token({
        scope: 'payments',
        client_id: 'tpp-b',
        sub: 'cust-amira',
        consent_id: consent,
      })
      return call(gateway, {
        method: 'POST',
        path: '/open-banking/v4.0/pisp/domestic-payments',
        token,
        headers: [
          'content-type: application/json',
          `x-idempotency-key: ${key}`,
          'x-jws-signature: a..b',
          `content-length: ${Buffer.byteLength(sent)}`,
        ],
        sent,
      })
    }

    const id = await agreed()
    const key = randomUUID()
    let paid = await pay(id, key)
    await until(5_000, async () => {
      if (paid.status !== 201) paid = await pay(id, key)
      return paid.status === 201
    }).catch(() => assert.fail(paid.body))
    /** What is no payment is refused as used once the gateway has heard of it, and not before. */
    const funds = async (): Promise<string> => {
      const token = place.token({
        scope: 'payments',
        client_id: 'tpp-b',
        sub: 'cust-amira',
        consent_id: id,
      })
      const path = `/open-banking/v4.0/pisp/domestic-payment-consents/${id}/funds-confirmation`
      return problemOf(await call(gateway, { path, token })).code
    }
    assert.notEqual(await funds(), USED)
    // Nobody has looked: it waits, under a name that tells nothing of the consent.
    assert.deepEqual(await store.run(untoldUses, { limit: 10 }), [sealedKey(id)])
    await book.hearUses()
    assert.equal((await book.peek(id))?.status, 'consumed')
    assert.deepEqual(
      evidence.lines(({ action }) => action === 'consent-consume'),
      ['consent-consume done'],
    )
    const ms = await until(WITHIN_MS, async () => (await funds()) === USED)
    t.diagnostic(`the gateway heard after ${ms} ms`)
    const refused = problemOf(await pay(id))
    assert.equal(refused.code, USED)
    assert.equal((await pay(id, key)).body, paid.body, 'a repetition has its answer')
    const dump = (await server)?.psql('SELECT * FROM idempotency_key', url) ?? ''
    assert.ok(dump.includes(sealedKey(id)), 'the check is blind')
    assert.ok(!dump.includes(id))
    assert.equal((await gateway.stop()).code, 0)
  },
)
