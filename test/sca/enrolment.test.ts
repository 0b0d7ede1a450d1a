/** How elements come to customers and leave them (RTS Art. 24 to 27). */
import assert from 'node:assert/strict'
import { BLOCKS_MS, MAX_FAILURES } from '../../src/sca/attempts/limits.ts'
import { ENROLMENT_AUDIENCE, type TransactionRequest } from '../../src/sca/index.ts'
import { onBothStores } from './on-both-stores.ts'
import { CLIENT, codeFor, enrolDevice, enrolPasscode } from './rig.ts'

const act = (subject: string, element = 'passcode'): TransactionRequest => ({
  subject,
  client: CLIENT,
  audience: ENROLMENT_AUDIENCE,
  purpose: { kind: 'risky-act', what: 'credentials', element },
})

onBothStores('another element is enrolled with a code for that very act, once', async (rig) => {
  const { anna, sca } = rig
  await enrolPasscode(rig, anna)
  const device = await enrolDevice(rig, anna)
  const { code } = await codeFor(rig, device, act(anna))
  const begin = (subject: string) =>
    sca.enrolment.begin({
      subject,
      kind: 'passcode',
      channel: 'browser',
      authorisation: { kind: 'code', code, client: CLIENT },
    })
  const begun = await begin(anna)
  assert.ok(begun.ok)
  const again = await begin(anna)
  assert.equal(again.ok ? '' : again.error.code, 'GH_SCA_CODE_SPENT')

  const { id } = begun.value
  const common = await sca.enrolment.finish({ subject: anna, id, value: 'password' })
  assert.equal(common.ok ? '' : common.error.fault, 'common')
  const finished = await sca.enrolment.finish({ subject: anna, id, value: 'another passcode' })
  assert.ok(finished.ok)
  const twice = await sca.enrolment.finish({ subject: anna, id, value: 'a third passcode' })
  assert.equal(twice.ok ? '' : twice.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  // There is one passcode: the older one ended.
  const kinds = (await sca.enrolment.devices(anna)).map(({ kind }) => kind)
  assert.deepEqual(kinds.toSorted(), ['approval', 'passcode'])
})

onBothStores(
  'of each kind one code waits; it is told of without the code, and dropped',
  async (rig) => {
    const { anna, sca, clock } = rig
    const { enrolment } = sca
    const codeFor = (kind: 'passcode' | 'totp', lifeMs = 60_000) =>
      enrolment.activation({ subject: anna, kind, channel: 'post', lifeMs, recovers: false })
    const kinds = async () => (await enrolment.waiting(anna)).map(({ kind }) => kind).toSorted()
    const older = await codeFor('passcode')
    const code = await codeFor('passcode')
    await codeFor('totp', 30_000)
    assert.deepEqual(await kinds(), ['passcode', 'totp'])
    assert.ok(!JSON.stringify(await enrolment.waiting(anna)).includes(code))
    const begin = (typed: string, channel: 'browser' | 'post' = 'browser') =>
      enrolment.begin({
        subject: anna,
        kind: 'passcode',
        channel,
        authorisation: { kind: 'activation', code: typed, network: anna },
      })
    assert.equal((await begin(older)).ok, false)
    clock.advance(30_000)
    assert.deepEqual(await kinds(), ['passcode'])
    assert.ok((await begin(code)).ok)
    assert.deepEqual(await kinds(), [])
    await codeFor('passcode')
    await codeFor('totp')
    // What was begun goes with them.
    assert.equal(await enrolment.dropCodes(anna, 'passcode'), 2)
    assert.deepEqual(await kinds(), ['totp'])
    assert.equal(await enrolment.dropCodes(anna), 1)
    assert.deepEqual(await kinds(), [])
  },
)

onBothStores(
  'a name is the customer’s own, and works on; what ended is told, newest first',
  async (rig) => {
    const { anna, sca, clock } = rig
    const { enrolment } = sca
    const first = await enrolPasscode(rig, anna)
    // The oldest first: of two of one millisecond nobody says which that is.
    clock.advance(1_000)
    const device = await enrolDevice(rig, anna)
    assert.equal(await enrolment.isStrong(anna), true)
    assert.equal(await enrolment.rename(`${anna}-2`, device.id, 'Mine'), false)
    assert.equal(await enrolment.rename(anna, device.id, 'a\u202eb'), false)
    assert.equal(await enrolment.rename(anna, device.id, 'Kitchen'), true)
    const labels = (await enrolment.devices(anna)).map(({ label }) => label)
    assert.deepEqual(labels, [undefined, 'Kitchen'])
    // It signs as before.
    await codeFor(rig, device, act(anna))
    clock.advance(1_000)
    const second = await enrolPasscode(rig, anna)
    clock.advance(1_000)
    assert.equal(await enrolment.revoke(anna, second), true)
    assert.equal(await enrolment.rename(anna, second, 'Late'), false)
    assert.deepEqual(
      (await enrolment.ended(anna)).map(({ id }) => id),
      [second, first],
    )
    assert.equal(await enrolment.isStrong(anna), false)
  },
)

onBothStores(
  'who guesses at codes closes the way back for a time: the customer is told, and a new code of the bank opens it',
  async (rig) => {
    const { anna, sca, clock } = rig
    const named = { subject: anna, kind: 'passcode' } as const
    const begin = async (code: string) => {
      const authorisation = { kind: 'activation', code, network: anna } as const
      const begun = await sca.enrolment.begin({ ...named, channel: 'browser', authorisation })
      return begun.ok ? 'begun' : begun.error.code
    }
    const codeOfBank = () =>
      sca.enrolment.activation({ ...named, channel: 'post', lifeMs: 86_400_000, recovers: true })
    let last = ''
    for (const ms of [...BLOCKS_MS, 0]) {
      for (let at = 0; at < MAX_FAILURES; at++) last = await begin('0000-0000-0000')
      clock.advance(Math.max(ms, 3_600_000))
    }
    assert.equal(last, 'GH_SCA_LOCKED')
    assert.deepEqual(
      rig.notices.map(({ kind, subject }) => [kind, subject]),
      [
        ['last-block', anna],
        ['locked', anna],
      ],
    )
    // What the customer pays with is another matter.
    assert.equal(await sca.blocked(anna), false)
    assert.equal(await begin(await codeOfBank()), 'begun')
  },
)

onBothStores(
  'a code that does not count for who can authenticate forgives no guesses at others',
  async (rig) => {
    const { anna, sca } = rig
    const named = { subject: anna, kind: 'totp' } as const
    const code = await sca.enrolment.activation({
      ...named,
      channel: 'post',
      lifeMs: 60_000,
      recovers: false,
    })
    await enrolPasscode(rig, anna)
    await enrolDevice(rig, anna)
    const begin = async (typed: string) => {
      const authorisation = { kind: 'activation', code: typed, network: anna } as const
      const begun = await sca.enrolment.begin({ ...named, channel: 'browser', authorisation })
      return begun.ok ? 'begun' : (begun.error.fault ?? begun.error.code)
    }
    for (let at = 1; at < MAX_FAILURES; at++)
      assert.equal(await begin('0000-0000-0000'), 'GH_SCA_FAILED')
    assert.equal(await begin(code), 'authenticate')
    assert.equal(await begin('0000-0000-0000'), 'GH_SCA_BLOCKED')
  },
)
