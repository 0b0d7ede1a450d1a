/** A transaction that is created with a key is one, on both stores: at once, after its end, and until it is forgotten. */
import assert from 'node:assert/strict'
import { onBothStores } from './on-both-stores.ts'
import { CLIENT, paymentOf } from './rig.ts'

onBothStores(
  'fifty at once with one key make one, and nothing of the customer makes way for it twice',
  async (rig) => {
    const { transactions } = rig.sca
    const other = rig.another()
    const open = await transactions.create(paymentOf(rig.anna), `${rig.anna} 1`)
    assert.ok(open.ok)
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        (at % 2 === 0 ? transactions : other.transactions).create(
          paymentOf(rig.anna),
          `${rig.anna} 2`,
        ),
      ),
    )
    const ids = new Set(made.map((one) => (one.ok ? one.value.id : one.error.code)))
    assert.equal(ids.size, 1)
    // Five open ones are allowed: fifty would have pushed the first out.
    assert.ok((await transactions.present(open.value.id)).ok)
  },
)

onBothStores('another request, or another client, with the key', async (rig) => {
  const { transactions } = rig.sca
  const made = await transactions.create(paymentOf(rig.anna), rig.anna)
  assert.ok(made.ok)
  // The same payment, written in another way: spaces of the account are none.
  const respaced = paymentOf(rig.anna, {
    creditorAccount: { scheme: 'iban', identification: 'DE89370400440532013000' },
  })
  assert.deepEqual(await transactions.create(respaced, rig.anna), made)
  const dearer = await transactions.create(paymentOf(rig.anna, { amount: '120.51' }), rig.anna)
  assert.equal(dearer.ok ? '' : dearer.error.code, 'GH_SCA_KEY_REUSED')
  const another = await transactions.create(
    { ...paymentOf(rig.anna), client: `${CLIENT}-2` },
    rig.anna,
  )
  assert.ok(another.ok && another.value.id !== made.value.id)
})

onBothStores(
  'what is over stays over; once it is forgotten the key is free, and asks for another answer',
  async (rig) => {
    const { transactions } = rig.sca
    const question = async (id: string) => {
      const shown = await transactions.present(id)
      return shown.ok ? JSON.stringify(shown.value.questions) : shown.error.code
    }
    await rig.sca.given.put(rig.anna, {
      kind: 'transaction-code',
      seed: 'A'.repeat(43),
    })
    const made = await transactions.create(paymentOf(rig.anna), rig.anna)
    assert.ok(made.ok)
    const before = await question(made.value.id)
    rig.clock.advance(made.value.expiresAt - rig.clock.now())
    assert.deepEqual(await transactions.create(paymentOf(rig.anna), rig.anna), made)
    assert.equal(await question(made.value.id), 'GH_SCA_TRANSACTION_EXPIRED')
    rig.clock.advance(3_600_000)
    while ((await rig.sca.forgetEnded(1_000)) === 1_000);
    const anew = await transactions.create(paymentOf(rig.anna), rig.anna)
    assert.ok(anew.ok && anew.value.expiresAt > rig.clock.now())
    assert.notEqual(await question(anew.value.id), before, 'an answer of before is of no use')
  },
)
