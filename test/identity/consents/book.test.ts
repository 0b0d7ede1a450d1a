/** The book over the real store: races with one winner, ends by themselves, and what every gateway hears of it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import { changeLog } from '../../../src/feed/change-log.ts'
import { createProjection, type Feed, joinFeeds, sealedKey } from '../../../src/feed/index.ts'
import {
  consentBook,
  type ConsentBookOptions,
  END_TOLD_MS,
  KEPT_UNAUTHORISED_MS,
} from '../../../src/identity/consents/consent-book.ts'
import { recordOf } from '../../../src/identity/consents/gateway-record.ts'
import { AUTHORISE_WITHIN_MS, type Consent } from '../../../src/identity/consents/consent.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import {
  keysOfSecret,
  openSqliteStore,
  openStoreFeed,
  type Store,
} from '../../../src/store/index.ts'
import { alterConsent } from '../../store/altering-units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'
import { recordedEvidence } from '../evidence.ts'
import { identityMigrations } from '../migrations.ts'
import { ACCOUNTS, DAY, PLAIN } from './terms.ts'

const OF = { client: 'third-party', regime: 'plain' }
const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)

async function open(t: TestContext, dir = temporaryFolder(t)): Promise<Store> {
  const store = await openSqliteStore({ dir, create: true, migrations: identityMigrations })
  t.after(() => store.close())
  return store
}
const bookOver = (store: Store, changes: Partial<ConsentBookOptions> = {}) =>
  consentBook({
    store,
    sealing,
    clock: new FakeClock(),
    randomBytes,
    evidence: recordedEvidence(),
    recordFor: (consent) => recordOf(consent, PLAIN, Date.now()),
    forgotten: () => undefined,
    changed: () => undefined,
    ...changes,
  })
async function created(book: ReturnType<typeof consentBook>, terms = ACCOUNTS): Promise<Consent> {
  const made = await book.create(terms, OF)
  assert.ok(made.kind === 'made', made.kind)
  return made.consent
}

test('of 50 who authorise, refuse and cancel at once one decides, and the others are told', async (t) => {
  const book = bookOver(await open(t))
  for (let round = 0; round < 5; round++) {
    const { id } = await created(book)
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        book.act(
          id,
          at % 2 === 0
            ? { kind: 'refuse', subject: 'amira' }
            : at % 3 === 0
              ? { kind: 'cancel', client: 'third-party' }
              : { kind: 'refuse', subject: 'ben' },
        ),
      ),
    )
    const won = results.filter((result) => result.ok)
    assert.equal(won.length, 1)
    const found = await book.find(id, 'third-party')
    assert.equal(found?.history.length, 2)
    assert.equal(found.status, won[0]?.value.status)
  }
})

test('authorise against withdraw, 50 at once: nothing is in force after a withdrawal', async (t) => {
  const book = bookOver(await open(t))
  const { id } = await created(book)
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      book.act(
        id,
        at % 2 === 0
          ? { kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 }
          : { kind: 'withdraw', subject: 'amira' },
      ),
    ),
  )
  const withdrawn = results.filter((result) => result.ok && result.value.status === 'withdrawn')
  assert.ok(withdrawn.length <= 1)
  const last = await book.find(id, 'third-party')
  const steps = last?.history.map(({ to }) => to) ?? []
  assert.equal(steps.indexOf('withdrawn'), withdrawn.length === 1 ? steps.length - 1 : -1)
})

test('another client finds nothing, a customer only their own, and nothing can be read at rest', async (t) => {
  const dir = temporaryFolder(t)
  const store = await open(t, dir)
  const book = bookOver(store)
  const { id } = await created(book)
  assert.equal(await book.find(id, 'other'), undefined)
  assert.equal(await book.find('0'.repeat(32), 'third-party'), undefined)
  assert.deepEqual(await book.act('nothing', { kind: 'expire' }), { ok: false, error: 'unknown' })
  assert.ok(
    (await book.act(id, { kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 }))
      .ok,
  )
  assert.deepEqual(
    (await book.ofCustomer('amira')).map((one) => one.id),
    [id],
  )
  assert.deepEqual(await book.ofCustomer('ben'), [])
  await store.close()
  const files = readdirSync(dir).map((name) => readFileSync(`${dir}/${name}`, 'latin1'))
  assert.ok(
    files.some((bytes) => bytes.includes('authorised')),
    'the check is blind',
  )
  for (const secret of ['amira', 'third-party', 'ReadAccountsBasic'])
    for (const bytes of files) assert.ok(!bytes.includes(secret), secret)
})

test('what waits too long is over, for who looks at once and for good with the next look', async (t) => {
  const clock = new FakeClock()
  const book = bookOver(await open(t), { clock, maxWaiting: 2 })
  const { id } = await created(book)
  await created(book)
  assert.deepEqual(await book.create(ACCOUNTS, OF), { kind: 'too-many' })
  clock.advance(AUTHORISE_WITHIN_MS)
  assert.equal((await book.find(id, 'third-party'))?.status, 'expired')
  await book.look()
  await created(book)
  clock.advance(KEPT_UNAUTHORISED_MS)
  await book.look()
  assert.equal(await book.find(id, 'third-party'), undefined, 'forgotten')
})

test('one that was altered keeps no other from ending, nor from being forgotten', async (t) => {
  const clock = new FakeClock()
  const store = await open(t)
  const evidence = recordedEvidence()
  const book = bookOver(store, { clock, evidence })
  const all: Consent[] = []
  for (let made = 0; made < 5; made++) all.push(await created(book))
  await store.run(alterConsent, { feedKey: sealedKey(all[2]?.id ?? '') })
  clock.advance(AUTHORISE_WITHIN_MS)
  const ended = (): number => evidence.lines(({ action }) => action === 'consent-expire').length
  await assert.rejects(book.look(), { code: 'GH_IDENTITY_SEALED' })
  assert.equal(ended(), 4)
  clock.advance(KEPT_UNAUTHORISED_MS)
  await assert.rejects(book.look(), { code: 'GH_IDENTITY_SEALED' })
  assert.equal(ended(), 4)
  assert.equal(await book.find(all[0]?.id ?? '', 'third-party'), undefined)
})

test('what is written is with every gateway within a second, its end too', async (t) => {
  const store = await open(t)
  const parts = { store, clock: systemClock, scheduler: realScheduler }
  const [near, far] = [openStoreFeed(parts), openStoreFeed(parts)]
  t.after(() => [near, far].forEach((feed) => feed.close()))
  const book = bookOver(store, { clock: systemClock })
  const early = await created(book, { ...ACCOUNTS, expiresAt: Date.now() + DAY })
  assert.ok(
    (
      await book.act(early.id, {
        kind: 'authorise',
        subject: 'amira',
        accounts: ['1'],
        signatories: 1,
      })
    ).ok,
  )
  const gateways = await Promise.all([near, far].map((feed) => createProjection(feed, systemClock)))
  for (const gateway of gateways) assert.equal(gateway.consent(early.id)?.status, 'AUTH')

  const { id } = await created(book, { ...ACCOUNTS, expiresAt: Date.now() + DAY })
  for (const [act, there] of [
    [{ kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 }, true],
    [{ kind: 'withdraw', subject: 'amira' }, false],
  ] as const) {
    assert.ok((await book.act(id, act)).ok)
    const from = performance.now()
    for (const gateway of gateways)
      await until(() => (gateway.consent(id)?.status === 'AUTH') === there)
    const ms = performance.now() - from
    t.diagnostic(`${act.kind}: ${Math.round(ms)} ms`)
    assert.ok(ms <= 1_000, `${act.kind} took ${ms} ms`)
  }
  for (const gateway of gateways) assert.ok(gateway.ageMs() < 2_000)
})

test('a gateway says of a consent that it ended, for an hour, and nothing else of it', async (t) => {
  const store = await open(t)
  const clock = new FakeClock()
  const book = bookOver(store, { clock })
  const feed = openStoreFeed({ store, clock, scheduler: clock })
  t.after(() => feed.close())
  const gateway = await createProjection(feed, clock)
  const { id } = await created(book)
  await book.act(id, { kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 })
  await book.act(id, { kind: 'withdraw', subject: 'amira' })
  const refused = await created(book)
  await book.act(refused.id, { kind: 'cancel', client: 'third-party' })
  await feed.refresh()
  const ended = gateway.consent(id)
  assert.deepEqual(
    [ended?.status, ended?.client, ended?.subject, ended?.expiresAt],
    ['withdrawn', 'third-party', 'amira', clock.now()],
  )
  assert.deepEqual([ended?.permissions.size, ended?.accounts.size], [0, 0])
  assert.equal(gateway.consent(refused.id), undefined, 'it never knew it')
  clock.advance(END_TOLD_MS - 1)
  await book.look()
  await feed.refresh()
  assert.equal(gateway.consent(id)?.status, 'withdrawn')
  clock.advance(1)
  await book.look()
  await feed.refresh()
  assert.equal(gateway.consent(id), undefined)
  assert.equal((await book.find(id, 'third-party'))?.status, 'withdrawn', 'here it is remembered')
  await book.look()
})

test('consents are listed page by page: of one client, in one status, of one kind, each once', async (t) => {
  const clock = new FakeClock()
  const book = bookOver(await open(t), { clock })
  const mine: string[] = []
  for (let n = 0; n < 7; n++) {
    const { id } = await created(book)
    mine.push(id)
    if (n < 3) await book.act(id, { kind: 'cancel', client: 'third-party' })
  }
  const other = await book.create(ACCOUNTS, { client: 'other', regime: 'plain' })
  assert.ok(other.kind === 'made')
  const all = async (asked: object, limit = 2): Promise<readonly string[]> => {
    const found: string[] = []
    let from: string | undefined
    for (;;) {
      const { consents, next } = await book.page({ ...asked, from, limit })
      assert.ok(consents.length <= limit)
      found.push(...consents.map(({ id }) => id))
      if (next === null) return found
      from = next
    }
  }
  const same = (a: readonly string[], b: readonly string[]) =>
    assert.deepEqual(a.toSorted(), b.toSorted())
  same(await all({}), [...mine, other.consent.id])
  same(await all({ client: 'third-party' }), mine)
  same(await all({ client: 'third-party', status: 'cancelled' }), mine.slice(0, 3))
  same(await all({ kind: 'payment' }), [])
  same(await all({ kind: 'account-access' }, 500), [...mine, other.consent.id])
  same(await all({ client: 'nobody' }), [])
  const first = await all({}, 3)
  const rest = await book.page({ after: first[2], limit: 500 })
  same([...first.slice(0, 3), ...rest.consents.map(({ id }) => id)], first)
  clock.advance(AUTHORISE_WITHIN_MS)
  same(await all({ status: 'awaiting' }), [])
})

test('a snapshot of many pages is whole, and two feeds are as old as the older one', async (t) => {
  const store = await open(t)
  const clock = new FakeClock()
  const book = bookOver(store, { clock })
  await Promise.all(
    Array.from({ length: 1_101 }, async () => {
      const { id } = await created(book)
      await book.act(id, { kind: 'authorise', subject: 'amira', accounts: ['1'], signatories: 1 })
    }),
  )
  let fail = false
  const flaky: Store = {
    ...store,
    run: (unit, arg) => (fail ? Promise.reject(new Error('gone')) : store.run(unit, arg)),
  }
  const feed = openStoreFeed({ store: flaky, clock, scheduler: clock })
  t.after(() => feed.close())
  const log = changeLog()
  const file: Feed = { snapshot: async () => log.snapshot(), subscribe: log.subscribe }
  const joined = joinFeeds(file, feed)
  const gateway = await createProjection(joined, clock)
  assert.equal(gateway.counts().consents, 1_101)
  assert.equal(gateway.ageMs(), Infinity, 'one of them has not been heard')
  await feed.refresh()
  log.heartbeat(clock.now())
  assert.equal(gateway.ageMs(), 0)
  fail = true
  clock.advance(10_000)
  await feed.refresh()
  log.heartbeat(clock.now())
  assert.equal(gateway.ageMs(), 10_000, 'the silence of one is heard')
  fail = false
  await feed.refresh()
  assert.equal(gateway.ageMs(), 0)
})
