/** A decision that wants an authentication hears what became of it. */
import assert from 'node:assert/strict'
import { asked, payment, rig as ledgerRig } from './ledger/rig.ts'
import { onBothStores } from './on-both-stores.ts'
import { codeFor, createTransaction, enrolDevice, enrolPasscode, paymentOf } from './rig.ts'

onBothStores(
  'a payment is settled once it was authenticated, and its evidence says how',
  async (rig) => {
    const { ledger } = ledgerRig(rig.store)
    const linked = { ...rig, sca: rig.another({ ledger }) }
    await enrolPasscode(linked, rig.anna)
    const device = await enrolDevice(linked, rig.anna)
    const decide = async (name: string) => {
      const id = `${rig.anna}-${name}`
      const answer = await ledger.decide(asked(payment('120.50'), { id, subject: rig.anna }))
      assert.equal(answer.outcome, 'required')
      return id
    }
    const paid = await decide('paid')
    assert.equal(await ledger.settle(paid, 'done'), 'unauthenticated')
    await codeFor(linked, device, { ...paymentOf(rig.anna), decisionId: paid })
    const record = await ledger.evidence(paid)
    assert.equal(record?.decision.authentication, 'succeeded')
    assert.equal(record.decision.method, 'passcode+approval')
    assert.deepEqual(record.decision.factors.split(' ').toSorted(), ['knowledge', 'possession'])
    assert.equal(await ledger.settle(paid, 'done'), 'settled')

    const unwanted = await decide('unwanted')
    const id = await createTransaction(linked, { ...paymentOf(rig.anna), decisionId: unwanted })
    assert.ok((await linked.sca.transactions.refuse(id)).ok)
    assert.equal((await ledger.evidence(unwanted))?.decision.authentication, 'abandoned')

    const blocked = await decide('blocked')
    const wrong = await createTransaction(linked, { ...paymentOf(rig.anna), decisionId: blocked })
    for (let at = 0; at < 5; at++)
      await linked.sca.transactions.verify({
        id: wrong,
        network: rig.anna,
        answers: [{ kind: 'passkey', value: {} }],
      })
    assert.equal((await ledger.evidence(blocked))?.decision.authentication, 'failed')
  },
)
