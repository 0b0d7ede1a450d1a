/** Governance, fraud and statistics over a real store: what is reported is what was decided, and what is added up twice is the same. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { rebuildScaReport, readScaReport } from '../../../src/app/sca/read-report.ts'
import { scaServices } from '../../../src/app/sca/services.ts'
import { ebaReport, forgetDecisions, reportCsv, type ScaReport } from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { damage } from './damage-unit.ts'
import type { Adapter } from '../../store/contract.ts'
import { approve, asked, DAY_MS, PASSKEY, payment, rig, type Rig, START } from './rig.ts'

const READING = { signal: new AbortController().signal, progress: () => undefined }

function servicesOf(store: Store, { governance, fraud }: Rig) {
  const all = scaServices({
    store,
    clock: { now: () => 0, monotonic: () => 0 },
    governance,
    fraud,
    entity: 'bank',
    jurisdiction: 'EU',
    timeZone: 'Europe/Berlin',
  })
  return { ...all, period: (name: string) => Promise.resolve(all.period(name)) }
}

export function figuresContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: scaMigrations })
      t.after(() => store.close())
      await work(store)
    })
  }

  check(
    'nobody approves alone, and what is stopped exempts nothing from then on',
    async (store) => {
      const made = rig(store)
      const { governance, ledger } = made
      const pay = async () => (await ledger.decide(asked(payment('1.00')))).outcome
      await approve(made, ['low-value', { counts: 'payments' }])
      assert.equal(await pay(), 'exempt')
      const stricter = { counts: 'payments', bankMax: 50 } as const
      const again = { name: 'low-value', from: made.now, until: made.now + DAY_MS } as const
      await governance.propose({ ...again, settings: stricter }, 'Ann  B', 'stricter')
      assert.equal(await governance.approve('low-value', ' ann b'), 'same-person')
      assert.equal(await pay(), 'exempt')
      const both = await Promise.all(
        ['ben', 'cid'].map((who) => governance.approve('low-value', who)),
      )
      assert.deepEqual(both.toSorted(), ['approved', 'none'])
      assert.equal(await pay(), 'required')
      assert.equal(await governance.stop('low-value', 'cid', 'INC-1'), 'stopped')
      assert.equal(await governance.stop('low-value', 'cid', 'INC-1'), 'none')
      const { exemptions } = await governance.list()
      const view = exemptions.find((one) => one.name === 'low-value')
      assert.equal(view?.state, 'off')
      assert.deepEqual(view.history.map(({ state }) => state).toSorted(), ['replaced', 'stopped'])
      await approve(made, ['low-value', { counts: 'payments' }])
      made.now += 365 * DAY_MS - 1
      assert.equal(await pay(), 'exempt')
      made.now += 1
      assert.equal(await pay(), 'required')
      assert.equal(exemptions.length, 10)
    },
  )

  check(
    'a quarter is added up from records and from evidence to the same report',
    async (store) => {
      const made = rig(store)
      const { ledger, fraud } = made
      await approve(made, ['low-value', { counts: 'payments' }], ['contactless', { counts: 'sum' }])
      const client = servicesOf(store, made)
      const tap = {
        kind: 'contactless-payment',
        amount: { value: '7.00', currency: 'EUR' },
      } as const
      const ids: string[] = []
      for (let at = 0; at < 40; at++) {
        made.now += 3_600_000
        const instrument = at % 2 === 0 ? 'card' : 'credit-transfer'
        const act =
          at % 5 === 0 ? { ...tap, device: `card-${at}` } : payment(`${at + 1}.00`, { instrument })
        const { id, outcome } = await ledger.decide(asked(act, { subject: `payer-${at % 7}` }))
        if (outcome === 'required' && at % 4 !== 3) await ledger.authenticated(id, PASSKEY)
        else if (outcome === 'required')
          await ledger.authenticated(id, { result: 'abandoned', method: 'app', durationMs: 90_000 })
        if ((await ledger.settle(id, 'done')) === 'settled') ids.push(id)
      }
      const say = { who: 'ann', reason: 'case' }
      const [first = '', second = '', third = ''] = ids
      const report = (
        decision: string,
        kind: 'unauthorised' | 'manipulated' | 'none',
        value: number | null = null,
      ) => fraud.report({ decision, kind, value, ...say })
      assert.equal(await report(first, 'unauthorised'), 'recorded')
      assert.equal(await report(first, 'unauthorised'), 'unchanged')
      assert.equal(await report(second, 'manipulated', 50), 'recorded')
      assert.equal(await report(third, 'unauthorised'), 'recorded')
      assert.equal(await report(third, 'none'), 'recorded')
      assert.equal(await report(third, 'unauthorised', 99_999_99), 'value')
      assert.equal(await report('nobody', 'unauthorised'), 'unknown')

      const one = await readScaReport(client, '2026Q4', READING)
      const rebuilt = await rebuildScaReport(client, '2026Q4', READING)
      assert.ok(one !== undefined && rebuilt !== undefined)
      assert.equal(rebuilt.records, 40)
      assert.deepEqual(rebuilt.different, [])
      assert.deepEqual(rebuilt.report, one)
      assert.equal(
        await readScaReport(client, '2026Q4', { ...READING, signal: AbortSignal.abort() }),
        undefined,
      )
      const done = one.payments.filter(({ how }) => how === 'all')
      assert.equal(
        done.reduce((all, { payments }) => all + payments, 0),
        ids.length,
      )
      assert.equal(sumOf(one, 'unauthorised'), 1)
      assert.equal(sumOf(one, 'manipulated'), 1)
      // Of each type the ways are the whole.
      for (const { type, payments, value } of done) {
        const ways: ScaReport['payments'] = one.payments.filter(
          (way) => way.type === type && way.how !== 'all',
        )
        assert.equal(
          ways.reduce((all, way) => all + way.payments, 0),
          payments,
        )
        assert.equal(ways.reduce((all, way) => all + BigInt(way.value), 0n).toString(), value)
      }
      const tries = one.authentication.find(({ act }) => act === 'remote-payment')
      assert.ok(tries !== undefined && tries.abandoned > 0 && tries.succeeded > 0)
      assert.equal(tries.required, tries.succeeded + tries.abandoned + tries.failed + tries.open)
      assert.equal(reportCsv(one).length, one.payments.length + 1)
      assert.equal(ebaReport(one).rows.length, one.payments.length - done.length)
      const empty = await readScaReport(client, '2026Q3', READING)
      assert.deepEqual(empty?.payments, [])
      assert.throws(() => client.period('2026Q5'), { code: 'GH_SCA_PERIOD' })

      await store.run(damage, { id: first })
      const damaged = await rebuildScaReport(client, '2026Q4', READING)
      assert.deepEqual(damaged?.different, [first])
      assert.notDeepEqual(damaged.report, await readScaReport(client, '2026Q4', READING))
    },
  )

  check(
    'what has no value is counted, is in no sum and no average, and its fraud is in the rate',
    async (store) => {
      const at = START - DAY_MS
      const rate = ({ currency }: { readonly currency: string }) =>
        Promise.resolve(currency === 'USD' ? { value: '1/1.25', source: 'tests', at } : undefined)
      const made = rig(store, { rate })
      const { ledger, fraud } = made
      const client = servicesOf(store, made)
      const pay = async (value: string, currency: string, payments = 1): Promise<string> => {
        const amount = { value, currency }
        const { id } = await ledger.decide(asked(payment('1', { amount, payments })))
        await ledger.authenticated(id, PASSKEY)
        assert.equal(await ledger.settle(id, 'done'), 'settled')
        return id
      }
      await pay('100.00', 'EUR')
      await pay('250.00', 'USD') // 200.00
      const batch = await pay('70.00', 'GBP', 5)
      const say = { decision: batch, kind: 'unauthorised', who: 'ann', reason: 'case' } as const
      // Nobody knows what it came to: who reports it says so.
      assert.equal(await fraud.report({ ...say, value: null }), 'value')
      assert.equal(await fraud.report({ ...say, value: 3_00 }), 'recorded')
      const report = await readScaReport(client, '2026Q4', READING)
      const rebuilt = await rebuildScaReport(client, '2026Q4', READING)
      assert.ok(report !== undefined && rebuilt !== undefined)
      assert.deepEqual(rebuilt.different, [])
      assert.deepEqual(rebuilt.report, report)
      const all = report.payments.find(({ how }) => how === 'all')
      assert.deepEqual(
        [all?.payments, all?.value, all?.average, all?.unvalued, all?.fraudRatePpm],
        [7, '30000', '15000', 5, 10_000],
      )
      const [row] = ebaReport(report).rows
      assert.deepEqual([row?.volume, row?.value, row?.unvalued], [7, '30000', 5])
      assert.match(reportCsv(report)[1] ?? '', /,7,300\.00,150\.00,.*,5,EUR$/)
    },
  )

  check('what is older than is kept goes, with its evidence and its reports', async (store) => {
    const made = rig(store)
    const ids: string[] = []
    for (let at = 0; at < 5; at++) {
      made.now += DAY_MS
      const { id } = await made.ledger.decide(asked(payment('1.00')))
      await made.ledger.authenticated(id, PASSKEY)
      await made.ledger.settle(id, 'done')
      ids.push(id)
    }
    const [first = ''] = ids
    const report = { decision: first, kind: 'unauthorised', value: null, who: 'ann' } as const
    await made.fraud.report({ ...report, reason: 'case' })
    const before = made.now - 2 * DAY_MS
    assert.equal(await store.run(forgetDecisions, { before, limit: 1 }), 1)
    assert.equal(await store.run(forgetDecisions, { before, limit: 5 }), 1)
    const left = await Promise.all(ids.map((id) => made.ledger.evidence(id)))
    assert.deepEqual(
      left.map((kept) => kept !== undefined),
      [false, false, true, true, true],
    )
  })

  check(
    'fraud of a quarter shuts the band, a correction opens it, and the next payment knows',
    async (store) => {
      const made = rig(store)
      const { ledger, fraud } = made
      await approve(made, ['risk-analysis', { maxScore: 0.2 }])
      const pay = async (value: string) => {
        const decided = await ledger.decide(asked(payment(value, { instrument: 'card' })))
        if (decided.outcome === 'required') await ledger.authenticated(decided.id, PASSKEY)
        await ledger.settle(decided.id, 'done')
        return decided
      }
      const ceiling = async () => {
        await fraud.renew()
        return (await fraud.rates()).instruments.find(({ instrument }) => instrument === 'card')
          ?.ceiling
      }
      await pay('400.00')
      assert.equal(await ceiling(), 0)
      made.now = Date.UTC(2027, 0, 5)
      assert.equal(await ceiling(), 0) // of 2026Q4 only the end was seen
      const stolen = await pay('400.00')
      for (let at = 0; at < 9; at++) await pay('400.00')
      made.now = Date.UTC(2027, 3, 5)
      assert.equal(await ceiling(), 500_00)
      assert.equal((await pay('400.00')).exemption, 'risk-analysis')
      assert.equal((await pay('500.01')).outcome, 'required')
      const say = { who: 'ann', reason: 'case', decision: stolen.id }
      // 100 ppm of 4,000.00 are 0.40.
      assert.equal(await fraud.report({ ...say, kind: 'unauthorised', value: 41 }), 'recorded')
      assert.equal(await ceiling(), 250_00)
      assert.equal((await pay('400.00')).outcome, 'required')
      assert.equal((await pay('250.00')).exemption, 'risk-analysis')
      assert.equal(await fraud.report({ ...say, kind: 'unauthorised', value: 40 }), 'recorded')
      assert.equal(await ceiling(), 500_00)
      // The payer agreed to it: no part of the rate (EBA Q&A 2018_4045).
      assert.equal(await fraud.report({ ...say, kind: 'manipulated', value: null }), 'recorded')
      assert.equal(await ceiling(), 500_00)
      const { instruments } = await fraud.rates()
      const card = instruments.find(({ instrument }) => instrument === 'card')
      assert.deepEqual(
        card?.quarters.map(({ quarter, ppm, whole }) => [quarter, ppm, whole]),
        [
          ['2026Q4', 0, false],
          ['2027Q1', 0, true],
        ],
      )
      assert.equal(card.rolling.days, 90)
    },
  )

  check(
    'a band that was stopped does not open by time alone, and each entity is measured by itself',
    async (store) => {
      const made = rig(store)
      const paid = async (quarter: number, unauthorised: number | null) => {
        made.now = Date.UTC(2020, quarter * 3, 10)
        const { id } = await made.ledger.decide(asked(payment('400.00')))
        await made.ledger.authenticated(id, PASSKEY)
        await made.ledger.settle(id, 'done')
        const say = { decision: id, who: 'ann', reason: 'case', value: unauthorised }
        if (unauthorised !== null) await made.fraud.report({ ...say, kind: 'unauthorised' })
        await made.fraud.renew()
      }
      const states = async ({ fraud }: Rig) =>
        (await fraud.rates()).instruments[1]?.bands.map(({ state }) => state)
      await paid(0, null)
      await paid(1, null)
      await paid(2, 400_00)
      await paid(3, 400_00)
      for (let quarter = 4; quarter < 24; quarter++) await paid(quarter, null)
      assert.deepEqual(await states(made), ['may-resume', 'may-resume', 'may-resume'])
      await made.fraud.renew()
      assert.equal((await made.fraud.rates()).instruments[1]?.ceiling, 0)

      const other = rig(store, { entity: 'branch' })
      other.now = made.now
      const { id } = await other.ledger.decide(asked(payment('400.00')))
      await other.ledger.authenticated(id, PASSKEY)
      await other.ledger.settle(id, 'done')
      other.now += 92 * DAY_MS
      await other.fraud.renew()
      // Of its first quarter only the end was seen, whatever another entity has seen of it.
      assert.equal((await other.fraud.rates()).instruments[1]?.quarters[0]?.whole, false)
      assert.deepEqual(await states(other), ['not-measured', 'not-measured', 'not-measured'])
    },
  )
}

function sumOf(report: ScaReport, kind: 'unauthorised' | 'manipulated'): number {
  return report.payments
    .filter(({ how }) => how === 'all')
    .reduce((all, one) => all + one[kind].payments, 0)
}
