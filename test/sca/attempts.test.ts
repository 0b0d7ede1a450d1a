/** Limits of attempts (RTS Art. 4(3)(a), (b), 4(4)): as many as may fail, however they come, and nothing that tells which element it was. */
import assert from 'node:assert/strict'
import type { Answer, ScaRefusal } from '../../src/sca/index.ts'
import {
  BLOCK_MEMORY_MS,
  BLOCKS_MS,
  CLIENT_THROTTLE,
  MAX_FAILURES,
  NETWORK_THROTTLE,
  SUBJECT_THROTTLE,
} from '../../src/sca/attempts/limits.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  createTransaction,
  type Device,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

async function anna(rig: Rig) {
  await enrolPasscode(rig, rig.anna)
  return enrolDevice(rig, rig.anna)
}
interface Try {
  readonly passcode?: string
  readonly approval?: string
  readonly network?: string
  readonly client?: string
  readonly risk?: 'low' | 'elevated' | 'high'
}
/** `undefined`: verified. */
async function attempt(rig: Rig, device: Device, tried: Try = {}): Promise<ScaRefusal | undefined> {
  const { network = rig.anna, client = rig.anna, risk = 'low' } = tried
  const id = await createTransaction(rig, { ...paymentOf(rig.anna), client })
  const answers: Answer[] = [
    { kind: 'passcode', value: tried.passcode ?? PASSCODE },
    { kind: 'approval', value: tried.approval ?? (await approve(rig, device, id)) },
  ]
  const outcome = await rig.sca.transactions.verify({ id, answers, network, risk })
  return outcome.ok ? undefined : outcome.error
}
const wrong = { passcode: 'not the passcode' }
async function fail(rig: Rig, device: Device, times: number, tried: Try = wrong) {
  let last: ScaRefusal | undefined
  for (let at = 0; at < times; at++) last = await attempt(rig, device, tried)
  return last
}

onBothStores('the fifth failure blocks, whichever elements were wrong', async (rig) => {
  const device = await anna(rig)
  for (const [at, tried] of [wrong, { approval: 'x' }, wrong, { approval: '' }].entries()) {
    const refusal = await attempt(rig, device, tried)
    assert.equal(refusal?.code, 'GH_SCA_FAILED')
    assert.equal(refusal.attemptsLeft, MAX_FAILURES - 1 - at)
  }
  const fifth = await attempt(rig, device, wrong)
  assert.equal(fifth?.code, 'GH_SCA_BLOCKED')
  assert.equal(await rig.sca.blocked(rig.anna), true)
  assert.equal(await rig.sca.blocked(`${rig.anna}-2`), false)
  assert.equal(fifth.retryAt, rig.clock.now() + (BLOCKS_MS[0] ?? 0))
  // Right answers are of no use now, in no process.
  assert.equal((await attempt(rig, device))?.code, 'GH_SCA_BLOCKED')
  assert.equal((await attempt({ ...rig, sca: rig.another() }, device))?.code, 'GH_SCA_BLOCKED')
  rig.clock.advance((BLOCKS_MS[0] ?? 0) - 1)
  assert.equal((await attempt(rig, device))?.code, 'GH_SCA_BLOCKED')
  rig.clock.advance(1)
  assert.equal(await rig.sca.blocked(rig.anna), false)
  assert.equal(await attempt(rig, device), undefined)
})

onBothStores(
  'four failures and a success, again and again, block nobody, but not for ever',
  async (rig) => {
    const device = await anna(rig)
    for (let round = 0; round < SUBJECT_THROTTLE.most / 4 - 1; round++) {
      assert.equal((await fail(rig, device, 4))?.code, 'GH_SCA_FAILED')
      assert.equal(await attempt(rig, device), undefined)
    }
    assert.equal((await fail(rig, device, 4))?.code, 'GH_SCA_FAILED')
    assert.equal((await attempt(rig, device))?.code, 'GH_SCA_THROTTLED')
    rig.clock.advance(SUBJECT_THROTTLE.withinMs)
    assert.equal(await attempt(rig, device), undefined)
  },
)

onBothStores('of 50 wrong attempts at once five are judged', async (rig) => {
  const device = await anna(rig)
  const id = await createTransaction(rig, paymentOf(rig.anna))
  const approval = await approve(rig, device, id)
  const processes = [rig.sca, rig.another()]
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      const answers = [
        { kind: 'passcode', value: `guess ${at}` },
        { kind: 'approval', value: approval },
      ] as const
      const process = processes[at % 2] ?? rig.sca
      const outcome = await process.transactions.verify({ id, answers, network: rig.anna })
      return outcome.ok ? 'verified' : outcome.error.code + (outcome.error.attemptsLeft ?? '')
    }),
  )
  const judged = outcomes.filter((one) => one.startsWith('GH_SCA_FAILED'))
  assert.deepEqual(
    judged.toSorted(),
    [1, 2, 3, 4].map((left) => `GH_SCA_FAILED${left}`),
  )
  // The fifth is told of the block, as are all that came after it.
  assert.equal(outcomes.filter((one) => one === 'GH_SCA_BLOCKED').length, 46)
})

