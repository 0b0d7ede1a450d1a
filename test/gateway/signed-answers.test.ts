/** Signatures over answers through a whole gateway, verified by `jose`: the very bytes that left, whoever signed them. */
import assert from 'node:assert/strict'
import { constants, hash, randomUUID, sign } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { flattenedVerify } from 'jose'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { type Plan, type PlanRule, prepare } from '../../src/decide/index.ts'
import type { AnswerSigner } from '../../src/gateway/core/index.ts'
import { changeMigrations, idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { keyedPlan } from '../support/keyed-plan.ts'
import { linearRegex } from '../support/linear-regex.ts'
import type { RawAnswer } from '../support/raw-http.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type SigningKey, signingKey } from '../support/token-issuer.ts'

const FIELD = 'x-jws-signature'
const GATEWAY = signingKey('gate-1', 'PS256')
const BANK_FIELD = 'eyJhbGciOiJQUzI1NiJ9..c2lnbmVkLWJ5LXRoZS1iYW5r'
const NAMES = ['iat', 'iss', 'tan'].map((name) => `http://openbanking.org.uk/${name}`)

function signer(key: SigningKey): AnswerSigner {
  return {
    kid: key.kid,
    issuer: 'org-1',
    trustAnchor: 'openbanking.org.uk',
    sign: (input) =>
      sign('sha256', Buffer.from(input, 'latin1'), {
        key: key.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      }).toString('base64url'),
  }
}

function signingPlan(upstream: string, mode: PlanRule['mode'] = 'enforce'): Plan {
  const rule: PlanRule = {
    name: 'request.signature',
    control: 'message-signing',
    mode,
    origin: { level: 'profile', source: 'pis@1.2.0' },
    params: {
      header: FIELD,
      maxAgeSeconds: 300,
      trustAnchors: [],
      unencoded: false,
      form: 'none',
      answers: { header: FIELD },
    },
  }
  const plan = keyedPlan({ upstream })
  return {
    ...plan,
    apis: plan.apis.map((api) =>
      api.state !== 'active'
        ? api
        : {
            ...api,
            rules: [...api.rules, rule],
            operations: api.operations.map((one) =>
              one.id !== 'AddNote'
                ? one
                : {
                    ...one,
                    rules: [...one.rules, api.rules.length],
                    responses: one.responses.map((answer) =>
                      ['201', '400'].includes(answer.status)
                        ? { ...answer, headers: [...answer.headers, 'X-JWS-Signature'] }
                        : answer,
                    ),
                  },
            ),
          },
    ),
  }
}

interface Bank extends Rig {
  pay(key?: string, more?: { readonly body?: string; readonly token?: null }): Promise<RawAnswer>
}

async function bank(
  t: TestContext,
  answers: () => AnswerSigner | undefined,
  mode?: PlanRule['mode'],
): Promise<Bank> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir: join(dir, 'store'),
    create: true,
    migrations: [...idempotencyMigrations, ...changeMigrations],
  })
  t.after(() => store.close())
  const rig = await gatewayRig(t, {
    answers,
    idempotencyKeys: (clock) =>
      idempotencyKeys({
        store,
        key: installationKey(dir),
        clock,
        scheduler: clock,
        owner: randomUUID(),
        alone: true,
        say: (failure) => assert.fail(String(failure)),
      }).keys,
  })
  rig.swap(prepare(signingPlan(rig.upstream.origin, mode), { regex: linearRegex }))
  return Object.assign(rig, {
    pay: (
      key: string = randomUUID(),
      more: { readonly body?: string; readonly token?: null } = {},
    ) =>
      rig.call('/aisp/accounts/A1/notes', {
        method: 'POST',
        body: '{"Text":"pay"}',
        headers: ['Content-Type: application/json', `x-idempotency-key: ${key}`],
        ...more,
      }),
  })
}

function answers(rig: Rig, body: string, field?: string): void {
  const bytes = Buffer.byteLength(body)
  const signed = field === undefined ? '' : `${FIELD}: ${field}\r\n`
  rig.upstream.script = (_request, socket) =>
    socket.write(
      `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n${signed}content-length: ${bytes}\r\n\r\n${body}`,
    )
}

function fieldOf({ headers }: RawAnswer): string | undefined {
  return headers.get(FIELD)
}

/** The claims, or nothing: it is no signature of the gateway over this body. */
async function verified(
  answer: RawAnswer,
  body = answer.body,
): Promise<Record<string, unknown> | undefined> {
  const [header = '', payload, signature = ''] = (fieldOf(answer) ?? '').split('.')
  assert.equal(payload, '')
  const crit = Object.fromEntries(NAMES.map((name) => [name, true]))
  const jws = { protected: header, payload: Buffer.from(body).toString('base64url'), signature }
  const read = await flattenedVerify(jws, GATEWAY.publicKey, { crit, algorithms: ['PS256'] }).catch(
    () => undefined,
  )
  return read?.protectedHeader
}

