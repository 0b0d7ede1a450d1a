/** What the ledger promises, whichever database is behind it. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { MAX_RATE_AGE_MS } from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import type { Store } from '../../../src/store/index.ts'
import type { Adapter } from '../../store/contract.ts'
import { approve, asked, DAY_MS, PASSKEY, payment, rig, START } from './rig.ts'

export function ledgerContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: scaMigrations })
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

  check(
    'of 50 payments at once exactly six are exempt, and every one has its evidence',
    async (store) => {
      const made = rig(store)
      await approve(made, ['low-value', { counts: 'payments' }])
      const decided = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          made.ledger.decide(asked(payment('1.00'), { id: `p-${at}` })),
        ),
      )
      const exempt = decided.filter(({ outcome }) => outcome === 'exempt')
      // Five previous payments still let one go, six do not.
      assert.equal(exempt.length, 6)
      assert.deepEqual(
        exempt.map(({ counters }) => counters.lowValue.count).toSorted((a, b) => a - b),
        [1, 2, 3, 4, 5, 6],
      )
      for (const { id } of decided) assert.equal((await made.ledger.evidence(id))?.replayed, 'same')
      assert.equal(made.news.length, 50)
    },
  )

  check(
    'what will not happen gives its place back, once, and not after a new beginning',
    async (store) => {
      const made = rig(store)
      const { ledger } = made
      await approve(made, ['low-value', { counts: 'sum', bankMax: 25_00 }])
      const pay = async (value: string) => ledger.decide(asked(payment(value)))
      const sumOf = async () => (await pay('900.00')).counters.lowValue
      const first = await pay('25.00')
      assert.equal(first.outcome, 'exempt')
      assert.equal((await pay('25.01')).outcome, 'required')
      assert.deepEqual(await sumOf(), { count: 1, sum: 25_00 })
      assert.equal(await ledger.settle(first.id, 'void'), 'settled')
      assert.equal(await ledger.settle(first.id, 'void'), 'already')
      assert.equal(await ledger.settle(first.id, 'done'), 'contradicted')
      assert.deepEqual(await sumOf(), { count: 0, sum: 0 })
      const second = await pay('20.00')
      const authenticated = await pay('500.00')
      assert.equal(await ledger.authenticated(authenticated.id, PASSKEY), 'recorded')
      assert.deepEqual(await sumOf(), { count: 0, sum: 0 })
      const third = await pay('10.00')
      assert.equal(await ledger.settle(second.id, 'void'), 'settled')
      assert.deepEqual(await sumOf(), { count: 1, sum: 10_00 })
      assert.equal(await ledger.settle(third.id, 'done'), 'settled')
      assert.deepEqual(await sumOf(), { count: 1, sum: 10_00 })
    },
  )

  check('a counter of contactless payments is that of the instrument', async (store) => {
    const made = rig(store)
    await approve(made, ['contactless', { counts: 'payments' }])
    const tap = async (device: string) =>
      made.ledger.decide(
        asked({ kind: 'contactless-payment', amount: { value: '50.00', currency: 'EUR' }, device }),
      )
    for (let at = 0; at < 6; at++) assert.equal((await tap('card-1')).outcome, 'exempt')
    const seventh = await tap('card-1')
    assert.equal(seventh.outcome, 'required')
    assert.equal((await tap('card-2')).outcome, 'exempt')
    assert.equal(await made.ledger.authenticated(seventh.id, PASSKEY), 'recorded')
    assert.equal((await tap('card-1')).counters.contactless.count, 1)
  })

  check('a batch counts as all its payments', async (store) => {
    const made = rig(store)
    await approve(made, ['low-value', { counts: 'payments' }])
    const batch = (payments: number) =>
      made.ledger.decide(asked(payment('6.00', { payments, payees: ['a'] })))
    assert.equal((await batch(7)).outcome, 'required')
    const six = await batch(6)
    assert.equal(six.outcome, 'exempt')
    assert.equal(six.counters.lowValue.count, 6)
    assert.equal((await batch(1)).outcome, 'required')
  })

  check(
    'a converted amount is rounded up, and one without a rate of these days is above every limit',
    async (store) => {
      const rates = new Map([
        ['USD', { value: '0.9', source: 'ECB', at: START - DAY_MS }],
        ['JPY', { value: '0.0061', source: 'ECB', at: START - DAY_MS }],
        ['GBP', { value: '1.2', source: 'ECB', at: START - MAX_RATE_AGE_MS - 1 }],
        ['DKK', { value: '1/7.4604', source: 'ECB', at: START - MAX_RATE_AGE_MS }],
        ['CHF', { value: '1.1', source: 'ECB', at: START + 1 }],
        ['SEK', { value: '1e-3', source: 'ECB', at: START }],
      ])
      const made = rig(store, {
        rate: ({ currency }) =>
          currency === 'NOK'
            ? Promise.reject(new Error('no answer'))
            : Promise.resolve(rates.get(currency)),
      })
      await approve(made, ['low-value', { counts: 'payments' }])
      const seen = new Map<string, string>()
      for (const text of [
        '33.33 USD', // 29.997 euros: 30.00
        '33.34 USD', // 30.006 euros: 30.01
        '4918 JPY', // 29.9998: 30.00
        '4919 JPY',
        '1.00 GBP',
        '223.81 DKK', // 29.99973: 30.00
        '223.82 DKK', // 30.00107: 30.01
        '1.00 CHF',
        '1.00 SEK',
        '1.00 NOK',
        '1.00 XAU',
        '1.00 PLN',
      ]) {
        const [value = '', currency = ''] = text.split(' ')
        const { id, outcome } = await made.ledger.decide(
          asked(payment('1', { amount: { value, currency } }), { subject: text }),
        )
        const kept = await made.ledger.evidence(id)
        assert.equal(kept?.replayed, 'same')
        const { act } = kept.evidence.context
        assert.ok('amount' in act)
        seen.set(
          text,
          `${outcome} ${act.amount.value ?? 'unknown'} ${act.amount.rate?.value ?? '-'}`,
        )
      }
      assert.deepEqual(Object.fromEntries(seen), {
        '33.33 USD': 'exempt 3000 0.9',
        '33.34 USD': 'required 3001 0.9',
        '4918 JPY': 'exempt 3000 0.0061',
        '4919 JPY': 'required 3001 0.0061',
        '1.00 GBP': 'required unknown 1.2',
        '223.81 DKK': 'exempt 3000 1/7.4604',
        '223.82 DKK': 'required 3001 1/7.4604',
        '1.00 CHF': 'required unknown 1.1',
        '1.00 SEK': 'required unknown -',
        '1.00 NOK': 'required unknown -',
        '1.00 XAU': 'required unknown -',
        '1.00 PLN': 'required unknown -',
      })
    },
  )

  check(
    'what monitoring and the payee check say is evidence, and who does not answer said nothing',
    async (store) => {
      let answer: 'match' | 'close' | 'no-match' | 'throws' = 'match'
      const made = rig(store, {
        monitor: () => Promise.reject(new Error('away')),
        payeeCheck: () =>
          answer === 'throws'
            ? Promise.reject(new Error('away'))
            : Promise.resolve({ result: answer, source: 'scheme' }),
      })
      await approve(made, ['low-value', { counts: 'payments' }])
      const unheard = await made.ledger.decide({ subject: 'anna', act: payment('1.00') })
      assert.equal(unheard.why, 'compromisedElements: not-evaluated')
      const seen: string[] = []
      for (answer of ['match', 'close', 'no-match', 'throws'] as const) {
        const { id, outcome } = await made.ledger.decide(
          asked(payment('1.00', { payeeName: 'Bakery' }), { subject: answer }),
        )
        const { payeeCheck } = (await made.ledger.evidence(id))?.evidence.context ?? {}
        seen.push(`${outcome} ${payeeCheck?.result ?? 'nobody asked'}`)
      }
      assert.deepEqual(seen, [
        'exempt match',
        'required close',
        'required no-match',
        'exempt unavailable',
      ])
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
