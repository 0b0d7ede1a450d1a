/** A decision that wants an authentication hears what became of it. */
import assert from 'node:assert/strict'
import { linkTransaction } from '../../src/sca/transactions/linked.ts'
import type { TransactionRequest } from '../../src/sca/index.ts'
import { asked, PASSKEY, payment, rig as ledgerRig } from './ledger/rig.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  approve,
  CLIENT,
  codeFor,
  createTransaction,
  enrolDevice,
  enrolPasscode,
  PASSCODE,
  PAYMENT,
  paymentOf,
} from './rig.ts'

onBothStores(
  'a payment is settled once it was authenticated, and its evidence says how',
  async (rig) => {
    const { ledger } = ledgerRig(rig.store)
    const linked = { ...rig, sca: rig.another({ ledger }) }
    await enrolPasscode(linked, rig.anna)
    const device = await enrolDevice(linked, rig.anna)
    const decide = async (name: string) => {
      const id = `${rig.anna}-${name}`
      const answer = await ledger.decide(
        asked(payment('120.50'), { id, subject: rig.anna, client: CLIENT }),
      )
      assert.equal(answer.outcome, 'required')
      return id
    }
    const paid = await decide('paid')
    assert.equal(await ledger.settle(paid, 'done', CLIENT), 'unauthenticated')
    await codeFor(linked, device, { ...paymentOf(rig.anna), decisionId: paid })
    const record = await ledger.evidence(paid)
    assert.equal(record?.decision.authentication, 'succeeded')
    assert.equal(record.decision.method, 'passcode+approval')
    assert.deepEqual(record.decision.factors.split(' ').toSorted(), ['knowledge', 'possession'])
    assert.equal(await ledger.settle(paid, 'done', CLIENT), 'settled')

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

onBothStores(
  'a decision is authenticated by nothing but the act, customer and program that it is about',
  async (rig) => {
    const { ledger } = ledgerRig(rig.store)
    const linked = { ...rig, sca: rig.another({ ledger }) }
    await enrolPasscode(linked, rig.anna)
    const device = await enrolDevice(linked, rig.anna)
    const id = `${rig.anna}-9000`
    const question = asked(payment('9000.00'), { id, subject: rig.anna, client: CLIENT })
    const wanted = { ...paymentOf(rig.anna, { amount: '9000.00' }), decisionId: id }
    const [order] = wanted.purpose.kind === 'payment' ? wanted.purpose.payments : []
    assert.ok(order)
    const others: readonly TransactionRequest[] = [
      { ...wanted, subject: 'mallory' },
      { ...wanted, client: 'another program' },
      { ...wanted, purpose: { kind: 'account-access' } },
      { ...wanted, purpose: { kind: 'risky-act', what: 'limits' } },
      { ...paymentOf(rig.anna, { amount: '9000.01' }), decisionId: id },
      { ...paymentOf(rig.anna, { amount: '9000.00', currency: 'USD' }), decisionId: id },
      {
        ...paymentOf(rig.anna, {
          amount: '9000.00',
          creditorAccount: { scheme: 'iban', identification: 'DE02100100109307118603' },
        }),
        decisionId: id,
      },
      // The same sum to the same payee, as two payments.
      {
        ...wanted,
        purpose: {
          kind: 'payment',
          payments: ['4000.00', '5000.00'].map((amount) => ({ ...order, amount })),
        },
      },
    ]
    // Begun before it was decided: neither its answers nor its refusal are of the decision.
    const early: string[] = []
    for (const other of others.slice(1, 4)) early.push(await createTransaction(linked, other))
    assert.equal((await ledger.decide(question)).outcome, 'required')
    for (const other of others) {
      const made = await linked.sca.transactions.create(other)
      assert.equal(made.ok ? '' : made.error.code, 'GH_SCA_DECISION_MISMATCH')
    }
    for (const transaction of early) {
      const approval = await approve(linked, device, transaction)
      const verified = await linked.sca.transactions.verify({
        id: transaction,
        network: rig.anna,
        answers: [
          { kind: 'passcode', value: PASSCODE },
          { kind: 'approval', value: approval },
        ],
      })
      assert.equal(verified.ok ? '' : verified.error.code, 'GH_SCA_DECISION_MISMATCH')
      assert.ok((await linked.sca.transactions.refuse(transaction)).ok)
    }
    for (const other of others) {
      const act = linkTransaction('t', 'n', other)
      assert.ok(act.ok)
      assert.equal(await ledger.authenticated(id, PASSKEY, act.value), 'mismatch')
    }
    assert.equal((await ledger.evidence(id))?.decision.authentication, '')
    assert.equal(await ledger.settle(id, 'done', CLIENT), 'unauthenticated')
    for (const who of ['another program', undefined])
      for (const as of ['done', 'void'] as const)
        assert.equal(await ledger.settle(id, as, who), 'unknown')
    await assert.rejects(ledger.decide({ ...question, client: 'another program' }), {
      code: 'GH_SCA_ID_REUSED',
    })

    await codeFor(linked, device, wanted)
    assert.equal(await ledger.settle(id, 'done', CLIENT), 'settled')
  },
)

onBothStores(
  'a batch is authenticated whatever its order, a terminal by its amount',
  async (rig) => {
    const { ledger } = ledgerRig(rig.store)
    const accounts = ['DE89370400440532013000', 'DE02100100109307118603']
    const orders = accounts.map((identification) => ({
      ...PAYMENT,
      amount: '10.00',
      creditorAccount: { scheme: 'iban', identification },
    }))
    const batch = `${rig.anna}-batch`
    const payees = accounts.map((one) => `iban:${one}`)
    const act = payment('20.00', { payees, payments: 2 })
    await ledger.decide(asked(act, { id: batch, subject: rig.anna, client: CLIENT }))
    const agreed = (payments: typeof orders) => {
      const purpose = { kind: 'payment', payments } as const
      const linked = linkTransaction('t', 'n', { ...paymentOf(rig.anna), purpose })
      assert.ok(linked.ok)
      return linked.value
    }
    assert.equal(await ledger.fits(batch, agreed(orders.slice(1))), false)
    assert.equal(
      await ledger.authenticated(batch, PASSKEY, agreed(orders.toReversed())),
      'recorded',
    )

    const tap = `${rig.anna}-tap`
    const amount = { value: '10.00', currency: 'EUR' }
    const contactless = { kind: 'contactless-payment', amount, device: 'card-1' } as const
    await ledger.decide(asked(contactless, { id: tap, subject: rig.anna, client: CLIENT }))
    assert.equal(await ledger.fits(tap, agreed(orders)), false)
    assert.equal(await ledger.authenticated(tap, PASSKEY, agreed(orders.slice(1))), 'recorded')
  },
)