onBothStores(
  'blocks grow, the last is announced, and then it is for good until recovery',
  async (rig) => {
    const device = await anna(rig)
    for (const ms of BLOCKS_MS) {
      const refusal = await fail(rig, device, MAX_FAILURES)
      assert.equal(refusal?.code, 'GH_SCA_BLOCKED')
      assert.equal(refusal.retryAt, rig.clock.now() + ms)
      rig.clock.advance(Math.max(ms, 3_600_000))
    }
    assert.deepEqual(
      rig.notices.map(({ kind, subject }) => [kind, subject]),
      [['last-block', rig.anna]],
    )
    assert.equal((await fail(rig, device, MAX_FAILURES))?.code, 'GH_SCA_LOCKED')
    assert.equal(rig.notices.at(-1)?.kind, 'locked')
    rig.clock.advance(10 * BLOCK_MEMORY_MS)
    assert.equal((await attempt(rig, device))?.code, 'GH_SCA_LOCKED')
    assert.equal(
      await rig.sca
        .forgetEnded(1000)
        .then(() => attempt(rig, device))
        .then((r) => r?.code),
      'GH_SCA_LOCKED',
    )

    // RTS Art. 4(4): a secure procedure, with a code that came by another way.
    const named = { subject: rig.anna, kind: 'passcode' } as const
    const code = await rig.sca.enrolment.activation({
      ...named,
      channel: 'branch',
      lifeMs: 1000,
      recovers: true,
    })
    const begun = await rig.sca.enrolment.begin({
      ...named,
      channel: 'app',
      authorisation: { kind: 'activation', code, network: rig.anna },
    })
    assert.ok(begun.ok)
    assert.ok(
      (await rig.sca.enrolment.finish({ subject: rig.anna, id: begun.value.id, value: PASSCODE }))
        .ok,
    )
    assert.equal(await attempt(rig, device), undefined)
  },
)

onBothStores('nobody is locked who was not told that it would come', async (rig) => {
  const deaf = {
    ...rig,
    sca: rig.another({ alertPayer: () => Promise.reject(new Error('no way')) }),
  }
  const device = await anna(rig)
  for (const ms of BLOCKS_MS.slice(0, -1)) {
    await fail(deaf, device, MAX_FAILURES)
    rig.clock.advance(Math.max(ms, 3_600_000))
  }
  for (let again = 0; again < 2; again++) {
    assert.equal((await fail(deaf, device, MAX_FAILURES))?.code, 'GH_SCA_BLOCKED')
    const blocked = await attempt(rig, device)
    assert.equal(blocked?.code, 'GH_SCA_BLOCKED', 'for a time, again')
    rig.clock.advance(BLOCKS_MS.at(-1) ?? 0)
  }
})

onBothStores(
  'what monitoring says makes a block longer, and time makes it be forgotten',
  async (rig) => {
    const device = await anna(rig)
    const [first = 0] = BLOCKS_MS
    const high = await fail(rig, device, MAX_FAILURES, { ...wrong, risk: 'high' })
    assert.equal(high?.retryAt, rig.clock.now() + 4 * first)
    rig.clock.advance(4 * first + BLOCK_MEMORY_MS)
    const later = await fail(rig, device, MAX_FAILURES)
    assert.equal(later?.retryAt, rig.clock.now() + first)
  },
)

onBothStores('one network, or one client, cannot try customer after customer', async (rig) => {
  const device = await anna(rig)
  const others = Array.from({ length: 11 }, (_, at) => `${rig.anna}-${at}`)
  const network = `${rig.anna}-network`
  const answers = [{ kind: 'passkey', value: {} }] as const
  let refusals = 0
  for (const subject of others)
    for (let at = 0; at < MAX_FAILURES; at++) {
      const id = await createTransaction(rig, paymentOf(subject))
      const outcome = await rig.sca.transactions.verify({ id, answers, network })
      if (!outcome.ok && outcome.error.code === 'GH_SCA_THROTTLED') refusals++
    }
  assert.equal(refusals, others.length * MAX_FAILURES - NETWORK_THROTTLE.most)
  // A restart forgets nothing, and who comes from elsewhere is not concerned.
  const restarted = { ...rig, sca: rig.another() }
  assert.equal((await attempt(restarted, device, { network }))?.code, 'GH_SCA_THROTTLED')
  assert.equal(await attempt(restarted, device), undefined)
  rig.clock.advance(NETWORK_THROTTLE.withinMs)
  assert.equal(await attempt(rig, device, { network }), undefined)
  assert.ok(CLIENT_THROTTLE.most > NETWORK_THROTTLE.most)
})

onBothStores('who is nobody is refused as somebody is, after as much work', async (rig) => {
  const device = await anna(rig)
  let hashes = 0
  const { argon2 } = process.getBuiltinModule('crypto')
  const crypto = process.getBuiltinModule('crypto')
  // Counts the work, and does it.
  crypto.argon2 = (...parameters) => {
    hashes++
    argon2(...parameters)
  }
  try {
    const seen: unknown[] = []
    for (const [subject, passcode, signed] of [
      [rig.anna, 'wrong', true],
      [rig.anna, PASSCODE, false],
      [`${rig.anna}-nobody`, PASSCODE, false],
      [`${rig.anna}-nobody-2`, 'x'.repeat(10_000), false],
    ] as const) {
      hashes = 0
      const id = await createTransaction(rig, paymentOf(subject))
      const value = signed ? await approve(rig, device, id) : 'nothing'
      const answers = [
        { kind: 'passcode', value: passcode },
        { kind: 'approval', value },
      ] as const
      const outcome = await rig.sca.transactions.verify({ id, answers, network: subject })
      seen.push([hashes, outcome.ok ? '' : outcome.error.code, Object.keys(outcome)])
    }
    for (const one of seen) assert.deepEqual(one, [1, 'GH_SCA_FAILED', ['ok', 'error']])
  } finally {
    crypto.argon2 = argon2
  }
})
