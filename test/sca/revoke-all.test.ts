/** Whatever is under way when all elements of a customer are ended comes to nothing (RTS Art. 27), at whichever moment: payments too. */
import assert from 'node:assert/strict'
import { ENROLMENT_AUDIENCE, type Sca } from '../../src/sca/index.ts'
import { ENDED_KEPT_MS } from '../../src/sca/factors/units.ts'
import { kept } from './ended-units.ts'
import { onBothStores } from './on-both-stores.ts'
import { alter } from './alter-units.ts'
import {
  approve,
  AUDIENCE,
  CLIENT,
  codeFor,
  createTransaction,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

const NUMBER = '+4915112345678'
const ROUNDS = 50

async function activation(sca: Sca, subject: string): Promise<string> {
  const of = { subject, kind: 'one-time-code', channel: 'post', lifeMs: 60_000 } as const
  return sca.enrolment.activation({ ...of, recovers: true })
}
const beginning = (sca: Sca, subject: string, code: string, to = NUMBER) =>
  sca.enrolment.begin({
    subject,
    kind: 'one-time-code',
    channel: 'browser',
    given: { to },
    authorisation: { kind: 'activation', code, network: subject },
  })
/** Begun, and what its customer was sent. */
async function begun({ messages }: Rig, sca: Sca, subject: string, to = NUMBER) {
  const started = await beginning(sca, subject, await activation(sca, subject), to)
  assert.ok(started.ok)
  const value = messages.findLast((message) => message.to === to)?.code ?? ''
  return { subject, id: started.value.id, value }
}
async function nothingLeft(sca: Sca, subject: string): Promise<void> {
  assert.deepEqual(await sca.enrolment.devices(subject), [])
  assert.deepEqual(await sca.enrolment.waiting(subject), [])
}

onBothStores('fifty times: an enrolment is finished while everything ends', async (rig) => {
  const { anna, sca } = rig
  const subjects = Array.from({ length: ROUNDS }, (_, at) => `${anna}-${at}`)
  const open = await Promise.all(
    subjects.map((subject, at) => begun(rig, sca, subject, `+49151000${1_000 + at}`)),
  )
  // Ten customers at a time: all at once, units on PostgreSQL are in the way of each other more often than they begin again.
  for (let from = 0; from < ROUNDS; from += 10)
    await Promise.all(
      open.slice(from, from + 10).flatMap((one, at) => {
        const steps = [
          () => sca.enrolment.finish(one),
          () => sca.enrolment.revokeAll(one.subject),
          // A wrong answer is given back; not to what was ended.
          () => sca.enrolment.finish({ ...one, value: '00000000' }),
        ]
        return (at % 2 === 0 ? steps : steps.toReversed()).map((step) => step())
      }),
    )
  for (const one of open) {
    const late = await sca.enrolment.finish(one)
    assert.equal(late.ok ? '' : late.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
    await nothingLeft(sca, one.subject)
  }
})

onBothStores('an element that is on record already and not kept yet does not come', async (rig) => {
  const { anna, another } = rig
  const told: string[] = []
  const sca: Sca = another({
    async record({ what, refused = '' }) {
      told.push(`${what}${refused && ` ${refused}`}`)
      if (what === 'add' && refused === '') await sca.enrolment.revokeAll(anna)
      return 'event'
    },
  })
  const finished = await sca.enrolment.finish(await begun(rig, sca, anna))
  assert.equal(finished.ok ? '' : finished.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  await nothingLeft(sca, anna)
  assert.deepEqual(told, ['code', 'add', 'add void'])
})

onBothStores(
  'a code of the bank that is in use, and a code for the act, begin nothing',
  async (rig) => {
    const { anna, another } = rig
    let wanted = false
    const sca: Sca = another({
      sender: {
        async send() {
          if (wanted) await sca.enrolment.revokeAll(anna)
        },
      },
    })
    const code = await activation(sca, anna)
    wanted = true
    const first = await beginning(sca, anna, code)
    assert.equal(first.ok ? '' : first.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
    await nothingLeft(sca, anna)
    wanted = false
    await enrolPasscode({ sca }, anna)
    const device = await enrolDevice({ sca }, anna)
    const act = (subject: string) => ({
      subject,
      client: CLIENT,
      audience: ENROLMENT_AUDIENCE,
      purpose: { kind: 'risky-act', what: 'credentials', element: 'one-time-code' } as const,
    })
    const begin = (of: { readonly code: string }) =>
      sca.enrolment.begin({
        subject: anna,
        kind: 'one-time-code',
        channel: 'browser',
        given: { to: NUMBER },
        authorisation: { kind: 'code', code: of.code, client: CLIENT },
      })
    // It was given out before, and what it was made with is ended.
    const issued = await codeFor({ sca }, device, act(anna))
    await sca.enrolment.revokeAll(anna)
    const second = await begin(issued)
    assert.equal(second.ok ? '' : second.error.code, 'GH_SCA_CODE_SPENT')
    await nothingLeft(sca, anna)
  },
)

onBothStores('one element that ends takes with it what was begun by it', async (rig) => {
  const { anna, sca, messages } = rig
  await enrolPasscode(rig, anna)
  const device = await enrolDevice(rig, anna)
  const { code } = await codeFor(rig, device, {
    subject: anna,
    client: CLIENT,
    audience: ENROLMENT_AUDIENCE,
    purpose: { kind: 'risky-act', what: 'credentials', element: 'one-time-code' },
  })
  const at = messages.length
  const started = await sca.enrolment.begin({
    subject: anna,
    kind: 'one-time-code',
    channel: 'browser',
    given: { to: NUMBER },
    authorisation: { kind: 'code', code, client: CLIENT },
  })
  assert.ok(started.ok)
  assert.equal(await sca.enrolment.revoke(anna, device.id, 'bank'), true)
  const value = messages[at]?.code ?? ''
  const finished = await sca.enrolment.finish({ subject: anna, id: started.value.id, value })
  assert.equal(finished.ok ? '' : finished.error.code, 'GH_SCA_ENROLMENT_UNKNOWN')
  assert.deepEqual(
    (await sca.enrolment.devices(anna)).map(({ kind }) => kind),
    ['passcode'],
  )
})

onBothStores(
  'what ended holds no secret from then on, and is forgotten after eighteen months',
  async (rig) => {
    const { anna, sca, store, clock } = rig
    await enrolPasscode(rig, anna)
    await enrolDevice(rig, anna)
    const [subject = ''] = sca.enrolment.namesOf(anna)
    const now = () => store.run(kept, { subject })
    assert.ok((await now()).secrets > 200)
    assert.equal((await sca.enrolment.revokeAll(anna)).elements, 2)
    assert.deepEqual(await now(), { rows: 2, secrets: 0 })
    clock.advance(ENDED_KEPT_MS - 1)
    await sca.forgetEnded(1_000)
    assert.equal((await sca.enrolment.ended(anna)).length, 2)
    clock.advance(1)
    await sca.forgetEnded(1_000)
    assert.deepEqual(await sca.enrolment.ended(anna), [])
    assert.deepEqual(await now(), { rows: 0, secrets: 0 })
  },
)

const redeeming = ({ anna }: Rig, code: string) => ({
  ...paymentOf(anna),
  code,
  expectedAudience: AUDIENCE,
})
async function customer(rig: Rig) {
  await enrolPasscode(rig, rig.anna)
  return enrolDevice(rig, rig.anna)
}

onBothStores('a code for a payment that was given out pays nothing any more', async (rig) => {
  const { anna, sca, store } = rig
  const { transactions, enrolment } = sca
  const device = await customer(rig)
  const paid = await codeFor(rig, device, paymentOf(anna))
  assert.ok((await transactions.redeem(redeeming(rig, paid.code))).ok)
  const given = await codeFor(rig, device, paymentOf(anna))
  // Confirmed, and its code not given out yet.
  const confirmed = await createTransaction(rig, paymentOf(anna))
  const verified = await transactions.verify({
    id: confirmed,
    network: '192.0.2.1',
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value: await approve(rig, device, confirmed) },
    ],
  })
  assert.ok(verified.ok)
  assert.equal((await enrolment.revokeAll(anna)).transactions, 2)

  const late = await transactions.redeem(redeeming(rig, given.code))
  assert.equal(late.ok ? '' : late.error.code, 'GH_SCA_CODE_SPENT')
  const issued = await transactions.issue(verified.value)
  assert.equal(issued.ok ? '' : issued.error.code, 'GH_SCA_TRANSACTION_SETTLED')
  assert.equal(await store.run(alter, { id: paid.id, column: 'state' }), 'redeemed')
  assert.equal(await store.run(alter, { id: given.id, column: 'state' }), 'void')
  // Set back in the store, it is still spent.
  await store.run(alter, { id: given.id, column: 'state', value: 'issued' })
  const again = await transactions.redeem(redeeming(rig, given.code))
  assert.equal(again.ok ? '' : again.error.code, 'GH_SCA_CODE_SPENT')
  assert.equal((await enrolment.revokeAll(anna)).elements, 0)
})

onBothStores(
  'of another customer nothing is void, and a row that was altered keeps no element in use',
  async (rig) => {
    const { anna, sca, store } = rig
    const device = await customer(rig)
    const altered = await codeFor(rig, device, paymentOf(anna))
    const ben = { ...rig, anna: `${anna}-ben` }
    const other = await codeFor(rig, await customer(ben), paymentOf(ben.anna))
    await store.run(alter, { id: altered.id, column: 'body', value: new Uint8Array([1]) })
    assert.deepEqual(await sca.enrolment.revokeAll(anna), {
      elements: 2,
      codes: 0,
      transactions: 1,
    })
    assert.equal(await store.run(alter, { id: altered.id, column: 'state' }), 'void')
    assert.ok((await sca.transactions.redeem(redeeming(ben, other.code))).ok)
  },
)

onBothStores('fifty at once: a code is redeemed or void, never both', async (rig) => {
  const { anna, sca, store } = rig
  const other = rig.another()
  const outcomes = { redeemed: 0, void: 0 }
  for (let round = 0; round < 6; round++) {
    const device = await customer(rig)
    const { id, code } = await codeFor(rig, device, paymentOf(anna))
    const redeem = (at: number) => () =>
      (at % 2 === 0 ? sca : other).transactions.redeem(redeeming(rig, code))
    const redemptions = Array.from({ length: 50 }, (_, at) => redeem(at))
    const ended: number[] = []
    const end = async () => void ended.push((await other.enrolment.revokeAll(anna)).transactions)
    const at = round * 10
    const racing = await Promise.all([
      ...redemptions.slice(0, at).map((one) => one()),
      end(),
      ...redemptions.slice(at).map((one) => one()),
    ])
    const won = racing.filter((one) => one?.ok === true).length
    const state = await store.run(alter, { id, column: 'state' })
    assert.deepEqual([won, ended, state], won === 1 ? [1, [0], 'redeemed'] : [0, [1], 'void'])
    outcomes[won === 1 ? 'redeemed' : 'void']++
  }
  assert.equal(outcomes.redeemed + outcomes.void, 6)
})
