/** Open transactions are bounded, in number and in bytes: who holds most gives way by its oldest, is told, and takes nothing from others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sca, TransactionRequest } from '../../src/sca/index.ts'
import { shareOf } from '../../src/sca/transactions/bound.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { held } from './held-units.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  AUDIENCE,
  CLIENT,
  codeFor,
  createTransaction,
  enrolDevice,
  enrolPasscode,
  PAYMENT,
  paymentOf,
  type Rig,
} from './rig.ts'

const GONE = 'GH_SCA_TRANSACTION_SUPERSEDED'
const DAY_MS = 86_400_000

/** Of a client, each of another customer, so that no customer's own limit is met. */
async function flood(rig: Rig, sca: Sca, client: string, count: number, payments = 1) {
  const ids: string[] = []
  for (let at = 0; at < count; at++) {
    rig.clock.advance(1)
    ids.push(await createTransaction({ sca }, requestOf(rig, client, at, payments)))
  }
  return ids
}
function requestOf(rig: Rig, client: string, at: number, payments = 1): TransactionRequest {
  const subject = `${rig.anna}-${client}-${at}`
  const purpose = {
    kind: 'payment' as const,
    payments: Array.from({ length: payments }, (_, one) => ({ ...PAYMENT, amount: `${one + 1}` })),
  }
  return { ...paymentOf(subject), client, purpose }
}
async function codesOf({ transactions }: Sca, ids: readonly string[]): Promise<readonly string[]> {
  const shown = await Promise.all(ids.map((id) => transactions.present(id)))
  return shown.map((one) => (one.ok ? 'open' : one.error.code))
}
let latest = 0
/** Nothing of the tests before, whose clocks were others. */
async function emptied(rig: Rig): Promise<void> {
  latest = Math.max(latest, rig.clock.now()) + DAY_MS
  rig.clock.advance(latest - rig.clock.now())
  while ((await rig.sca.forgetEnded(1_000)) >= 1_000);
  assert.deepEqual(await rig.store.run(held, null), { open: 0, openBytes: 0, endedBytes: 0 })
}

test('a share: nobody holds more, those who hold less hold it all, and no larger one would fit', () => {
  assert.equal(shareOf([], 5), Infinity)
  assert.equal(shareOf([2, 3], 5), Infinity)
  assert.equal(shareOf([6], 5), 5)
  assert.equal(shareOf([1, 100], 10), 9)
  assert.equal(shareOf([1, 100, 100], 10), 4)
  assert.equal(shareOf([0, 0, 7], 0), 0)
  const chance = seededChance(20_261_129)
  const below = (most: number) => Math.floor(chance() * most)
  for (let round = 0; round < 2_000; round++) {
    const all = Array.from({ length: 1 + below(8) }, () => below(50))
    const most = below(200)
    const share = shareOf(all, most)
    const kept = (each: number) => all.reduce((sum, one) => sum + Math.min(one, each), 0)
    assert.ok(kept(share) <= most)
    if (share === Infinity) continue
    assert.ok(kept(share + 1) > most && all.some((one) => one > share), String([all, most]))
  }
})

onBothStores('a client that floods makes room out of its own, oldest first', async (rig) => {
  await emptied(rig)
  const sca = rig.another({ maxOpen: 8 })
  const quiet = await flood(rig, sca, 'quiet', 2)
  const loud = await flood(rig, sca, 'loud', 20)
  assert.deepEqual(await codesOf(sca, quiet), ['open', 'open'])
  assert.deepEqual(await codesOf(sca, loud), [
    ...loud.slice(6).fill(GONE),
    ...loud.slice(-6).fill('open'),
  ])
  // A second one that floods takes of who holds most: nobody falls below what he would have had alone with them.
  const second = await flood(rig, sca, 'second', 20)
  assert.deepEqual(await codesOf(sca, quiet), ['open', 'open'])
  const open = async (ids: readonly string[]) =>
    (await codesOf(sca, ids)).filter((code) => code === 'open').length
  assert.deepEqual([await open(loud), await open(second)], [3, 3])
  // Whoever answers one that made way is told so, and not that it never was.
  const [first = ''] = loud
  const late = await sca.transactions.verify({
    id: first,
    network: '192.0.2.1',
    answers: [
      { kind: 'passcode', value: 'x' },
      { kind: 'approval', value: 'x' },
    ],
  })
  assert.equal(late.ok ? '' : late.error.code, GONE)
})

onBothStores('bytes are bounded as well: a few large ones are as many small ones', async (rig) => {
  await emptied(rig)
  const [one = ''] = await flood(rig, rig.sca, 'measured', 1, 100)
  const { openBytes: large } = await rig.store.run(held, null)
  assert.ok(large > 20_000)
  assert.deepEqual(await codesOf(rig.sca, [one]), ['open'])
  await emptied(rig)
  const maxOpenBytes = large * 5
  const sca = rig.another({ maxOpenBytes })
  const quiet = await flood(rig, sca, 'quiet', 3)
  const loud = await flood(rig, sca, 'loud', 12, 100)
  const now = await rig.store.run(held, null)
  assert.ok(now.openBytes <= maxOpenBytes, `${now.openBytes} of ${maxOpenBytes}`)
  assert.ok(now.endedBytes <= maxOpenBytes, `${now.endedBytes} of ${maxOpenBytes}`)
  assert.deepEqual(await codesOf(sca, quiet), ['open', 'open', 'open'])
  assert.deepEqual(await codesOf(sca, loud.slice(-5)), [GONE, ...Array<string>(4).fill('open')])
})

onBothStores(
  'what is refused at once does not fill the store; what was authenticated stays',
  async (rig) => {
    await emptied(rig)
    await flood(rig, rig.sca, 'measured', 1, 100)
    const { openBytes: large } = await rig.store.run(held, null)
    await emptied(rig)
    await enrolPasscode(rig, rig.anna)
    const device = await enrolDevice(rig, rig.anna)
    const { code } = await codeFor(rig, device, paymentOf(rig.anna))
    const maxOpenBytes = large * 3
    const sca = rig.another({ maxOpenBytes })
    const ids: string[] = []
    for (let at = 0; at < 12; at++) {
      const request = requestOf(rig, CLIENT, at, 100)
      rig.clock.advance(1)
      const created = await sca.transactions.create(request)
      assert.ok(created.ok)
      ids.push(created.value.id)
      assert.ok((await sca.transactions.refuse(created.value.id)).ok)
      const { endedBytes } = await rig.store.run(held, null)
      // The last one ended after it was looked at.
      assert.ok(endedBytes <= maxOpenBytes + large, `${endedBytes} of ${maxOpenBytes}`)
    }
    assert.deepEqual(await codesOf(sca, [ids[0] ?? '', ids.at(-1) ?? '']), [
      'GH_SCA_TRANSACTION_UNKNOWN',
      'GH_SCA_TRANSACTION_REFUSED',
    ])
    const paid = await sca.transactions.redeem({
      ...paymentOf(rig.anna),
      code,
      expectedAudience: AUDIENCE,
    })
    assert.ok(paid.ok, JSON.stringify(paid))
  },
)

onBothStores('fifty at once, by two processes: the bound holds', async (rig) => {
  await emptied(rig)
  const [one, other] = [rig.another({ maxOpen: 10 }), rig.another({ maxOpen: 10 })]
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      (at % 2 === 0 ? one : other).transactions.create(requestOf(rig, 'loud', at)),
    ),
  )
  assert.ok(made.every(({ ok }) => ok))
  assert.equal((await rig.store.run(held, null)).open, 10)
})
