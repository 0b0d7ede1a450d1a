/** Each factor at the front door, and which of them together are strong (RTS Art. 5 to 9). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, FactorKind, Purpose } from '../../src/sca/index.ts'
import type { Factor } from '../../src/sca/factors/factor.ts'
import { areStrong } from '../../src/sca/factors/independence.ts'
import { ocraCode, parseOcraSuite } from '../../src/sca/factors/ocra.ts'
import { STEP_SECONDS, totpCode } from '../../src/sca/factors/totp.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  AUDIENCE,
  CLIENT,
  createTransaction,
  enrol,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const known: Answer = { kind: 'passcode', value: PASSCODE }

/** `''`: verified. */
async function verify(rig: Rig, id: string, ...answers: readonly Answer[]): Promise<string> {
  const outcome = await rig.sca.transactions.verify({ id, answers, network: rig.anna })
  return outcome.ok ? '' : outcome.error.code
}
const act = (rig: Rig, purpose: Purpose): Promise<string> =>
  createTransaction(rig, { subject: rig.anna, client: CLIENT, audience: AUDIENCE, purpose })
async function question(rig: Rig, id: string, kind: FactorKind) {
  const shown = await rig.sca.transactions.present(id)
  assert.ok(shown.ok, JSON.stringify(shown))
  return shown.value.questions[kind] ?? {}
}
function token(options: Readonly<Record<string, unknown>>, seed = options['seed']): string {
  const suite = parseOcraSuite(String(options['suite']))
  assert.ok(suite !== undefined)
  const key = Buffer.from(String(seed), 'base64url')
  return ocraCode(suite, key, { question: String(options['question']) })
}

onBothStores('a token answers to one transaction, and to no other', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  let seed: unknown
  await enrol(rig, rig.anna, 'transaction-code', (options) => {
    seed = options['seed']
    return token(options)
  })
  const first = await createTransaction(rig, paymentOf(rig.anna))
  const second = await createTransaction(rig, paymentOf(rig.anna, { amount: '120.51' }))
  const code = async (id: string): Promise<Answer> => {
    const value = token(await question(rig, id, 'transaction-code'), seed)
    return { kind: 'transaction-code', value }
  }
  assert.equal(await verify(rig, second, known, await code(first)), 'GH_SCA_FAILED')
  assert.equal(
    await verify(rig, first, known, { kind: 'transaction-code', value: 7 }),
    'GH_SCA_FAILED',
  )
  assert.equal(await verify(rig, first, known, await code(first)), '')
  assert.equal(await verify(rig, second, known, await code(second)), '')
})

onBothStores('a code by the clock is for access to accounts, each once', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  let seed = ''
  const step = () => Math.floor(rig.clock.now() / 1000 / STEP_SECONDS)
  const code = (at: number): Answer => ({
    kind: 'totp',
    value: totpCode(Buffer.from(seed, 'base64url'), at),
  })
  await enrol(rig, rig.anna, 'totp', (options) => {
    seed = text(options['seed'])
    return code(step()).value
  })
  const access = (): Promise<string> => act(rig, { kind: 'account-access' })
  assert.equal(
    await verify(rig, await access(), known, code(step())),
    'GH_SCA_FAILED',
    'used to enrol',
  )
  rig.clock.advance(STEP_SECONDS * 2000)
  assert.equal(await verify(rig, await access(), known, code(step() - 2)), 'GH_SCA_FAILED')
  assert.equal(await verify(rig, await access(), known, code(step() + 2)), 'GH_SCA_FAILED')
  assert.equal(await verify(rig, await access(), known, code(step() - 1)), '')
  assert.equal(await verify(rig, await access(), known, code(step() - 1)), 'GH_SCA_FAILED', 'twice')
  const at = step()
  const ids = await Promise.all(Array.from({ length: 5 }, access))
  const once = await Promise.all(ids.map((id) => verify(rig, id, known, code(at))))
  assert.equal(once.filter((one) => one === '').length, 1)

  // Of six open ones the oldest makes way: not these.
  rig.clock.advance(1)
  const payment = await createTransaction(rig, paymentOf(rig.anna))
  const risky = await act(rig, { kind: 'risky-act', what: 'limits' })
  for (const id of [payment, risky])
    assert.equal(await verify(rig, id, known, code(step() + 1)), 'GH_SCA_FACTORS')
})

