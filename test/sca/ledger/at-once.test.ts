/** Counters of RTS Art. 11 and 16 under 50 payments at once, from two processes: as many are exempt as would be one after the other. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ScaAnswer, ScaQuestion } from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { overBothStores } from '../../store/both-stores.ts'
import { approve, asked, PASSKEY, payment, type Rig, rig } from './rig.ts'

interface Two {
  readonly one: Rig
  /** Each asked of one of the two, all at once. */
  readonly decide: (questions: readonly ScaQuestion[]) => Promise<readonly ScaAnswer[]>
  readonly ledgerOf: (at: number) => Rig['ledger']
}

overBothStores(({ name, skip, place }) => {
  const check = (title: string, work: (two: Two) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: scaMigrations })
      t.after(() => store.close())
      const [one, other] = [rig(store), rig(store)]
      const ledgerOf = (at: number) => (at % 2 === 0 ? one : other).ledger
      const decide = (questions: readonly ScaQuestion[]) =>
        Promise.all(questions.map((question, at) => ledgerOf(at).decide(question)))
      await work({ one, decide, ledgerOf })
    })
  }
  const fifty = (of: (at: number) => ScaQuestion) => Array.from({ length: 50 }, (_, at) => of(at))
  const exempt = (answers: readonly ScaAnswer[]) =>
    answers.filter(({ outcome }) => outcome === 'exempt')
  const small = (value = '1.00', subject = 'anna') => asked(payment(value), { subject })

  check('by their number: six, with five before the last of them', async ({ one, decide }) => {
    await approve(one, ['low-value', { counts: 'payments' }])
    const gone = exempt(await decide(fifty(() => small())))
    assert.deepEqual(
      gone.map(({ counters }) => counters.lowValue.count).toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6],
    )
    assert.deepEqual(exempt(await decide(fifty(() => small()))), [])
  })

  check('by their sum: those before the last come to no more than a hundred', async (two) => {
    await approve(two.one, ['low-value', { counts: 'sum' }])
    const gone = exempt(await two.decide(fifty(() => small('30.00'))))
    assert.deepEqual(
      gone.map(({ counters }) => counters.lowValue.sum).toSorted((a, b) => a - b),
      [30_00, 60_00, 90_00, 120_00],
    )
    // To the cent: a hundred lets one more go, a cent more does not.
    const cents = exempt(await two.decide(fifty(() => small('25.00', 'ben'))))
    assert.equal(cents.length, 5)
    const beyond = exempt(
      await two.decide([small('25.01', 'cleo'), ...fifty(() => small('25.00', 'cleo'))]),
    )
    assert.ok(beyond.length === 4 || beyond.length === 5, `${beyond.length}`)
    const sums = beyond.map(({ counters }) => counters.lowValue.sum)
    assert.ok(sums.filter((sum) => sum > 100_00).length <= 1, 'one goes beyond, and it is the last')
  })

  check('batches, each with all of its payments', async ({ one, decide }) => {
    await approve(one, ['low-value', { counts: 'payments' }])
    const batch = asked(payment('6.00', { payments: 2, payees: ['a', 'b'] }))
    const gone = exempt(await decide(fifty(() => batch)))
    assert.deepEqual(
      gone.map(({ counters }) => counters.lowValue.count).toSorted((a, b) => a - b),
      [2, 4, 6],
    )
  })

  check('of each payer, and of each instrument, its own', async ({ one, decide }) => {
    await approve(
      one,
      ['low-value', { counts: 'payments' }],
      ['contactless', { counts: 'payments' }],
    )
    const payers = await decide(fifty((at) => small('1.00', at % 3 === 0 ? 'anna' : 'ben')))
    assert.equal(exempt(payers).length, 12)
    const amount = { value: '50.00', currency: 'EUR' }
    const tap = (at: number) =>
      asked({ kind: 'contactless-payment', amount, device: at % 3 === 0 ? 'card-1' : 'card-2' })
    const taps = await decide(fifty(tap))
    for (const first of [true, false])
      assert.equal(exempt(taps.filter((_, at) => (at % 3 === 0) === first)).length, 6)
  })

  check('one act that is asked about 50 times counts once', async ({ one, decide }) => {
    await approve(one, ['low-value', { counts: 'payments' }])
    const answers = await decide(fifty(() => ({ ...small(), id: 'p-1' })))
    assert.equal(exempt(answers).length, 50)
    const [next] = await decide([small()])
    assert.equal(next?.counters.lowValue.count, 2)
  })

  check('what is given back 50 times gives one place back', async (two) => {
    const { one, decide, ledgerOf } = two
    await approve(one, ['low-value', { counts: 'payments' }])
    const gone = exempt(await decide(fifty(() => small())))
    const [first] = gone
    assert.ok(first !== undefined)
    const settled = await Promise.all(
      Array.from({ length: 50 }, (_, at) => ledgerOf(at).settle(first.id, 'void')),
    )
    assert.equal(settled.filter((one) => one === 'settled').length, 1)
    assert.equal(settled.filter((one) => one === 'already').length, 49)
    assert.equal(exempt(await decide(fifty(() => small()))).length, 1)
  })

  check('who authenticates meanwhile begins anew once, and loses nothing', async (two) => {
    const { one, decide, ledgerOf } = two
    await approve(one, ['low-value', { counts: 'payments' }])
    const large = await one.ledger.decide(small('900.00'))
    const early = await decide([small(), small(), small()])
    const [late, recorded] = await Promise.all([
      decide(fifty(() => small())),
      Promise.all(
        Array.from({ length: 50 }, (_, at) => ledgerOf(at).authenticated(large.id, PASSKEY)),
      ),
    ])
    assert.equal(recorded.filter((one) => one === 'recorded').length, 1)
    const answers = [...early, ...late]
    const counts = exempt(answers).map(({ counters }) => counters.lowValue.count)
    // Of each place one before and one after, and none beyond the sixth.
    for (const place of new Set(counts)) {
      assert.ok(place <= 6)
      assert.ok(counts.filter((count) => count === place).length <= 2, `place ${place}`)
    }
    assert.ok(counts.length >= 6 && counts.length <= 12, `${counts.length}`)
    for (const { id } of answers) assert.equal((await one.ledger.evidence(id))?.replayed, 'same')
    // What is given back of before the new beginning is nobody's any more.
    await Promise.all(exempt(answers).map(({ id }, at) => ledgerOf(at).settle(id, 'void')))
    const [next] = await decide([small()])
    assert.deepEqual(next?.counters.lowValue, { count: 1, sum: 1_00 })
  })
})
