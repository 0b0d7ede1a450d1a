/** Codes of the bank: two persons, and no channel gives all elements of a customer (RTS Art. 24, 25). */
import assert from 'node:assert/strict'
import {
  type ActivationMessage,
  type Channel,
  type CodeRequest,
  type FactorKind,
  type Sca,
} from '../../src/sca/index.ts'
import { PROPOSAL_MS } from '../../src/sca/enrolment/code-desk.ts'
import { Authenticator } from './authenticator.ts'
import { onBothStores } from './on-both-stores.ts'
import { enrolDevice, enrolPasscode, PASSCODE } from './rig.ts'

const ANN = { who: 'Ann Berg', reason: 'case 7' }
const request = (
  kinds: readonly FactorKind[],
  channels: readonly Channel[],
  more: Partial<CodeRequest> = {},
): CodeRequest => ({ kinds, channels, lifeMs: 86_400_000, recovers: false, ...more })

async function given(sca: Sca, subject: string, asked: CodeRequest) {
  await sca.codes.propose(subject, asked, ANN)
  const approved = await sca.codes.approve(subject, 'Tom Okafor')
  assert.ok(approved.kind === 'given', approved.kind)
  return approved.codes
}
const beginning = (sca: Sca, subject: string, kind: FactorKind, code: string, channel: Channel) =>
  sca.enrolment.begin({
    subject,
    kind,
    channel,
    given: { name: 'Bank' },
    authorisation: { kind: 'activation', code, network: subject },
  })

onBothStores('nobody approves what they proposed, however they write their name', async (rig) => {
  const { anna, sca, clock } = rig
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'none')
  await sca.codes.propose(anna, request(['passcode'], ['post']), ANN)
  for (const who of ['Ann Berg', ' ann  BERG', 'Ann\u200b Berg'])
    assert.equal((await sca.codes.approve(anna, who)).kind, 'same-person')
  assert.deepEqual(await sca.enrolment.waiting(anna), [])
  const proposed = await sca.codes.proposed(anna)
  assert.deepEqual(
    [proposed?.who, proposed?.reason, proposed?.kinds],
    [...Object.values(ANN), ['passcode']],
  )
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'given')
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'none', 'once')
  assert.equal(await sca.codes.proposed(anna), undefined)
  // A proposal has an end, and another takes its place.
  await sca.codes.propose(anna, request(['passcode'], ['post']), ANN)
  await sca.codes.propose(anna, request(['totp'], ['post']), { ...ANN, who: 'Tom' })
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'same-person')
  clock.advance(PROPOSAL_MS)
  assert.equal(await sca.codes.proposed(anna), undefined)
  assert.equal((await sca.codes.approve(anna, 'Ann Berg')).kind, 'none')
})

onBothStores('of fifty approvals at once one makes codes', async (rig) => {
  const { anna, sca } = rig
  await sca.codes.propose(anna, request(['passcode'], ['post']), ANN)
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, at) => sca.codes.approve(anna, `second ${at}`)),
  )
  assert.equal(all.filter(({ kind }) => kind === 'given').length, 1)
  assert.ok(all.every(({ kind }) => kind === 'given' || kind === 'none'))
  assert.equal((await sca.enrolment.waiting(anna)).length, 1)
})

onBothStores(
  'one channel never gives all elements: together, one after the other, or in one key',
  async (rig) => {
    const { anna, sca } = rig
    const fault = (asked: CodeRequest, subject = anna) => sca.codes.fault(subject, asked)
    const both = ['passcode', 'transaction-code'] as const
    assert.equal(await fault(request(both, ['post'])), 'one-channel')
    assert.equal(await fault(request(['passcode', 'totp'], ['email'])), 'one-channel')
    assert.equal(await fault(request(['passkey'], ['post'])), 'one-channel')
    assert.equal(await fault(request(['passkey'], ['branch'])), 'one-channel')
    assert.equal(await fault(request(both, ['post', 'message'])), undefined)
    assert.equal(await fault(request(['passkey'], ['post', 'message'])), undefined)
    assert.equal(await fault(request(['transaction-code', 'totp'], ['post'])), undefined)
    // The branch sees the customer, where somebody says how he was known; a letter does not.
    const identity = 'identity card seen'
    assert.equal(await fault(request(['passkey', ...both], ['branch'], { identity })), undefined)
    assert.equal(await fault(request(both, ['post'], { identity })), 'one-channel')
    // What waits, and what came before, counts with it.
    const [first] = await given(sca, anna, request(['passcode'], ['post']))
    assert.equal(await fault(request(['totp'], ['post'])), 'one-channel')
    assert.equal(await fault(request(['totp'], ['message'])), undefined)
    assert.equal(await fault(request(['passcode'], ['post'])), undefined, 'it replaces itself')
    const begun = await beginning(sca, anna, 'passcode', first?.code ?? '', 'browser')
    assert.ok(begun.ok)
    const { id } = begun.value
    assert.ok((await sca.enrolment.finish({ subject: anna, id, value: PASSCODE })).ok)
    const late = request(['transaction-code'], ['post'], { recovers: true })
    assert.equal(await fault(late), 'one-channel')
    assert.equal(await fault({ ...late, channels: ['branch'] }), undefined)
    // A name that the customer gives it does not make that forgotten.
    assert.ok(
      await sca.enrolment.rename(anna, (await sca.enrolment.devices(anna))[0]?.id ?? '', 'PIN'),
    )
    assert.equal(await fault(late), 'one-channel')
    // It is looked at again when it is approved.
    const ben = `${anna}-ben`
    await sca.codes.propose(ben, request(['totp'], ['post']), ANN)
    const of = { subject: ben, kind: 'passcode', channel: 'post', lifeMs: 60_000 } as const
    await sca.enrolment.activation({ ...of, recovers: false })
    assert.equal((await sca.codes.approve(ben, 'Tom')).kind, 'one-channel')
    assert.deepEqual(
      (await sca.enrolment.waiting(ben)).map(({ kind }) => kind),
      ['passcode'],
    )
  },
)

