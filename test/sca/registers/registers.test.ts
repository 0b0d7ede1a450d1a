/** What exemptions rest on (RTS Art. 13, 14, 15, 17), over a real SQLite and a real PostgreSQL: what is entered, on what, and what is not. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { forgetRegisters, type RegisterChange } from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { overBothStores } from '../../store/both-stores.ts'
import { approve, asked, DAY_MS, PASSKEY, payment, type Rig, rig } from '../ledger/rig.ts'

const SHOP = { name: 'Shop', account: 'iban:DE89370400440532013000' }
const RENT = { name: 'Penrose Lettings', account: 'iban:DE02100100109307118603' }
const MINE = 'iban:FR1420041010050500013M02606'
const MINE_TOO = 'iban:GB29NWBK60161331926819'
const trust = (...payees: (typeof SHOP)[]): RegisterChange => ({ as: 'trust', payees })
const distrust = (...payees: (typeof SHOP)[]): RegisterChange => ({ as: 'distrust', payees })
const series = (value = '800', payee = RENT): RegisterChange => ({
  as: 'series',
  series: 'rent',
  payee,
  amount: { value, currency: 'EUR' },
})
const APPROVED = [
  ['trusted-payee', {}],
  ['recurring', {}],
  ['own-accounts', {}],
  ['corporate', { authorityReference: 'letter 7' }],
] as const

/** Decided and authenticated, and not used yet. */
async function agreed(
  { ledger }: Rig,
  change: RegisterChange,
  { subject = 'anna', client = 'app' } = {},
): Promise<string> {
  const what = change.as === 'series' ? 'series' : 'trusted-payees'
  const act = { kind: 'risky-act', what, change } as const
  const { id, outcome } = await ledger.decide(asked(act, { subject, client }))
  assert.equal(outcome, 'required')
  assert.equal(await ledger.authenticated(id, PASSKEY), 'recorded')
  return id
}
async function entered(made: Rig, change: RegisterChange, subject = 'anna'): Promise<void> {
  const decision = await agreed(made, change, { subject })
  const by = { decision, client: 'app' }
  assert.equal(await made.registers.enter(subject, change, by), 'entered')
  made.now += 1
}
async function exemptionOf({ ledger }: Rig, ...question: Parameters<typeof payment>) {
  return (await ledger.decide(asked(payment(...question)))).exemption
}

