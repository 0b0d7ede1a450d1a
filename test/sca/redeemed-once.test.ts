/**
 * A redemption is one unit of work that spends the code before it is compared: brought rightly and wrongly at once, for a transaction that is
 * gone, and by a process that ends before it wrote that the code is void.
 */
import assert from 'node:assert/strict'
import type { RedeemRequest, Sca } from '../../src/sca/index.ts'
import type { Store, UnitRef } from '../../src/store/index.ts'
import { GatehouseError } from '../../src/lib/index.ts'
import { alter } from './alter-units.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  AUDIENCE,
  CLIENT,
  codeFor,
  enrolDevice,
  enrolPasscode,
  PAYMENT,
  paymentOf,
  type Rig,
} from './rig.ts'

type Changes = Partial<RedeemRequest>
const RIGHT: Changes = {}
const OTHER_AMOUNT: Changes = {
  purpose: { kind: 'payment', payments: [{ ...PAYMENT, amount: '9' }] },
}
const OTHER_CLIENT: Changes = { client: 'other-party' }

/** `''`: redeemed. */
async function redeem(
  { anna, sca }: { readonly anna: string; readonly sca: Sca },
  code: string,
  changes: Changes = RIGHT,
): Promise<string> {
  const outcome = await sca.transactions.redeem({
    code,
    expectedAudience: AUDIENCE,
    client: CLIENT,
    subject: anna,
    consentId: 'consent-1',
    purpose: { kind: 'payment', payments: [PAYMENT] },
    ...changes,
  })
  return outcome.ok ? '' : outcome.error.code
}
async function device(rig: Rig) {
  await enrolPasscode(rig, rig.anna)
  return enrolDevice(rig, rig.anna)
}
const stateOf = (rig: Rig, id: string) => rig.store.run(alter, { id, column: 'state' })

/** The same store for a process that is watched; `dies` before it runs a unit of this name. */
function watched(store: Store, dies = ''): { readonly store: Store; readonly names: string[] } {
  const names: string[] = []
  const run = async <A, R>(unit: UnitRef<A, R>, arg: A): Promise<R> => {
    if (unit.name === dies) throw new GatehouseError('GH_STORE_FAILED', 'the store is closed')
    names.push(unit.name)
    return store.run(unit, arg)
  }
  return { store: { ...store, run }, names }
}

onBothStores('a code that is brought rightly and wrongly at once does one thing', async (rig) => {
  const phone = await device(rig)
  const ways = [RIGHT, OTHER_AMOUNT, OTHER_CLIENT, RIGHT, OTHER_AMOUNT, OTHER_CLIENT]
  const firsts = new Set<string>()
  for (let round = 0; round < ways.length; round++) {
    const { id, code } = await codeFor(rig, phone, paymentOf(rig.anna))
    const order = [...ways.slice(round), ...ways.slice(0, round)]
    const outcomes = await Promise.all(order.map((changes) => redeem(rig, code, changes)))
    const [first = '', ...more] = outcomes.filter((one) => one !== 'GH_SCA_CODE_SPENT')
    assert.deepEqual(more, [], JSON.stringify(outcomes))
    assert.equal(await stateOf(rig, id), first === '' ? 'redeemed' : 'void')
    for (const changes of ways) assert.equal(await redeem(rig, code, changes), 'GH_SCA_CODE_SPENT')
    assert.equal(await stateOf(rig, id), first === '' ? 'redeemed' : 'void', 'and stays it')
    firsts.add(first)
  }
  assert.ok(firsts.size > 1, 'the check is blind')
})

onBothStores('a redemption is one unit of work; one that is refused writes why', async (rig) => {
  const phone = await device(rig)
  for (const [changes, units] of [
    [RIGHT, ['spendCodeUnit']],
    [OTHER_AMOUNT, ['spendCodeUnit', 'voidCodeUnit']],
  ] as const) {
    const { code } = await codeFor(rig, phone, paymentOf(rig.anna))
    const { store, names } = watched(rig.store)
    const house = { anna: rig.anna, sca: rig.another({ store }) }
    assert.equal(
      await redeem(house, code, changes),
      changes === RIGHT ? '' : 'GH_SCA_LINK_MISMATCH',
    )
    assert.deepEqual(names.splice(0), units)
    assert.equal(await redeem(house, code), 'GH_SCA_CODE_SPENT')
    assert.deepEqual(names, ['spendCodeUnit'])
  }
})

onBothStores(
  'a code is spent also where the process ends before it wrote that it is void',
  async (rig) => {
    const { id, code } = await codeFor(rig, await device(rig), paymentOf(rig.anna))
    const { store } = watched(rig.store, 'voidCodeUnit')
    const dying = { anna: rig.anna, sca: rig.another({ store }) }
    await assert.rejects(redeem(dying, code, OTHER_AMOUNT), { code: 'GH_STORE_FAILED' })
    // Nobody was answered; what it came with is not on record, that it came is.
    assert.equal(await stateOf(rig, id), 'redeemed')
    for (const changes of [RIGHT, OTHER_AMOUNT])
      assert.equal(await redeem(rig, code, changes), 'GH_SCA_CODE_SPENT')
  },
)

onBothStores('a code whose transaction is not there is none, and spends nothing', async (rig) => {
  const phone = await device(rig)
  const { id, code } = await codeFor(rig, phone, paymentOf(rig.anna))
  const away = `away-${id}`.slice(0, 22)
  await rig.store.run(alter, { id, column: 'id', value: away })
  for (const changes of [RIGHT, OTHER_AMOUNT])
    assert.equal(await redeem(rig, code, changes), 'GH_SCA_CODE_INVALID')
  assert.equal(await stateOf(rig, away), 'issued')
  await rig.store.run(alter, { id: away, column: 'id', value: id })
  assert.equal(await redeem(rig, code), '')
})
