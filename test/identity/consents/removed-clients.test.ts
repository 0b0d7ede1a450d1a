/** What third parties that were removed had been allowed: all of it ends, once, and what is being paid is waited for. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { sealedKey } from '../../../src/feed/index.ts'
import { consentBook } from '../../../src/identity/consents/consent-book.ts'
import type { ConsentTerms } from '../../../src/identity/consents/consent.ts'
import { recordOf } from '../../../src/identity/consents/gateway-record.ts'
import {
  ENDED_AT_ONCE,
  LOOKED_AFTER_MS,
  removedClients,
} from '../../../src/identity/consents/removed-clients.ts'
import { UNDER_WAY_MS } from '../../../src/identity/consents/told-uses.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import {
  endingClients,
  keysOfSecret,
  registerClient,
  removeClient,
  reserveUse,
  settleUse,
} from '../../../src/store/index.ts'
import { overBothStores } from '../../store/both-stores.ts'
import { client } from '../../store/clients-contract.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { recordedEvidence } from '../evidence.ts'
import { identityMigrations } from '../migrations.ts'
import { ACCOUNTS, DAY, PLAIN } from './terms.ts'

const PAYMENT: ConsentTerms = {
  ...ACCOUNTS,
  kind: 'payment',
  purpose: 'domestic-payment-consents',
  permissions: [],
  payments: [
    {
      type: 'payment_initiation',
      instructedAmount: { currency: 'GBP', amount: '1.00' },
      creditorAccount: { iban: 'DE02100100109307118603' },
    },
  ],
}

overBothStores(({ name, skip, place }) => {
  const check = (title: string, work: (t: TestContext) => Promise<void>): void =>
    void test(`${name}: ${title}`, { skip }, work)

  async function house(t: TestContext) {
    const store = await (await place(t)).open({ migrations: identityMigrations })
    t.after(() => store.close())
    const clock = new FakeClock()
    const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
    const evidence = recordedEvidence()
    const failing = new Set<string>()
    const book = consentBook({
      store,
      sealing,
      clock,
      randomBytes,
      evidence,
      recordFor: (consent) => recordOf(consent, PLAIN, clock.now()),
      forgotten: () => undefined,
      changed({ id }) {
        if (failing.has(id)) throw new Error('the disk is full')
      },
    })
    const add = async (of: string, terms: ConsentTerms = ACCOUNTS, agreed = true) => {
      const more = { ...terms, expiresAt: clock.now() + 400 * DAY }
      const made = await book.create(more, { client: of, regime: 'plain' })
      assert.ok(made.kind === 'made')
      const { id } = made.consent
      const accounts = terms.kind === 'payment' ? [] : ['1']
      const act = { kind: 'authorise', subject: 'amira', accounts, signatories: 1 } as const
      if (agreed) assert.ok((await book.act(id, act)).ok)
      return id
    }
    const remove = (id: string, by: 'bank' | 'third-party' = 'bank') => {
      const act = { at: clock.now(), actor: 'dora', reason: 'INC-90', record: null }
      return store.run(removeClient, { id, by, act })
    }
    for (const id of ['tpp', 'other'])
      await store.run(registerClient, {
        client: client(id),
        claim: null,
        act: { at: clock.now(), actor: id, reason: null, record: null },
        maxClients: 10,
      })
    const left = async () =>
      (await store.run(endingClients, { id: null, after: '', limit: 10 })).map(({ id }) => id)
    const status = async (id: string) => (await book.peek(id))?.status
    const removed = removedClients({ store, clock, book })
    return { store, clock, book, evidence, failing, add, remove, left, status, removed }
  }

  check('all of its own end, by whom and why; of nobody else', async (t) => {
    const { add, remove, removed, status, book, evidence, left, clock } = await house(t)
    const mine = [await add('tpp'), await add('tpp', PAYMENT), await add('tpp', ACCOUNTS, false)]
    const other = await add('other')
    assert.equal(await removed.end('tpp'), undefined, 'it was not removed')
    await removed.look()
    for (const id of mine) assert.notEqual(await status(id), 'terminated')
    await remove('tpp')
    assert.deepEqual(await removed.end('tpp'), { ended: 3, atBank: 0, more: false })
    for (const id of mine) {
      assert.equal(await status(id), 'terminated')
      const last = (await book.peek(id))?.history.at(-1)
      assert.deepEqual([last?.by, last?.why], [{ kind: 'bank', id: 'dora' }, 'INC-90'])
    }
    assert.equal(await status(other), 'authorised')
    assert.deepEqual(await removed.end('tpp'), { ended: 0, atBank: 0, more: false })
    const done = () => evidence.lines(({ action }) => action === 'consent-terminate')
    assert.deepEqual(done(), Array(3).fill('consent-terminate done'))

    // Somebody was in the middle of allowing something.
    const late = await add('tpp')
    clock.advance(LOOKED_AFTER_MS)
    await removed.look()
    assert.equal(await status(late), 'terminated')
    assert.deepEqual(await left(), ['tpp'], 'it is looked after for so long')
    clock.advance(1)
    await removed.look()
    assert.deepEqual(await left(), [])
    assert.equal(await removed.end('tpp'), undefined)
  })

  check('who removed itself has given up what it had', async (t) => {
    const { add, remove, removed, status } = await house(t)
    const id = await add('tpp')
    await remove('tpp', 'third-party')
    await removed.look()
    assert.equal(await status(id), 'cancelled')
  })

  check('a payment at the bank is waited for, and one in doubt is not', async (t) => {
    const { store, clock, add, remove, removed, status, book, left } = await house(t)
    const use = async (consent: string, id: string) => {
      const at = clock.now()
      const asked = { id, digest: 'd', owner: 'gateway', decision: `d-${id}`, at, payments: 1 }
      const more = { consent: sealedKey(consent), abandonedBefore: 0, expiresAt: at + DAY }
      await store.run(reserveUse, { ...asked, ...more })
    }
    const [paid, lost] = [await add('tpp', PAYMENT), await add('tpp', PAYMENT)]
    await use(paid, 'one')
    await use(lost, 'two')
    await remove('tpp')
    assert.deepEqual(await removed.end('tpp'), { ended: 0, atBank: 2, more: false })
    await store.run(settleUse, { id: 'one', decision: 'd-one', used: true })
    await removed.look()
    assert.equal(await status(paid), 'consumed', 'it was paid')
    assert.equal(await status(lost), 'authorised')
    clock.advance(UNDER_WAY_MS)
    await removed.look()
    assert.equal(await status(lost), 'terminated')
    assert.equal((await book.usesOf(lost)).length, 1, 'and that it is in doubt stays')
    assert.deepEqual(await left(), ['tpp'])
  })

  check('one that cannot be ended holds up no other, and is tried again', async (t) => {
    const { add, remove, removed, status, failing, clock, left } = await house(t)
    const ids = [await add('tpp'), await add('tpp'), await add('other')]
    await remove('tpp')
    await remove('other')
    failing.add(ids[0] ?? '')
    clock.advance(LOOKED_AFTER_MS + 1)
    await assert.rejects(removed.look(), /disk is full/)
    for (const id of ids.slice(1)) assert.equal(await status(id), 'terminated')
    assert.deepEqual(await left(), ['tpp'])
    failing.clear()
    await removed.look()
    assert.deepEqual(await left(), [])
  })

  check('whoever asks waits for so many, and the look ends the rest', async (t) => {
    const { add, remove, removed, book } = await house(t)
    for (let n = 0; n <= ENDED_AT_ONCE; n++) await add('tpp', ACCOUNTS, false)
    await remove('tpp')
    const told = await removed.end('tpp')
    assert.deepEqual(told, { ended: ENDED_AT_ONCE, atBank: 0, more: true })
    await removed.look()
    const asked = { client: 'tpp', limit: 1_000 }
    const { consents } = await book.page(asked)
    assert.equal(consents.length, ENDED_AT_ONCE + 1)
    for (const consent of consents) assert.equal(consent.status, 'terminated')
  })
})