onBothStores('a sent code says what it is for, and is good for that', async (rig) => {
  await enrolPasscode(rig, rig.anna)
  const to = '+491701234567'
  const sent = (): string => rig.messages.at(-1)?.code ?? ''
  await enrol(rig, rig.anna, 'one-time-code', sent, { to })
  const first = await createTransaction(rig, paymentOf(rig.anna))
  const value = (): Answer => ({ kind: 'one-time-code', value: sent() })
  assert.equal(await verify(rig, first, known, value()), 'GH_SCA_FAILED', 'none was sent for it')
  const asked = await rig.sca.transactions.ask(first, 'one-time-code')
  assert.deepEqual(asked, { ok: true, value: { to: '…67' } })
  const message = rig.messages.at(-1)
  assert.equal(message?.to, to)
  const [payment] = message.transaction?.shown.payments ?? []
  assert.equal(payment?.amount, '120.50')
  assert.equal(payment.payeeName, 'Bäckerei Müller')
  assert.match(message.code, /^\d{8}$/)
  const older = value()
  assert.ok((await rig.sca.transactions.ask(first, 'one-time-code')).ok)
  assert.equal(await verify(rig, first, known, older), 'GH_SCA_FAILED', 'another took its place')
  assert.equal(await verify(rig, first, known, value()), '')
  const second = await createTransaction(rig, paymentOf(rig.anna))
  assert.equal(await verify(rig, second, known, value()), 'GH_SCA_FAILED', 'of another transaction')
})

for (const algorithm of ['ES256', 'EdDSA'] as const)
  onBothStores(
    `a device approves what it shows, with ${algorithm} and the number of the other screen`,
    async (rig) => {
      await enrolPasscode(rig, rig.anna)
      const device = await enrolDevice(rig, rig.anna, algorithm)
      const others = await enrolDevice(rig, `${rig.anna}-2`, algorithm)
      const id = await createTransaction(rig, paymentOf(rig.anna))
      const asked = await rig.sca.transactions.ask(id, 'approval')
      assert.ok(asked.ok)
      const number = text(asked.value['number'])
      assert.match(number, /^\d\d$/)
      assert.equal(rig.pushes.at(-1)?.transaction, id)
      const signed = (more: Readonly<Record<string, string>>, by = device, header = {}) =>
        approve(rig, { id: by.id, sign: (payload) => by.sign(payload, header) }, id, more)
      const other = number === '00' ? '01' : '00'
      const wrong = [
        await signed({}),
        await signed({ number: other }),
        await signed({ number, decision: 'refuse' }),
        await signed({ number, transaction: 'x' }),
      ]
      for (const value of wrong)
        assert.equal(await verify(rig, id, known, { kind: 'approval', value }), 'GH_SCA_FAILED')
      assert.equal(
        await verify(rig, id, known, { kind: 'approval', value: await signed({ number }) }),
        '',
      )
      const next = await createTransaction(rig, paymentOf(rig.anna))
      const on = (header: object, by = device) =>
        approve(rig, { id: by.id, sign: (payload) => by.sign(payload, header) }, next)
      for (const value of [
        await on({ kid: others.id }),
        await on({ kid: device.id }, others),
        await on({ typ: 'JWT' }),
        await on({ alg: 'none' }),
      ])
        assert.equal(await verify(rig, next, known, { kind: 'approval', value }), 'GH_SCA_FAILED')
      assert.equal(
        await verify(rig, next, known, { kind: 'approval', value: await on({}) }),
        '',
        'without another screen there is no number',
      )
    },
  )

