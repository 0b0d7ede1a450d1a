/** Questions to devices: few, one at once, and fewer after a refusal; of a yes and a no at once, one counts. */
import assert from 'node:assert/strict'
import { ASKS_WITHIN_MS, COOL_DOWNS_MS, MAX_ASKS } from '../../src/sca/attempts/asks.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  createTransaction,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  paymentOf,
  type Rig,
} from './rig.ts'

async function ask(rig: Rig, id: string): Promise<string> {
  const asked = await rig.sca.transactions.ask(id, 'approval')
  return asked.ok ? '' : asked.error.code
}
const open = (rig: Rig): Promise<string> => createTransaction(rig, paymentOf(rig.anna))

onBothStores(
  'a customer is asked five times in ten minutes, in all processes together',
  async (rig) => {
    await enrolDevice(rig, rig.anna)
    for (let at = 0; at < MAX_ASKS; at++)
      assert.equal(await ask({ ...rig, sca: rig.another() }, await open(rig)), '')
    const refused = await rig.sca.transactions.ask(await open(rig), 'approval')
    assert.equal(refused.ok ? '' : refused.error.code, 'GH_SCA_THROTTLED')
    assert.equal(refused.ok ? 0 : refused.error.retryAt, rig.clock.now() + ASKS_WITHIN_MS)
    assert.equal(rig.pushes.length, MAX_ASKS)
    rig.clock.advance(ASKS_WITHIN_MS)
    assert.equal(await ask(rig, await open(rig)), '')
  },
)

onBothStores('50 questions at once are as few', async (rig) => {
  await enrolDevice(rig, rig.anna)
  const id = await open(rig)
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => ask(rig, id)))
  assert.ok(outcomes.filter((one) => one === '').length <= MAX_ASKS)
  assert.ok(rig.pushes.length <= MAX_ASKS)
})

onBothStores('of questions that wait there is one: a newer takes its place', async (rig) => {
  const device = await enrolDevice(rig, rig.anna)
  await enrolPasscode(rig, rig.anna)
  const first = await open(rig)
  const quiet = await open(rig)
  assert.equal(await ask(rig, first), '')
  const signed = await approve(rig, device, first)
  const second = await open(rig)
  assert.equal(await ask(rig, second), '')
  const late = await rig.sca.transactions.verify({
    id: first,
    network: rig.anna,
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value: signed },
    ],
  })
  assert.equal(late.ok ? '' : late.error.code, 'GH_SCA_TRANSACTION_SUPERSEDED')
  assert.ok((await rig.sca.transactions.present(quiet)).ok, 'what waits for no device stays')
})

onBothStores('after a refusal there is a pause, after the next a longer one', async (rig) => {
  const device = await enrolDevice(rig, rig.anna)
  for (const pause of [...COOL_DOWNS_MS, COOL_DOWNS_MS.at(-1) ?? 0]) {
    const id = await open(rig)
    assert.equal(await ask(rig, id), '')
    const refusal = await approve(rig, device, id, { decision: 'refuse' })
    assert.deepEqual(await rig.sca.transactions.refuse(id, refusal), { ok: true, value: null })
    const next = await open(rig)
    const soon = await rig.sca.transactions.ask(next, 'approval')
    assert.equal(soon.ok ? 0 : soon.error.retryAt, rig.clock.now() + pause)
    assert.equal((await rig.sca.transactions.refuse(next)).ok, true, 'nobody was asked: no pause')
    rig.clock.advance(Math.max(pause, ASKS_WITHIN_MS))
  }
})

onBothStores('a refusal is signed by the customer’s device about this transaction', async (rig) => {
  const device = await enrolDevice(rig, rig.anna)
  const others = await enrolDevice(rig, `${rig.anna}-2`)
  const id = await open(rig)
  const elsewhere = await approve(rig, device, await open(rig), { decision: 'refuse' })
  for (const signed of [
    '',
    'a.b.c',
    elsewhere,
    await approve(rig, device, id),
    await approve(rig, others, id, { decision: 'refuse' }),
  ]) {
    const outcome = await rig.sca.transactions.refuse(id, signed)
    assert.equal(outcome.ok ? '' : outcome.error.code, 'GH_SCA_FAILED')
  }
  assert.ok((await rig.sca.transactions.present(id)).ok)
})

onBothStores('of approvals and refusals at once one wins, and all hear which', async (rig) => {
  const device = await enrolDevice(rig, rig.anna)
  await enrolPasscode(rig, rig.anna)
  for (let round = 0; round < 4; round++) {
    const id = await open(rig)
    const value = await approve(rig, device, id)
    const answers = [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value },
    ] as const
    const yes = () => rig.sca.transactions.verify({ id, answers, network: rig.anna })
    const no = () => rig.sca.transactions.refuse(id)
    const works = round % 2 === 0 ? [yes, no, no, yes] : [yes, yes, yes, yes, no]
    const outcomes = await Promise.all(works.map((work) => work()))
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    const { ok: verified } = await rig.sca.transactions.verified(id, 'third-party')
    const codes = outcomes.flatMap((one) => (one.ok ? [] : [one.error.code]))
    for (const code of codes)
      assert.equal(code, verified ? 'GH_SCA_TRANSACTION_SETTLED' : 'GH_SCA_TRANSACTION_REFUSED')
    assert.equal(codes.length, works.length - 1)
  }
})
