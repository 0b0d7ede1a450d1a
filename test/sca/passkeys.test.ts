/** Passkeys at the front door: the ceremony of a customer, and every way in which it is none. */
import assert from 'node:assert/strict'
import { isJsonObject, type JsonValue } from '../../src/lib/index.ts'
import type { PasskeySettings } from '../../src/sca/index.ts'
import { Authenticator, type Ceremony } from './authenticator.ts'
import { onBothStores } from './on-both-stores.ts'
import { createTransaction, enrol, paymentOf, type Rig } from './rig.ts'

const given = { name: 'anna', label: 'Key' }

async function challengeOf({ sca }: Rig, id: string) {
  const shown = await sca.transactions.present(id)
  assert.ok(shown.ok)
  return shown.value.questions.passkey?.['challenge']
}
async function enrolKey(rig: Rig, ceremony: Partial<Ceremony> = {}, subject = rig.anna) {
  const authenticator = new Authenticator()
  const create = ({ challenge }: Readonly<Record<string, unknown>>) =>
    authenticator.create({ challenge: String(challenge), ...ceremony })
  await enrol(rig, subject, 'passkey', create, given)
  return authenticator
}
/** `''`: verified. */
async function pay(
  rig: Rig,
  authenticator: Authenticator,
  ceremony: Partial<Ceremony> = {},
  change: (answer: ReturnType<Authenticator['get']>) => ReturnType<Authenticator['get']> = (one) =>
    one,
): Promise<string> {
  const id = await createTransaction(rig, paymentOf(rig.anna))
  const challenge = await challengeOf(rig, id)
  const value = change(authenticator.get({ challenge, ...ceremony }))
  const answers = [{ kind: 'passkey', value }] as const
  const outcome = await rig.sca.transactions.verify({ id, answers, network: rig.anna })
  return outcome.ok ? '' : outcome.error.code
}

onBothStores('a passkey alone authenticates a payment: it is two elements', async (rig) => {
  const key = await enrolKey(rig)
  assert.equal(await pay(rig, key), '')
  assert.equal(await pay(rig, key), '')
  const [device] = await rig.sca.enrolment.devices(rig.anna)
  assert.equal(device?.label, 'Key')
  assert.ok(!JSON.stringify(device).includes('publicKey'))
})