onBothStores(
  'a device that was revoked approves nothing, and says nothing of its key',
  async (rig) => {
    await enrolPasscode(rig, rig.anna)
    const device = await enrolDevice(rig, rig.anna)
    const id = await createTransaction(rig, paymentOf(rig.anna))
    const value = await approve(rig, device, id)
    assert.equal(await rig.sca.enrolment.revoke(`${rig.anna}-2`, device.id), false)
    assert.equal(await rig.sca.enrolment.revoke(rig.anna, device.id), true)
    assert.equal(await rig.sca.enrolment.revoke(rig.anna, device.id), false)
    assert.equal(await verify(rig, id, known, { kind: 'approval', value }), 'GH_SCA_FAILED')
    const left = await rig.sca.enrolment.devices(rig.anna)
    assert.deepEqual(
      left.map(({ kind }) => kind),
      ['passcode'],
    )
  },
)

onBothStores(
  'answers that are not two elements are refused before they are judged',
  async (rig) => {
    await enrolPasscode(rig, rig.anna)
    const device = await enrolDevice(rig, rig.anna)
    const id = await createTransaction(rig, paymentOf(rig.anna))
    const value = await approve(rig, device, id)
    const approval: Answer = { kind: 'approval', value }
    for (const answers of [
      [],
      [known],
      [approval],
      [known, known],
      [approval, approval],
      [known, { kind: 'totp', value: '123456' }],
      [approval, { kind: 'one-time-code', value: '1' }],
      [known, approval, { kind: 'totp', value: '1' }, { kind: 'passkey', value: {} }],
      [known, { kind: 'magic' as FactorKind, value: 1 }],
    ] satisfies Answer[][])
      assert.equal(await verify(rig, id, ...answers), 'GH_SCA_FACTORS')
    // None of them was an attempt.
    assert.equal(await verify(rig, id, known, approval), '')
  },
)

onBothStores('passcodes that many people have are not taken', async (rig) => {
  for (const [value, fault] of [
    ['12345', 'too-short'],
    ['x'.repeat(65), 'too-long'],
    ['password', 'common'],
    ['PassWord', 'common'],
    ['111111', 'common'],
    ['123123', 'common'],
    ['123456', 'common'],
    ['987654', 'common'],
    ['abcdef', 'common'],
    ['310585', 'common'],
    ['850531', 'common'],
    ['31051985', 'common'],
    ['19850531', 'common'],
    ['12\u000034567', 'malformed'],
    ['\ud800abcdef', 'malformed'],
    [123_456, 'malformed'],
    ['482917', ''],
    ['ﬁve ﬁve', ''],
  ] as const) {
    const named = { subject: rig.anna, kind: 'passcode' } as const
    const activation = { ...named, channel: 'post', lifeMs: 60_000, recovers: false } as const
    const code = await rig.sca.enrolment.activation(activation)
    const authorisation = { kind: 'activation', code, network: rig.anna } as const
    const begun = await rig.sca.enrolment.begin({ ...named, channel: 'app', authorisation })
    assert.ok(begun.ok)
    const { id } = begun.value
    const finished = await rig.sca.enrolment.finish({ subject: rig.anna, id, value })
    assert.equal(finished.ok ? '' : finished.error.fault, fault, JSON.stringify(value))
  }
})

test('strong is two categories, of which the breach of one leaves the other', () => {
  const factor = (linked: boolean, ...elements: Factor['elements']): Factor =>
    ({ linked, elements }) as unknown as Factor
  const knows = factor(false, { category: 'knowledge', carrier: 'memory' })
  const has = factor(true, { category: 'possession', carrier: 'device' })
  const hasToo = factor(true, { category: 'possession', carrier: 'token' })
  const clock = factor(false, { category: 'possession', carrier: 'token' })
  const face = factor(true, { category: 'inherence', carrier: 'device' })
  const purposes = ['payment', 'account-access', 'risky-act'] as const
  for (const [factors, ...strong] of [
    [[knows, has], true, true, true],
    [[knows, clock], false, true, false],
    [[knows, clock, has], true, true, true],
    [[has, hasToo], false, false, false],
    [[has, face], false, false, false],
    [[hasToo, face], true, true, true],
    [[knows], false, false, false],
    [[], false, false, false],
  ] as const)
    purposes.forEach((purpose, at) => {
      assert.equal(areStrong(factors, purpose), strong[at], purpose)
    })
})
