/** A UK payment under `pis`, from the published specification to the bank: the three rules of payments together, over real sockets. */
import assert from 'node:assert/strict'
import { randomUUID, constants, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { prepare } from '../../src/decide/index.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { changeMigrations, idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { consentTable } from '../../src/feed/consent-table.ts'
import { sealConsent, sealedKey } from '../../src/feed/index.ts'
import { authenticated } from '../support/authenticated.ts'
import { ISSUER } from '../support/ais-plan.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { apiSource, policySource } from '../support/policy-source.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { publicJwk, segment, signingKey } from '../support/token-issuer.ts'

const SPEC = join(
  import.meta.dirname,
  '..',
  'inventory',
  'specs',
  'uk-obie',
  'payment-initiation-openapi.yaml',
)
const KEY = signingKey('sign-1', 'PS256')
const DETAIL = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'GBP', amount: '165.88' },
  creditorName: 'ACME Inc',
  creditorAccount: {
    schemeName: 'UK.OBIE.SortCodeAccountNumber',
    identification: '08080021325698',
  },
  endToEndIdentification: 'FRESCO.21302.GFX.20',
}

function payment(amount = '165.88'): string {
  return JSON.stringify({
    Data: {
      ConsentId: 'consent-1',
      Initiation: {
        InstructionIdentification: 'ACME412',
        EndToEndIdentification: 'FRESCO.21302.GFX.20',
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
}

function signature(rig: Rig, body: string): string {
  const [iat, iss, tan] = ['iat', 'iss', 'tan'].map((name) => `http://openbanking.org.uk/${name}`)
  const header = segment({
    alg: 'PS256',
    kid: 'sign-1',
    [String(iat)]: rig.clock.now() / 1000,
    [String(iss)]: 'org/app',
    [String(tan)]: 'openbanking.org.uk',
    crit: [iat, iss, tan],
  })
  const options = { key: KEY.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const bytes = sign('sha256', Buffer.from(`${header}.${segment(body)}`), options)
  return `${header}..${bytes.toString('base64url')}`
}

async function bank(t: TestContext): Promise<Rig> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: [...idempotencyMigrations, ...changeMigrations],
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
    consentUses: (clock) => made(clock).uses,
  })
  const { plan } = compilePolicy(
    policySource(
      [
        apiSource({
          spec: readFileSync(SPEC, 'utf8'),
          template: 'pis',
          upstream: rig.upstream.origin,
        }),
      ],
      [],
      [ISSUER],
    ),
  )
  assert.equal(plan.apis[0]?.state, 'active')
  rig.swap(prepare(plan, { regex: linearRegex }))
  const client = rig.feed.clients.get('tpp-a')
  assert.ok(client !== undefined)
  const jwks = { keys: [publicJwk(KEY)] } as unknown as JsonObject // sound: a JWK is JSON
  rig.feed.clients.set('tpp-a', { ...client, jwks })
  rig.feed.addConsent('consent-1', { permissions: new Set(['domestic-payments']) })
  const refused = JSON.stringify({
    Id: '1',
    Code: '400 BadRequest',
    Message: 'no',
    Errors: [{ ErrorCode: 'x', Message: 'no' }],
  })
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${refused.length}\r\n\r\n${refused}`,
    )
  return rig
}

async function pay(
  rig: Rig,
  changes: {
    readonly body?: string
    readonly key?: string
    readonly signed?: string
    readonly details?: unknown
    /** What was authenticated; else the details of the token. */
    readonly of?: unknown
  } = {},
): Promise<string> {
  const { body = payment(), key = randomUUID(), details = [DETAIL], of = details } = changes
  const answer = await rig.call('/open-banking/v4.0/pisp/domestic-payments', {
    method: 'POST',
    body,
    token: rig.token({
      scope: 'payments',
      ...(details !== 'none' && { authorization_details: details }),
      sca: authenticated(of),
    }),
    headers: [
      'Content-Type: application/json',
      `x-idempotency-key: ${key}`,
      `x-jws-signature: ${signature(rig, changes.signed ?? body)}`,
    ],
  })
  const { code, Code } = JSON.parse(answer.body) as { code?: string; Code?: string }
  return code ?? `bank: ${Code ?? answer.status}`
}

test('an authenticated, signed payment reaches the bank once for its key', async (t) => {
  const rig = await bank(t)
  const said = await pay(rig, { key: 'key-1' })
  assert.equal(rig.upstream.seen.length, 1, said)
  assert.equal(rig.upstream.seen[0]?.body, payment())
  assert.equal(await pay(rig, { key: 'key-1' }), said)
  assert.equal(rig.upstream.seen.length, 1)
  assert.equal(
    await pay(rig, { key: 'key-1', body: payment('165.880') }),
    'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED',
  )
})

test('another amount, another signed body, nothing authenticated: refused, and the key is still free', async (t) => {
  const rig = await bank(t)
  const key = 'key-1'
  assert.equal(await pay(rig, { key, body: payment('165.89') }), 'GH_GATEWAY_PAYMENT_AMOUNT')
  assert.equal(await pay(rig, { key, signed: payment('165.89') }), 'GH_GATEWAY_SIGNATURE_INVALID')
  assert.equal(await pay(rig, { key, details: [] }), 'GH_GATEWAY_PAYMENT_UNAUTHENTICATED')
  assert.equal(rig.upstream.seen.length, 0)
  for (const { event } of rig.sink.appended)
    for (const secret of ['165.8', '0808002', 'ACME'])
      assert.ok(!JSON.stringify(event).includes(secret), secret)
  await pay(rig, { key })
  assert.equal(rig.upstream.seen.length, 1)
})

test('a consent that somebody with the database changed after it was authenticated pays nothing', async (t) => {
  const rig = await bank(t)
  const id = 'consent-1'
  // The key of a sealed consent is made of its id: who knows one can write another.
  const stored = (amount: string): void => {
    const table = consentTable()
    const record = {
      id,
      client: 'tpp-a',
      subject: 'customer-1',
      status: 'AUTH',
      permissions: ['domestic-payments'],
      accounts: [],
      authorizationDetails: [{ ...DETAIL, instructedAmount: { currency: 'GBP', amount } }],
    }
    table.setSealed(sealedKey(id), sealConsent(id, record))
    const consent = table.get(id)
    assert.ok(consent !== undefined)
    rig.feed.consents.set(id, consent)
  }
  const paid = { of: [DETAIL], details: 'none' }
  stored('9165.88')
  assert.equal(
    await pay(rig, { ...paid, body: payment('9165.88') }),
    'GH_GATEWAY_PAYMENT_SCA_OTHER',
  )
  assert.equal(await pay(rig, paid), 'GH_GATEWAY_PAYMENT_SCA_OTHER')
  assert.equal(rig.upstream.seen.length, 0)
  stored('165.88')
  await pay(rig, paid)
  assert.equal(rig.upstream.seen.length, 1)
})
