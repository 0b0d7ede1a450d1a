/** Uses that gateways left in the store, over the real book: what is paid ends once, what is in doubt ends nothing, and every gateway hears of it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createProjection, sealedKey } from '../../../src/feed/index.ts'
import { consentBook, USED_TOLD_MS } from '../../../src/identity/consents/consent-book.ts'
import type { ConsentTerms } from '../../../src/identity/consents/consent.ts'
import { consentDesk } from '../../../src/identity/consents/consent-desk.ts'
import { UNDER_WAY_MS } from '../../../src/identity/consents/told-uses.ts'
import { recordOf } from '../../../src/identity/consents/gateway-record.ts'
import { removedClients } from '../../../src/identity/consents/removed-clients.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import {
  keysOfSecret,
  openStoreFeed,
  reserveUse,
  settleUse,
  type Store,
} from '../../../src/store/index.ts'
import { alterConsent } from '../../store/altering-units.ts'
import { overBothStores } from '../../store/both-stores.ts'
import type { Adapter } from '../../store/contract.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import type { EvidenceEntry } from '../../../src/identity/index.ts'
import { recordedEvidence } from '../evidence.ts'
import { identityMigrations } from '../migrations.ts'
import { ACCOUNTS, DAY, PLAIN } from './terms.ts'

const detail = (amount: string) => ({
  type: 'payment_initiation',
  instructedAmount: { currency: 'GBP', amount },
  creditorAccount: { iban: 'DE02100100109307118603' },
})
const PAYMENT: ConsentTerms = {
  ...ACCOUNTS,
  kind: 'payment',
  purpose: 'domestic-payment-consents',
  permissions: [],
  payments: [detail('1.00')],
}
const AGREED = { kind: 'authorise', subject: 'amira', accounts: [], signatories: 1 } as const
let number = 0

overBothStores(({ name, skip, place }) => {
  const check = (title: string, work: (t: TestContext) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, work)
  }

  async function house(t: TestContext, { place: at }: Pick<Adapter, 'place'> = { place }) {
    const store = await (await at(t)).open({ migrations: identityMigrations })
    t.after(() => store.close())
    const clock = new FakeClock()
    const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
    const evidence = recordedEvidence()
    const forgotten: string[] = []
    const open = (through: Store = store, own = evidence) =>
      consentBook({
        store: through,
        sealing,
        clock,
        randomBytes,
        evidence: own,
        recordFor: (consent) => recordOf(consent, PLAIN, clock.now()),
        forgotten: ({ id }) => void forgotten.push(id),
        changed: () => undefined,
      })
    const book = open()
    const agreed = async (terms: ConsentTerms = PAYMENT): Promise<string> => {
      const made = await book.create(
        { ...terms, expiresAt: clock.now() + 400 * DAY },
        { client: 'tpp', regime: 'plain' },
      )
      assert.ok(made.kind === 'made')
      assert.ok((await book.act(made.consent.id, AGREED)).ok)
      return made.consent.id
    }
    /** As a gateway does, which knows the id from a token; `end` absent: it died before. */
    const use = async (
      consent: string,
      end: 'used' | 'doubt' | 'pending' = 'used',
      payments = 1,
    ): Promise<string> => {
      const id = `use ${number++}`
      const at = clock.now()
      const asked = { id, digest: 'd', owner: 'gateway', decision: `d-${id}`, at, payments }
      const more = { consent: sealedKey(consent), abandonedBefore: 0, expiresAt: at + 9_000 * DAY }
      assert.equal((await store.run(reserveUse, { ...asked, ...more })).kind, 'taken')
      if (end !== 'pending')
        await store.run(settleUse, { id, decision: `d-${id}`, used: end === 'used' })
      return `d-${id}`
    }
    const status = async (id: string) => (await book.peek(id))?.status
    const events = () => evidence.lines(({ action }) => action === 'consent-consume')
    return { store, clock, book, open, agreed, use, status, events, evidence, forgotten }
  }

  check('who has paid finds the consent consumed at once, with who, why and when', async (t) => {
    const { book, clock, agreed, use, events, evidence } = await house(t)
    const id = await agreed()
    clock.advance(1_000)
    const at = clock.now()
    await use(id)
    clock.advance(5_000)
    const found = await book.find(id, 'tpp')
    assert.equal(found?.status, 'consumed')
    assert.deepEqual(found.history.at(-1), {
      at,
      from: 'authorised',
      to: 'consumed',
      by: { kind: 'third-party', id: 'tpp' },
      why: 'paid',
    })
    assert.deepEqual(events(), ['consent-consume done'])
    const [entry] = evidence.entries.filter(({ action }) => action === 'consent-consume')
    assert.deepEqual([entry?.before, entry?.after], ['authorised', 'consumed'])
    await book.hearUses()
    await book.look()
    assert.deepEqual(events(), ['consent-consume done'], 'and once')
  })

  check('nobody asks: the next look acts on it, of many at once too', async (t) => {
    const { book, agreed, use, status, events, store, open } = await house(t)
    const ids = await Promise.all(Array.from({ length: 12 }, () => agreed()))
    for (const id of ids) await use(id)
    await Promise.all([book, open(), open(store)].map((one) => one.hearUses()))
    for (const id of ids) assert.equal(await status(id), 'consumed')
    assert.equal(events().filter((line) => line.endsWith('done')).length, ids.length)
  })

  check('of 50 who ask at once all find it consumed, by one step', async (t) => {
    const { book, agreed, use } = await house(t)
    const id = await agreed()
    await use(id)
    const found = await Promise.all(Array.from({ length: 50 }, () => book.find(id, 'tpp')))
    for (const one of found) assert.equal(one?.status, 'consumed')
    assert.equal(found[0]?.history.length, 3)
  })

  check(
    'of processes that come to the same end one records it, and the others find it done',
    async (t) => {
      const { clock, agreed, use, open, status } = await house(t)
      const written: string[] = []
      const slow = {
        ...recordedEvidence(),
        async write({ action, outcome }: EvidenceEntry) {
          written.push(`${action} ${outcome}`)
          await pause(5)
          return String(written.length)
        },
      }
      const processes = Array.from({ length: 5 }, () => open(undefined, slow))
      const paid = await agreed()
      await use(paid)
      const found = await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const one = processes[n % 5]
          if (n % 2 === 1) await one?.hearUses()
          return one?.find(paid, 'tpp')
        }),
      )
      for (const one of found) assert.equal(one?.status, 'consumed')
      assert.deepEqual(written, ['consent-consume done'])

      const over = await agreed(PAYMENT)
      clock.advance(401 * DAY)
      await Promise.all(processes.map((one) => one.look()))
      assert.equal(await status(over), 'expired')
      assert.deepEqual(written.slice(1), ['consent-expire done'])
    },
  )

  check('a process that died when it had claimed an end holds nobody up for long', async (t) => {
    const { agreed, use, open, status, events } = await house(t)
    const dead = {
      ...recordedEvidence(),
      write: () => Promise.reject(new Error('the power is gone')),
    }
    const id = await agreed()
    await use(id)
    await assert.rejects(open(undefined, dead).hearUses())
    await open().hearUses()
    assert.equal(await status(id), 'consumed')
    assert.deepEqual(events(), ['consent-consume done'])
  })

  check('killed between the use and the word of it: told after the restart, once', async (t) => {
    const { store, agreed, use, open, events, status } = await house(t)
    const id = await agreed()
    await use(id)
    // The change is written, and the process is gone before the use is marked.
    let writes = 0
    const dying: Store = {
      ...store,
      run: (unit, arg) => {
        if (unit.name.startsWith('toldUses')) return Promise.reject(new Error('killed'))
        if (unit.name.startsWith('changeConsent')) writes++
        return store.run(unit, arg)
      },
    }
    await assert.rejects(open(dying).hearUses())
    assert.equal(writes, 1)
    await open().hearUses()
    assert.equal(await status(id), 'consumed')
    assert.deepEqual(events(), ['consent-consume done'])
    // And before it is written.
    const other = await agreed()
    await use(other)
    const dead: Store = {
      ...store,
      run: (unit, arg) =>
        unit.name.startsWith('changeConsent')
          ? Promise.reject(new Error('killed'))
          : store.run(unit, arg),
    }
    await assert.rejects(open(dead, recordedEvidence()).hearUses())
    await open().hearUses()
    assert.equal(await status(other), 'consumed')
    assert.equal(events().length, 2)
  })

  check('what is in doubt or under way ends nothing, and is shown', async (t) => {
    const { book, clock, store, agreed, use, status, events } = await house(t)
    const id = await agreed()
    const desk = consentDesk(book, removedClients({ store, book, clock }), clock)
    const doubt = await use(id, 'doubt')
    clock.advance(1)
    const pending = await use(id, 'pending')
    await book.hearUses()
    assert.equal(await status(id), 'authorised')
    const states = async () =>
      (await desk.show(id))?.uses.map(({ decision, state }) => [decision, state])
    assert.deepEqual(await states(), [
      [doubt, 'in-doubt'],
      [pending, 'under-way'],
    ])
    clock.advance(UNDER_WAY_MS - 1)
    assert.equal((await states())?.[1]?.[1], 'under-way')
    clock.advance(1)
    assert.equal((await states())?.[1]?.[1], 'in-doubt')
    assert.deepEqual(events(), [])
    // The customer may still end it, and it is he who did.
    assert.ok((await book.act(id, { kind: 'withdraw', subject: 'amira' })).ok)
  })

  check('of several payments the last consumes; two that say the same are one', async (t) => {
    const { agreed, use, status, book, store, clock } = await house(t)
    const payments = [detail('1.00'), detail('2.00'), detail('2.000')]
    const id = await agreed({ ...PAYMENT, payments })
    await use(id)
    assert.equal(await status(id), 'authorised')
    const view = await consentDesk(book, removedClients({ store, book, clock }), clock).show(id)
    assert.deepEqual(
      view?.uses.map(({ state }) => state),
      ['used'],
    )
    await use(id)
    assert.equal(await status(id), 'consumed')
    const basket = await agreed({ ...PAYMENT, payments: payments.slice(0, 2) })
    await use(basket, 'used', 2)
    assert.equal(await status(basket), 'consumed', 'paid together')
  })

  check('what was paid is not withdrawn, expired or ended afterwards', async (t) => {
    const { book, clock, agreed, use, evidence } = await house(t)
    for (const act of [
      { kind: 'withdraw', subject: 'amira' },
      { kind: 'cancel', client: 'tpp' },
      { kind: 'terminate', staff: 'dora', why: 'fraud' },
    ] as const) {
      const id = await agreed()
      await use(id)
      assert.deepEqual(await book.act(id, act), { ok: false, error: 'not-possible' })
      assert.equal((await book.peek(id))?.status, 'consumed')
    }
    const id = await agreed()
    await use(id)
    clock.advance(401 * DAY)
    await book.look()
    assert.equal((await book.peek(id))?.status, 'consumed', 'it was paid before its end')
    assert.deepEqual(
      evidence.lines(({ action }) => action === 'consent-expire'),
      [],
    )
  })

  check(
    'gateways know it as used for a day and an hour, with what it held; then not at all',
    async (t) => {
      const { book, store, clock, agreed, use, forgotten } = await house(t)
      const feed = openStoreFeed({ store, clock, scheduler: clock })
      t.after(() => feed.close())
      const gateway = await createProjection(feed, clock)
      const id = await agreed()
      await feed.refresh()
      assert.equal(gateway.consent(id)?.used, undefined)
      await use(id)
      await book.hearUses()
      await feed.refresh()
      const known = gateway.consent(id)
      assert.deepEqual([known?.status, known?.used, known?.client], ['consumed', true, 'tpp'])
      assert.ok(known?.payments?.kind === 'known' && known.payments.payments.length === 1)
      clock.advance(USED_TOLD_MS - 1)
      await book.look()
      await feed.refresh()
      assert.equal(gateway.consent(id)?.used, true)
      assert.deepEqual(forgotten, [])
      clock.advance(1)
      await book.look()
      await feed.refresh()
      assert.equal(gateway.consent(id), undefined)
      assert.deepEqual(forgotten, [id])
      assert.equal(
        (await book.peek(id))?.status,
        'consumed',
        'for whoever asks here it is still that',
      )
    },
  )

  check('what cannot be recorded does not end; it is told when it can be', async (t) => {
    const { agreed, use, open, status, events } = await house(t)
    const id = await agreed()
    await use(id)
    const evidence = { write: () => Promise.reject(new Error('the disk is full')) }
    await assert.rejects(open(undefined, { ...recordedEvidence(), ...evidence }).hearUses())
    assert.deepEqual(events(), [])
    assert.equal(await status(id), 'consumed')
  })

  check('one that was altered holds up no other', async (t) => {
    const { store, book, agreed, use, events } = await house(t)
    const ids = await Promise.all(Array.from({ length: 6 }, () => agreed()))
    for (const id of ids) await use(id)
    await store.run(alterConsent, { feedKey: sealedKey(ids[0] ?? '') })
    await assert.rejects(book.hearUses(), { code: 'GH_IDENTITY_SEALED' })
    assert.equal(events().filter((line) => line.endsWith('done')).length, ids.length - 1)
  })

  check('a use of an account consent, which there should be none of, ends nothing', async (t) => {
    const { book, use, status } = await house(t)
    const made = await book.create(ACCOUNTS, { client: 'tpp', regime: 'plain' })
    assert.ok(made.kind === 'made')
    assert.ok((await book.act(made.consent.id, { ...AGREED, accounts: ['1'] })).ok)
    await use(made.consent.id)
    await book.hearUses()
    assert.equal(await status(made.consent.id), 'authorised')
  })
})