test('what the bank did not sign is signed over the bytes that leave', async (t) => {
  const rig = await bank(t, () => signer(GATEWAY))
  answers(rig, '{"Text":"Zoë paid","Balance":"1.00"}')
  const answer = await rig.pay()
  assert.equal(answer.status, 201)
  assert.equal(answer.body, '{"Text":"Zoë paid"}')
  const [iat = '', iss = '', tan = ''] = NAMES
  const claims = await verified(answer)
  assert.deepEqual(claims, {
    alg: 'PS256',
    kid: 'gate-1',
    typ: 'JOSE',
    [iat]: Math.floor(rig.clock.now() / 1000),
    [iss]: 'org-1',
    [tan]: 'openbanking.org.uk',
    crit: NAMES,
  })
  assert.equal(await verified(answer, `${answer.body} `), undefined)
  assert.deepEqual(rig.sink.access.at(-1)?.response?.signature, {
    by: 'gateway',
    kid: 'gate-1',
    proof: `sha256:${hash('sha256', `${fieldOf(answer)}\n${answer.body}`, 'hex')}`,
  })
})

test('what the bank signed keeps its signature, as long as it is what was signed', async (t) => {
  const rig = await bank(t, () => signer(GATEWAY))
  answers(rig, '{"Text":"paid"}', BANK_FIELD)
  const whole = await rig.pay()
  assert.equal(fieldOf(whole), BANK_FIELD)
  assert.equal(rig.sink.access.at(-1)?.response?.signature?.by, 'bank')
  answers(rig, '{"Text":"paid","Inside":"x"}', BANK_FIELD)
  const trimmed = await rig.pay()
  assert.equal(trimmed.body, '{"Text":"paid"}')
  assert.notEqual(await verified(trimmed), undefined)
  assert.equal(rig.sink.access.at(-1)?.response?.signature?.by, 'gateway')
})

test('without a key only what the bank signed leaves, whole; what was sent is in doubt', async (t) => {
  const rig = await bank(t, () => undefined)
  answers(rig, '{"Text":"paid"}', BANK_FIELD)
  assert.equal(fieldOf(await rig.pay()), BANK_FIELD)
  for (const [body, field] of [
    ['{"Text":"paid","Inside":"x"}', BANK_FIELD],
    ['{"Text":"paid"}', undefined],
  ] as const) {
    answers(rig, body, field)
    const key = randomUUID()
    const refused = await rig.pay(key)
    assert.equal(refused.status, 502)
    assert.match(refused.body, /GH_GATEWAY_SIGNING_UNAVAILABLE/)
    assert.doesNotMatch(refused.body, /paid/)
    const again = await rig.pay(key)
    assert.match(again.body, /GH_GATEWAY_IDEMPOTENCY_IN_DOUBT/)
  }
})

test('a key that fails lets nothing out', async (t) => {
  const rig = await bank(t, () => ({
    ...signer(GATEWAY),
    sign: () => {
      throw new Error('the key is gone')
    },
  }))
  answers(rig, '{"Text":"paid"}')
  const { status, body } = await rig.pay()
  assert.equal(status, 502)
  assert.match(body, /GH_GATEWAY_SIGNING_UNAVAILABLE/)
})

test('a repetition gets the same bytes under the same signature', async (t) => {
  const rig = await bank(t, () => signer(GATEWAY))
  answers(rig, '{"Text":"paid"}')
  const first = await rig.pay('key-1')
  rig.clock.advance(5_000)
  const second = await rig.pay('key-1')
  assert.equal(second.body, first.body)
  assert.equal(fieldOf(second), fieldOf(first))
  assert.notEqual(fieldOf(first), undefined)
  assert.equal(rig.upstream.seen.length, 1)
})

test('refusals of ours are signed where the specification declares it, and for nobody unknown', async (t) => {
  const rig = await bank(t, () => signer(GATEWAY))
  const bad = await rig.pay('key-1', { body: '{"Text":1}' })
  assert.equal(bad.status, 400)
  assert.notEqual(await verified(bad), undefined)
  const stranger = await rig.pay('key-1', { token: null })
  assert.equal(stranger.status, 401)
  assert.equal(fieldOf(stranger), undefined)
})

test('a new key signs from the next answer on', async (t) => {
  const next = signingKey('gate-2', 'PS256')
  let key = GATEWAY
  const rig = await bank(t, () => signer(key))
  answers(rig, '{"Text":"paid"}')
  assert.equal((await verified(await rig.pay()))?.['kid'], 'gate-1')
  key = next
  const answer = await rig.pay()
  assert.equal(await verified(answer), undefined)
  assert.match(
    Buffer.from((fieldOf(answer) ?? '').split('.')[0] ?? '', 'base64url').toString(),
    /gate-2/,
  )
})

test('a rule that only watches signs nothing, and a signed answer that was trimmed stays back', async (t) => {
  const rig = await bank(t, () => signer(GATEWAY), 'observe')
  answers(rig, '{"Text":"paid"}')
  assert.equal(fieldOf(await rig.pay()), undefined)
  answers(rig, '{"Text":"paid","Inside":"x"}', BANK_FIELD)
  const { status, body } = await rig.pay()
  assert.equal(status, 502)
  assert.match(body, /GH_GATEWAY_RESPONSE_REFUSED/)
})