overBothStores(({ name, skip, place }) => {
  const check = (title: string, work: (made: Rig, store: Store) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t: TestContext) => {
      const store = await (await place(t)).open({ migrations: scaMigrations })
      t.after(() => store.close())
      const made = rig(store)
      await approve(made, ...APPROVED)
      await work(made, store)
    })
  }
  const large = (made: Rig, payee = SHOP) =>
    exemptionOf(made, '9000.00', { payees: [payee.account] })

  check('a payee is trusted after one authentication of exactly this, used once', async (made) => {
    const { registers } = made
    const id = await agreed(made, trust(SHOP))
    const by = { decision: id, client: 'app' }
    const refusals: readonly (readonly [string, RegisterChange, typeof by])[] = [
      ['ben', trust(SHOP), by],
      ['anna', trust(RENT), by],
      ['anna', trust(SHOP, RENT), by],
      ['anna', distrust(SHOP), by],
      ['anna', series(), by],
      ['anna', trust(SHOP), { ...by, client: 'other' }],
      ['anna', trust(SHOP), { ...by, decision: 'no such' }],
    ]
    for (const [subject, change, of] of refusals)
      assert.equal(await registers.enter(subject, change, of), 'unauthenticated')
    made.now += 600_001
    assert.equal(await registers.enter('anna', trust(SHOP), by), 'unauthenticated')
    made.now -= 1
    assert.equal(await large(made), null)
    assert.equal(await registers.enter('anna', trust(SHOP), by), 'entered')
    assert.equal(await registers.enter('anna', trust(SHOP), by), 'unauthenticated', 'used')
    assert.equal(await large(made), 'trusted-payee')
    // However it is written.
    const { trustedPayees } = await registers.list('anna')
    assert.deepEqual(
      trustedPayees.map(({ name, account }) => [name, account]),
      [[SHOP.name, SHOP.account]],
    )
    // Of a batch every one; of nobody else; and of no payment that begins a series.
    assert.equal(await large(made, RENT), null)
    const both = { payees: [SHOP.account, RENT.account], payments: 2 }
    assert.equal(await exemptionOf(made, '9000.00', both), null)
    const begins = { payees: [SHOP.account], beginsSeries: true } as const
    assert.equal(await exemptionOf(made, '9.00', begins), null)
    const bens = await made.ledger.decide(asked(payment('9.00', both), { subject: 'ben' }))
    assert.equal(bens.outcome, 'required')
  })

  check('without authentication, or after a void, nothing is entered', async (made) => {
    const { ledger, registers } = made
    const act = { kind: 'risky-act', what: 'trusted-payees', change: trust(SHOP) } as const
    const enter = (decision: string) =>
      registers.enter('anna', trust(SHOP), { decision, client: 'app' })
    const open = await ledger.decide(asked(act, { client: 'app' }))
    assert.equal(await enter(open.id), 'unauthenticated')
    await ledger.authenticated(open.id, { result: 'failed', method: 'passkey', durationMs: 1 })
    assert.equal(await enter(open.id), 'unauthenticated')
    const gone = await agreed(made, trust(SHOP))
    await ledger.settle(gone, 'void', 'app')
    assert.equal(await enter(gone), 'unauthenticated')
    // Of the kind of act alone nothing can be told.
    const bare = await ledger.decide(
      asked({ kind: 'risky-act', what: 'trusted-payees' }, { client: 'app' }),
    )
    await ledger.authenticated(bare.id, PASSKEY)
    assert.equal(await enter(bare.id), 'unauthenticated')
    assert.deepEqual((await registers.list('anna')).trustedPayees, [])
    // The same id is the same change, or it is refused.
    const same = asked(act, { client: 'app', id: 'same' })
    assert.deepEqual(await ledger.decide(same), await ledger.decide(same))
    await assert.rejects(ledger.decide({ ...same, act: { ...act, change: trust(RENT) } }), {
      code: 'GH_SCA_ID_REUSED',
    })
  })

  check('a payee is taken off with authentication, by the bank without', async (made) => {
    const { registers } = made
    await entered(made, trust(SHOP, RENT))
    await entered(made, distrust(RENT))
    assert.equal(await large(made, RENT), null)
    assert.equal(await large(made), 'trusted-payee')
    const [entry] = (await registers.list('anna')).trustedPayees
    assert.equal(await registers.strike('ben', [entry?.id ?? '']), 0, 'another’s')
    assert.equal(await registers.strike('anna', [entry?.id ?? '']), 1)
    assert.equal(await large(made), null)
  })

  check(
    'a series is entered by the payment that begins it, once authenticated and done',
    async (made) => {
      const { ledger } = made
      const of = { payees: [RENT.account], series: 'rent' }
      const begin = async (id: string) => {
        const act = payment('800.00', { ...of, beginsSeries: true })
        assert.equal((await ledger.decide(asked(act, { id }))).outcome, 'required')
      }
      const later = async (value: string, payee = RENT.account) => {
        made.now += DAY_MS
        return exemptionOf(made, value, { payees: [payee], series: 'rent' })
      }
      await begin('given up')
      await ledger.authenticated('given up', PASSKEY)
      await ledger.settle('given up', 'void')
      assert.equal(await later('800.00'), null)
      await begin('first')
      assert.equal(await ledger.settle('first', 'done'), 'unauthenticated')
      assert.equal(await later('800.00'), null)
      await ledger.authenticated('first', PASSKEY)
      assert.equal(await later('800.00'), null, 'authenticated, and not done yet')
      assert.equal(await ledger.settle('first', 'done'), 'settled')
      assert.equal(await later('800.00'), 'recurring')
      assert.equal(await later('800.01'), null)
      assert.equal(await later('799.99'), null)
      assert.equal(await later('800.00', SHOP.account), null)
      assert.equal(
        await exemptionOf(made, '800.00', { payees: [RENT.account], series: 'other' }),
        null,
      )
      const other = asked(payment('800.00', of), { subject: 'ben' })
      assert.equal((await ledger.decide(other)).exemption, null)
      const dollars = { ...of, amount: { value: '800.00', currency: 'USD' } }
      assert.equal(await exemptionOf(made, '800.00', dollars), null)
      const two = { ...of, payees: [RENT.account, SHOP.account], payments: 2, beginsSeries: true }
      await assert.rejects(
        ledger.decide(asked(payment('800.00', { ...two, beginsSeries: true }))),
        {
          code: 'GH_SCA_QUESTION',
        },
      )
    },
  )

  check('a series is changed with authentication only, and ends without', async (made) => {
    const { registers } = made
    await entered(made, series())
    const pay = async (value: string) => {
      made.now += DAY_MS
      return exemptionOf(made, value, { payees: [RENT.account], series: 'rent' })
    }
    assert.equal(await pay('800.00'), 'recurring')
    const decision = await agreed(made, series('850'))
    const by = { decision, client: 'app' }
    assert.equal(await registers.enter('anna', series('9000'), by), 'unauthenticated')
    assert.equal(await registers.enter('anna', series('850', SHOP), by), 'unauthenticated')
    assert.equal(await pay('850.00'), null)
    await entered(made, series('850.00'))
    assert.deepEqual([await pay('850.00'), await pay('800.00')], ['recurring', null])
    assert.equal(await registers.endSeries('ben', 'rent'), false)
    assert.equal(await registers.endSeries('anna', 'rent'), true)
    assert.equal(await registers.endSeries('anna', 'rent'), false)
    assert.equal(await pay('850.00'), null)
  })

  check('own accounts are those that the bank states, or says at this moment', async (made) => {
    const { ledger, registers } = made
    const move = async (debtor: string, payee: string, more: object = {}, own?: string[]) => {
      const act = payment('5000.00', { debtor, payees: [payee], ...more })
      const question = own === undefined ? asked(act) : asked(act, { ownAccounts: own })
      return (await ledger.decide(question)).exemption
    }
    assert.equal(await move(MINE, MINE_TOO), null)
    assert.equal(await move(MINE, MINE_TOO, {}, [MINE, MINE_TOO]), 'own-accounts')
    assert.equal(await move(MINE, MINE_TOO, {}, [MINE_TOO]), null)
    assert.equal(await move(MINE, SHOP.account, {}, [MINE, MINE_TOO]), null)
    await registers.putOwnAccounts('anna', [MINE, 'IBAN:gb29 nwbk 6016 1331 9268 19'])
    assert.equal(await move(MINE, MINE_TOO), 'own-accounts')
    assert.equal(await move(MINE, MINE_TOO, { instrument: 'card' }), null)
    assert.equal(await move(MINE, SHOP.account), null)
    assert.equal(await move(SHOP.account, MINE_TOO), null)
    const nobody = payment('5000.00', { payees: [MINE_TOO] })
    assert.equal((await ledger.decide(asked(nobody))).exemption, null, 'from where is not known')
    await registers.putOwnAccounts('anna', [MINE])
    assert.equal(await move(MINE, MINE_TOO), null)
    await assert.rejects(registers.putOwnAccounts('anna', [MINE, '4711']), {
      code: 'GH_SCA_REGISTER',
    })
    const many = Array.from({ length: 501 }, (_, at) => `other X:${at}`)
    await assert.rejects(registers.putOwnAccounts('anna', many), { code: 'GH_SCA_REGISTER' })
    await registers.putOwnAccounts('anna', many.slice(1))
    assert.equal((await registers.list('anna')).ownAccounts.count, 500)
  })

  check(
    'a corporate process is the bank’s word, and there are twenty at the most',
    async (made) => {
      const { registers } = made
      const pay = () => exemptionOf(made, '5000.00', { process: 'host-to-host' })
      assert.equal(await pay(), null)
      assert.equal(await registers.putProcess('anna', 'host-to-host', true, 'ann'), 'changed')
      assert.equal(await registers.putProcess('anna', 'host-to-host', true, 'ann'), 'unchanged')
      assert.equal(await pay(), 'corporate')
      assert.equal(await registers.putProcess('anna', 'host-to-host', false, 'ann'), 'changed')
      assert.equal(await pay(), null)
      for (let at = 0; at < 20; at++) await registers.putProcess('anna', `p${at}`, true, 'ann')
      assert.equal(await registers.putProcess('anna', 'one more', true, 'ann'), 'full')
      assert.equal((await registers.list('anna')).processes.length, 20)
    },
  )

  check('a list has room for five hundred, and what has none uses nothing up', async (made) => {
    const { registers } = made
    const payeesOf = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        name: `P ${from + at}`,
        account: `other X:${from + at}`,
      }))
    for (let from = 0; from < 500; from += 20) await entered(made, trust(...payeesOf(from, 20)))
    const decision = await agreed(made, trust(SHOP))
    const by = { decision, client: 'app' }
    assert.equal(await registers.enter('anna', trust(SHOP), by), 'full')
    await entered(made, trust(...payeesOf(0, 1)))
    await entered(made, distrust(...payeesOf(0, 1)))
    assert.equal(await registers.enter('anna', trust(SHOP), by), 'entered')
    assert.equal((await registers.list('anna')).trustedPayees.length, 500)
  })

  check(
    'of fifty at once one is entered, and each payment is decided before or after it',
    async (made, store) => {
      const other = rig(store)
      other.now = made.now
      const decision = await agreed(made, trust(SHOP))
      other.now = ++made.now
      const work = Array.from({ length: 50 }, (_, at) => {
        const of = at % 2 === 0 ? made : other
        return Promise.all([
          of.registers.enter('anna', trust(SHOP), { decision, client: 'app' }),
          large(of),
        ])
      })
      const done = await Promise.all(work)
      assert.equal(done.filter(([outcome]) => outcome === 'entered').length, 1)
      assert.equal(await large(made), 'trusted-payee')
      const entry = (await made.registers.list('anna')).trustedPayees[0]?.id ?? ''
      const struck = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const of = at % 2 === 0 ? made : other
          const decided = large(of)
          return [await of.registers.strike('anna', [entry]), await decided] as const
        }),
      )
      assert.equal(
        struck.reduce((sum, [gone]) => sum + gone, 0),
        1,
      )
      assert.equal(await large(made), null)
    },
  )

  check(
    'evidence names no account, and is decided again to the same after entries went',
    async (made) => {
      await entered(made, trust(SHOP))
      const { id } = await made.ledger.decide(asked(payment('9000.00', { payees: [SHOP.account] })))
      const [entry] = (await made.registers.list('anna')).trustedPayees
      await made.registers.strike('anna', [entry?.id ?? ''])
      const record = await made.ledger.evidence(id)
      assert.equal(record?.replayed, 'same')
      assert.equal(record?.decision.exemption, 'trusted-payee')
      assert.doesNotMatch(JSON.stringify(record), /DE89|Shop/)
    },
  )

  check(
    'whoever is erased leaves nothing, and it tells nothing of decisions',
    async (made, store) => {
      const fill = async (subject: string) => {
        await entered(made, trust(SHOP), subject)
        await entered(made, series(), subject)
        await made.registers.putOwnAccounts(subject, [MINE])
        await made.registers.putProcess(subject, 'host-to-host', true, 'ann')
        const begins = payment('1.00', { series: 'more', beginsSeries: true })
        await made.ledger.decide(asked(begins, { subject }))
      }
      await fill('ben')
      await fill('anna')
      const names = made.registers.namesOf('anna')
      const record = await made.ledger.evidence((await made.ledger.decide(asked(payment('1')))).id)
      assert.ok(!names.includes(record?.decision.payer ?? ''), 'another name than decisions have')
      assert.equal(await store.run(forgetRegisters, { names }), 5)
      assert.equal(await store.run(forgetRegisters, { names }), 0)
      const {
        trustedPayees,
        series: left,
        ownAccounts,
        processes,
      } = await made.registers.list('anna')
      assert.deepEqual([trustedPayees, left, ownAccounts.count, processes], [[], [], 0, []])
      assert.equal((await made.registers.list('ben')).trustedPayees.length, 1)
      const decision = await agreed(made, trust(SHOP))
      made.erased.add('anna')
      const gone = { code: 'GH_SCA_PERSON_ERASED' }
      await assert.rejects(
        made.registers.enter('anna', trust(SHOP), { decision, client: 'app' }),
        gone,
      )
      await assert.rejects(made.registers.list('anna'), gone)
      await assert.rejects(made.registers.putOwnAccounts('anna', [MINE]), gone)
      assert.deepEqual(made.registers.namesOf('anna'), [])
    },
  )
})