onBothStores(
  'a passkey wants both codes, in either order, and neither channel begins it',
  async (rig) => {
    const { anna, sca } = rig
    const asked = request(['passkey'], ['post', 'message'])
    const codes = await given(sca, anna, asked)
    assert.deepEqual(
      codes.map(({ channel }) => channel),
      ['post', 'message'],
    )
    const [one = '', other = ''] = codes.map(({ code }) => code)
    for (const half of [one, other, `${one} ${one}`])
      assert.equal((await beginning(sca, anna, 'passkey', half, 'browser')).ok, false)
    // By a channel of a code it counts for nothing, and is used up.
    assert.equal((await beginning(sca, anna, 'passkey', `${one} ${other}`, 'message')).ok, false)
    assert.equal((await beginning(sca, anna, 'passkey', `${one} ${other}`, 'browser')).ok, false)
    for (const order of [
      (codes: readonly string[]) => codes,
      (codes: readonly string[]) => codes.toReversed(),
    ]) {
      const [first = '', second = ''] = (await given(sca, anna, asked)).map(({ code }) => code)
      const typed = order([first, second]).join(' ').toLowerCase()
      const begun = await beginning(sca, anna, 'passkey', typed, 'browser')
      assert.ok(begun.ok, JSON.stringify(begun))
      const key = new Authenticator()
      const { challenge } = begun.value.options
      assert.ok(typeof challenge === 'string')
      const value = key.create({ challenge })
      const { id } = begun.value
      assert.ok((await sca.enrolment.finish({ subject: anna, id, value })).ok)
      await sca.enrolment.revokeAll(anna)
    }
  },
)

onBothStores('who can authenticate is given codes for recovery only', async (rig) => {
  const { anna, sca } = rig
  await enrolPasscode(rig, anna)
  await enrolDevice(rig, anna)
  assert.equal(await sca.codes.fault(anna, request(['totp'], ['post'])), 'needless')
  await sca.codes.propose(anna, request(['totp'], ['message']), ANN)
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'needless')
  const recovery = request(['totp'], ['message'], { recovers: true })
  assert.equal(await sca.codes.fault(anna, recovery), undefined)
})

onBothStores(
  'where the bank has a sender codes go to it, and to nobody else; what it does not take is no code',
  async (rig) => {
    const { anna, another } = rig
    const sent: ActivationMessage[] = []
    const told: string[] = []
    let away = false
    const sca = another({
      record: ({ what, refused = '' }) => {
        told.push(`${what} ${refused}`.trim())
        return Promise.resolve('event')
      },
      sendCodes(message) {
        if (away) return Promise.reject(new TypeError('away'))
        sent.push(message)
        return Promise.resolve()
      },
    })
    const asked = request(['passcode', 'passkey'], ['post', 'message'])
    const codes = await given(sca, anna, asked)
    assert.deepEqual(
      codes.toSorted((a, b) => a.kind.localeCompare(b.kind)),
      [
        { kind: 'passcode', channel: 'post' },
        { kind: 'passkey', channel: 'post' },
        { kind: 'passkey', channel: 'message' },
      ],
    )
    assert.deepEqual(
      sent.map(({ subject, kind, channel, inTwo }) => [subject, kind, channel, inTwo]),
      [
        [anna, 'passcode', 'post', false],
        [anna, 'passkey', 'post', true],
        [anna, 'passkey', 'message', true],
      ],
    )
    const { code = '' } = sent[0] ?? {}
    assert.ok((await beginning(sca, anna, 'passcode', code, 'browser')).ok)
    await sca.enrolment.dropCodes(anna)
    told.length = 0
    away = true
    await sca.codes.propose(anna, request(['passcode'], ['post']), ANN)
    await assert.rejects(sca.codes.approve(anna, 'Tom'), TypeError)
    assert.deepEqual(await sca.enrolment.waiting(anna), [])
    assert.deepEqual(told, ['code', 'code unsent'])
    away = false
    assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'given', 'the proposal waits on')
  },
)

onBothStores('what is proposed ends with everything else of the customer', async (rig) => {
  const { anna, sca } = rig
  await sca.codes.propose(anna, request(['passcode'], ['post']), ANN)
  assert.equal((await sca.enrolment.revokeAll(anna)).codes, 1)
  assert.equal((await sca.codes.approve(anna, 'Tom')).kind, 'none')
})
