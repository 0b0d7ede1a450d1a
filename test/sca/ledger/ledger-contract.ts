/** What the ledger promises, whichever database is behind it. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Store } from '../../../src/store/index.ts'
import type { Adapter } from '../../store/contract.ts'
import { asked, payment, rig, SCA_MIGRATIONS, START } from './rig.ts'

const PASSKEY = {
  result: 'succeeded',
  method: 'passkey',
  factors: ['possession', 'inherence'],
  durationMs: 8_000,
} as const

export function ledgerContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: SCA_MIGRATIONS })
      t.after(() => store.close())
      await work(store)
    })
  }

  check('without governance a payment is authenticated, and done only then', async (store) => {
    const { ledger } = rig(store)
    const { id, outcome, why } = await ledger.decide(asked(payment('1.00')))
    assert.equal(outcome, 'required')
    assert.equal(why, 'transactions are not monitored, so nothing is exempt')
    assert.equal(await ledger.settle(id, 'done'), 'unauthenticated')
    assert.equal(
      await ledger.authenticated(id, { result: 'failed', method: 'passkey', durationMs: 3_000 }),
      'recorded',
    )
    assert.equal(await ledger.settle(id, 'done'), 'unauthenticated')
    assert.equal(await ledger.authenticated(id, PASSKEY), 'recorded')
    assert.equal(await ledger.authenticated(id, PASSKEY), 'already')
    assert.equal(await ledger.settle(id, 'done'), 'settled')
    assert.equal(await ledger.settle(id, 'done'), 'already')
    assert.equal(await ledger.settle(id, 'void'), 'contradicted')
    const kept = await ledger.evidence(id)
    assert.equal(kept?.replayed, 'same')
    assert.equal(kept.decision.factors, 'possession inherence')
    assert.equal(await ledger.evidence('nobody'), undefined)
  })

  check('the same id is the same answer, and stands for no other act', async (store) => {
    const made = rig(store)
    const first = await made.ledger.decide(asked(payment('10.5'), { id: 'p-1' }))
    made.now += 60_000
    const again = asked(payment('10.50'), { id: 'p-1' })
    assert.deepEqual(await made.ledger.decide(again), first)
    for (const other of [
      asked(payment('10.51'), { id: 'p-1' }),
      asked(payment('10.50', { payees: ['other'] }), { id: 'p-1' }),
      asked(payment('10.50'), { id: 'p-1', subject: 'ben' }),
    ])
      await assert.rejects(made.ledger.decide(other), { code: 'GH_SCA_ID_REUSED' })
  })

  check(
    'access through a third party is exempt for 180 days after it was authenticated',
    async (store) => {
      const made = rig(store)
      const access = asked({
        kind: 'account-access',
        through: 'third-party',
        asks: 'balance-and-history',
        client: 'aisp',
      })
      const first = await made.ledger.decide(access)
      assert.equal(first.outcome, 'required')
      await made.ledger.authenticated(first.id, PASSKEY)
      made.now = START + 180 * 86_400_000
      const second = await made.ledger.decide(access)
      assert.equal(second.outcome, 'exempt')
      assert.equal(second.article, 'RTS Art. 10a')
      assert.equal(second.mandatory, true)
      assert.equal((await made.ledger.decide({ ...access, subject: 'ben' })).outcome, 'required')
      made.now += 1
      assert.equal((await made.ledger.decide(access)).outcome, 'required')
    },
  )

  check('what cannot be decided is refused by name', async (store) => {
    const { ledger } = rig(store)
    for (const act of [
      payment('0.00'),
      payment('1.001'),
      payment('-1'),
      payment('1', { payees: [] }),
      payment('1', { payees: [''] }),
      payment('1', { payees: ['a', 'b'] }),
      payment('1', { payments: 1_001 }),
      payment('1', { amount: { value: '1', currency: 'E€R' } }),
    ])
      await assert.rejects(ledger.decide(asked(act)), { code: 'GH_SCA_QUESTION' })
    await assert.rejects(ledger.decide(asked(payment('1'), { subject: 'erased' })), {
      code: 'GH_SCA_PERSON_ERASED',
    })
    await assert.rejects(
      ledger.authenticated('x', { ...PASSKEY, factors: ['possession', 'possession'] }),
      { code: 'GH_SCA_QUESTION' },
    )
    assert.equal(await ledger.authenticated('x', PASSKEY), 'unknown')
    assert.equal(await ledger.settle('x', 'void'), 'unknown')
  })
}