const WRONG: readonly (readonly [string, Partial<Ceremony>])[] = [
  ['another origin', { origin: 'https://pay.bank.example.evil.example' }],
  ['the same origin without its s', { origin: 'http://pay.bank.example' }],
  ['another domain', { rpId: 'evil.example' }],
  ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
  ['the type of another ceremony', { type: 'webauthn.create' }],
  ['no user verification', { flags: { uv: false } }],
  ['nobody there', { flags: { up: false } }],
  ['a counter that went back', { counter: 1 }],
  ['an altered signature', { altered: true }],
  ['a frame of another origin', { crossOrigin: true }],
  ['a frame that says whose', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['a key that has become one that is copied', { flags: { be: true, bs: true } }],
]
for (const [what, ceremony] of WRONG)
  onBothStores(`a passkey with ${what} is wrong, and counted`, async (rig) => {
    const key = await enrolKey(rig)
    assert.equal(await pay(rig, key), '')
    assert.equal(await pay(rig, key), '')
    assert.equal(await pay(rig, key, ceremony), 'GH_SCA_FAILED')
    assert.equal(await pay(rig, key), '', 'the right one still is')
  })

onBothStores('a credential of somebody else, or under another id, is wrong', async (rig) => {
  const key = await enrolKey(rig)
  const others = await enrolKey(rig, {}, `${rig.anna}-2`)
  assert.equal(await pay(rig, others), 'GH_SCA_FAILED')
  const renamed = (answer: object) => {
    const id = key.id.toString('base64url')
    return { ...answer, id, rawId: id }
  }
  assert.equal(await pay(rig, others, {}, renamed), 'GH_SCA_FAILED')
  assert.equal(await pay(rig, new Authenticator(key.id)), 'GH_SCA_FAILED', 'its id, another key')
  for (const change of [
    () => ({}),
    (answer: object) => ({ ...answer, response: {} }),
    (answer: object) => ({ ...answer, response: { clientDataJSON: 7 } }),
    (answer: object) => ({ ...answer, type: 'password' }),
  ]) {
    // Successes in between: a row of failures is another test's.
    assert.equal(await pay(rig, key), '')
    assert.equal(await pay(rig, key, {}, change), 'GH_SCA_FAILED')
  }
})

onBothStores('an answer to one transaction is none to another, nor twice to one', async (rig) => {
  const key = await enrolKey(rig)
  const first = await createTransaction(rig, paymentOf(rig.anna))
  const second = await createTransaction(rig, paymentOf(rig.anna))
  const value = key.get({ challenge: await challengeOf(rig, first) })
  const answers = [{ kind: 'passkey', value }] as const
  const verify = async (id: string) => {
    const outcome = await rig.sca.transactions.verify({ id, answers, network: rig.anna })
    return outcome.ok ? '' : outcome.error.code
  }
  assert.equal(await verify(second), 'GH_SCA_FAILED')
  assert.equal(await verify(first), '')
  assert.equal(await verify(first), 'GH_SCA_TRANSACTION_SETTLED')
})

async function enrolment(
  rig: Rig,
  passkeys: PasskeySettings,
  ceremony: Partial<Ceremony>,
  key = new Authenticator(),
) {
  const { enrolment } = rig.another({ passkeys })
  const named = { subject: rig.anna, kind: 'passkey' } as const
  const activation = { ...named, channel: 'post', lifeMs: 60_000, recovers: true } as const
  const code = await enrolment.activation(activation)
  const authorisation = { kind: 'activation', code, network: rig.anna } as const
  const begun = await enrolment.begin({ ...named, channel: 'browser', given, authorisation })
  assert.ok(begun.ok, JSON.stringify(begun))
  const { id, options } = begun.value
  const value = key.create({ challenge: options['challenge'], ...ceremony })
  const finished = await enrolment.finish({ subject: rig.anna, id, value })
  return finished.ok ? '' : finished.error.fault
}
const SETTINGS = { rpId: 'bank.example', rpName: 'Bank', origins: ['https://pay.bank.example'] }

onBothStores('a passkey that says whose it is says that it is the customer’s', async (rig) => {
  const authenticator = new Authenticator()
  let handle: JsonValue = ''
  await enrol(
    rig,
    rig.anna,
    'passkey',
    ({ challenge, user }) => {
      handle = isJsonObject(user) ? (user['id'] ?? '') : ''
      return authenticator.create({ challenge })
    },
    given,
  )
  const saying = (userHandle: JsonValue) => (answer: ReturnType<Authenticator['get']>) => {
    const { response } = answer
    assert.ok(isJsonObject(response))
    return { ...answer, response: { ...response, userHandle } }
  }
  assert.equal(await pay(rig, authenticator, {}, saying(handle)), '')
  assert.equal(await pay(rig, authenticator, {}, saying(null)), '')
  for (const other of ['', 'AAAA', handle.slice(0, -1), 7])
    assert.equal(await pay(rig, authenticator, {}, saying(other)), 'GH_SCA_FAILED', String(other))
  assert.equal(await pay(rig, authenticator), '', 'who says nothing is asked nothing')
})

onBothStores('what may be enrolled is the bank’s policy', async (rig) => {
  const copied = { flags: { be: true, bs: true } }
  assert.equal(await enrolment(rig, SETTINGS, copied), 'not-allowed')
  assert.equal(await enrolment(rig, { ...SETTINGS, syncedKeys: 'accept' }, copied), '')
  assert.equal(await enrolment(rig, SETTINGS, {}), '')
  for (const [, ceremony] of WRONG.slice(0, 4))
    assert.equal(await enrolment(rig, SETTINGS, ceremony), 'wrong-answer')
  assert.equal(await enrolment(rig, SETTINGS, { flags: { uv: false } }), 'wrong-answer')
  assert.equal(await enrolment(rig, SETTINGS, { crossOrigin: true }), 'not-allowed')
  // Only models that are attested: one that says nothing of itself is none.
  const models = { aaguids: ['00000000-0000-0000-0000-000000000000'], roots: [] }
  assert.equal(await enrolment(rig, { ...SETTINGS, models }, {}), 'not-allowed')
  const key = new Authenticator()
  assert.equal(await enrolment(rig, SETTINGS, {}, key), '')
  assert.equal(await enrolment(rig, SETTINGS, {}, key), 'taken')
})
