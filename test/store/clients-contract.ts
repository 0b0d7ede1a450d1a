/** What the units over registered clients promise, whichever database is behind them. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  applyRegister,
  authorizationMigrations,
  changeMigrations,
  claimKeySet,
  clientHistory,
  clientMigrations,
  clientsOfKeySet,
  decideClient,
  dueKeySets,
  endedClient,
  endingClients,
  findClient,
  findKeySet,
  forgetKeySets,
  forgetToken,
  isActive,
  keepKeySet,
  listClients,
  openStoreFeed,
  registerClient,
  removeClient,
  reviseClient,
  type Store,
  type StoredClient,
  tellConfiguredKeys,
} from '../../src/store/index.ts'
import type { Change } from '../../src/feed/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { Adapter } from './contract.ts'

const NOW = 1_000_000
const DAY = 86_400_000

export function client(id: string, changes: Partial<StoredClient> = {}): StoredClient {
  return {
    id,
    software: `directory/${id}`,
    organization: 'PSDGB-FCA-123456',
    name: `Client ${id}`,
    state: 'active',
    registerState: 'authorised',
    metadata: '{"redirect_uris":["https://tpp.example/cb"]}',
    evidence: '{"roles":["PSP_AI"]}',
    token: `token of ${id}`,
    tokenBefore: null,
    statement: null,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    ...changes,
  }
}
const act = (actor = 'client', changes = {}) => ({
  at: NOW,
  actor,
  reason: null,
  record: null,
  ...changes,
})
const register = (store: Store, one: StoredClient, more: object = {}) =>
  store.run(registerClient, { client: one, claim: null, act: act(), maxClients: 100, ...more })
const revise = (store: Store, one: StoredClient, more: object = {}) =>
  store.run(reviseClient, {
    client: one,
    claim: null,
    act: act(),
    maxChanges: 3,
    since: NOW - DAY,
    ...more,
  })
const suspend = (store: Store, id: string, more: object = {}) =>
  store.run(decideClient, {
    id,
    from: ['active'],
    state: 'suspended',
    what: 'suspended',
    act: act('operator', { reason: 'fraud', record: '{"article":"68"}' }),
    ...more,
  })

/** What gateways were told, newest of each name. */
async function told(t: TestContext, store: Store): Promise<readonly Change[]> {
  const clock = new FakeClock(NOW)
  const feed = openStoreFeed({ store, clock, scheduler: clock })
  t.after(() => feed.close())
  return (await feed.snapshot()).changes
}

export function clientsContract({ name, skip, place }: Omit<Adapter, 'tables'>): void {
  const check = (title: string, work: (store: Store, t: TestContext) => Promise<void>): void => {
    test(`${name}: ${title}`, { skip }, async (t) => {
      const store = await (
        await place(t)
      ).open({ migrations: [...authorizationMigrations, ...changeMigrations, ...clientMigrations] })
      t.after(() => store.close())
      await work(store, t)
    })
  }

  check('of 50 who register one software at once, one owns it', async (store, t) => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        register(store, client(`c${at}`, { software: 'directory/s' }), {
          claim: { name: `jti-${at}`, expiresAt: NOW + DAY },
        }),
      ),
    )
    assert.deepEqual(
      all.toSorted(),
      ['registered', ...Array.from({ length: 49 }, () => 'software')].toSorted(),
    )
    assert.equal((await store.run(listClients, { after: '', limit: 100 })).length, 1)
    assert.equal((await told(t, store)).length, 1)
  })

  check('of 50 who bring one statement at once, one is registered by it', async (store) => {
    const claim = { name: 'jti', expiresAt: NOW + DAY }
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, at) => register(store, client(`c${at}`), { claim })),
    )
    assert.equal(all.filter((one) => one === 'registered').length, 1)
    assert.equal(all.filter((one) => one === 'statement').length, 49)
  })

  check('a refusal for its software leaves the statement unused', async (store) => {
    const claim = { name: 'jti', expiresAt: NOW + DAY }
    assert.equal(await register(store, client('a')), 'registered')
    assert.equal(
      await register(store, client('b', { software: 'directory/a' }), { claim }),
      'software',
    )
    assert.equal(await register(store, client('c'), { claim }), 'registered')
    assert.equal(await store.run(findClient, { id: 'b' }), null)
  })

  check('there are no more clients than there may be', async (store) => {
    assert.equal(await register(store, client('a'), { maxClients: 2 }), 'registered')
    assert.equal(await register(store, client('b'), { maxClients: 2 }), 'registered')
    assert.equal(await register(store, client('c'), { maxClients: 2 }), 'full')
    await store.run(removeClient, { id: 'a', by: 'third-party', act: act() })
    assert.equal(await register(store, client('c'), { maxClients: 2 }), 'registered')
  })

  check(
    'of 50 removals one is made; it is looked after until nothing is left',
    async (store, t) => {
      await register(store, client('a'))
      await register(store, client('b'))
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store.run(removeClient, {
            id: 'a',
            by: at % 2 === 0 ? 'bank' : 'third-party',
            act: act(`op ${at}`, { reason: 'why' }),
          }),
        ),
      )
      const [won] = all.filter((one) => one !== null)
      assert.equal(all.filter((one) => one !== null).length, 1)
      assert.deepEqual(
        [won?.state, won?.software, won?.token, won?.tokenBefore],
        ['removed', null, null, null],
      )
      const at = all.findIndex((one) => one !== null)
      const ending = (id: string | null, after = '', limit = 10) =>
        store.run(endingClients, { id, after, limit })
      const expected = {
        id: 'a',
        by: at % 2 === 0 ? 'bank' : 'third-party',
        actor: `op ${at}`,
        reason: 'why',
        removedAt: NOW,
      }
      assert.deepEqual(await ending(null), [expected])
      assert.deepEqual(await ending('b'), [], 'it is there')
      await store.run(removeClient, { id: 'b', by: 'bank', act: act('ops') })
      assert.deepEqual(
        (await ending(null, 'a')).map(({ id, reason }) => [id, reason]),
        [['b', null]],
      )
      assert.equal((await ending(null, '', 1)).length, 1)
      assert.deepEqual(await ending('a'), [expected])
      await store.run(endedClient, { id: 'a' })
      assert.deepEqual(await ending('a'), [])
      assert.equal(await store.run(removeClient, { id: 'a', by: 'bank', act: act() }), null)
      assert.equal(await register(store, client('c', { software: 'directory/a' })), 'registered')
      assert.equal((await told(t, store)).find(({ key }) => key === 'a')?.value ?? null, null)
    },
  )

  check(
    'of 50 changes of one version, one is made; the record says who and why',
    async (store, t) => {
      await register(store, client('a'))
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, at) => revise(store, client('a', { name: `name ${at}` }))),
      )
      assert.equal(all.filter((one) => one === 'revised').length, 1)
      assert.equal(all.filter((one) => one === 'stale').length, 49)
      const found = await store.run(findClient, { id: 'a' })
      assert.equal(found?.version, 2)
      assert.equal(found.name, `name ${all.indexOf('revised')}`)
      assert.deepEqual(
        (await told(t, store)).map(({ value }) => (value as { name?: unknown }).name),
        [found.name],
      )
    },
  )

  check('a client changes itself so often in a day and no more', async (store) => {
    await register(store, client('a'))
    for (let version = 1; version <= 3; version++)
      assert.equal(await revise(store, client('a', { version })), 'revised')
    assert.equal(await revise(store, client('a', { version: 4 })), 'often')
    assert.equal(await revise(store, client('a', { version: 4 }), { since: NOW }), 'revised')
  })

  check('a change claims another statement and keeps the one that it came with', async (store) => {
    const claim = (of: string) => ({ name: of, expiresAt: NOW + DAY })
    await register(store, client('a', { statement: 'one' }), { claim: claim('one') })
    const again = { claim: claim('one') }
    assert.equal(await revise(store, client('a', { statement: 'one' }), again), 'revised')
    await register(store, client('b', { statement: 'two' }), { claim: claim('two') })
    const foreign = client('a', { version: 2, statement: 'two' })
    assert.equal(await revise(store, foreign, { claim: claim('two') }), 'statement')
    assert.equal((await store.run(findClient, { id: 'a' }))?.statement, 'one')
  })

  check('what the bank said while a client changed itself stays', async (store) => {
    await register(store, client('a'))
    assert.equal((await suspend(store, 'a'))?.state, 'suspended')
    assert.equal(await revise(store, client('a', { state: 'active', version: 2 })), 'revised')
    assert.equal((await store.run(findClient, { id: 'a' }))?.state, 'suspended')
  })

  check(
    'a suspension is told with its reason, kept with its record, and undone by name',
    async (store, t) => {
      const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k1', x: 'AA' }] }
      await register(store, client('a', { metadata: JSON.stringify({ jwks }) }))
      await suspend(store, 'a')
      assert.equal(await suspend(store, 'a'), null, 'it is suspended already')
      assert.equal(await suspend(store, 'nobody'), null)
      assert.deepEqual(
        (await told(t, store)).map(({ kind, key, value }) => ({ kind, key, value })),
        [
          {
            kind: 'client',
            key: 'a',
            value: {
              id: 'a',
              name: 'Client a',
              status: 'suspended',
              reason: 'fraud',
              organizationIdentifier: 'PSDGB-FCA-123456',
              registerStatus: 'authorised',
              roles: ['PSP_AI'],
              jwks,
            },
          },
        ],
      )
      await suspend(store, 'a', { from: ['suspended'], state: 'active', what: 'resumed' })
      const history = await store.run(clientHistory, { id: 'a', limit: 10 })
      assert.deepEqual(
        history.map(({ version, what, actor }) => [version, what, actor]),
        [
          [3, 'resumed', 'operator'],
          [2, 'suspended', 'operator'],
          [1, 'registered', 'client'],
        ],
      )
      assert.equal(history[1]?.record, '{"article":"68"}')
      const [now] = await told(t, store)
      assert.ok(now)
      assert.equal((now.value as { status?: unknown }).status, 'active')
    },
  )

  check(
    'a register that withdraws ends every client of it, and the bank’s word outlives its return',
    async (store) => {
      await register(store, client('a'))
      await register(store, client('b'))
      await register(store, client('other', { organization: 'PSDDE-BAFIN-1' }))
      await suspend(store, 'b')
      const organization = 'PSDGB-FCA-123456'
      const apply = (state: 'withdrawn' | 'authorised') =>
        store.run(applyRegister, { organization, state, roles: [], act: act('register') })
      const changed = await apply('withdrawn')
      assert.deepEqual(
        changed.map(({ id }) => id),
        ['a', 'b'],
      )
      const active = async (id: string) => {
        const found = await store.run(findClient, { id })
        return found !== null && isActive(found)
      }
      assert.deepEqual(
        [await active('a'), await active('b'), await active('other')],
        [false, false, true],
      )
      assert.deepEqual(await apply('withdrawn'), [], 'said once')
      await apply('authorised')
      assert.deepEqual([await active('a'), await active('b')], [true, false])
    },
  )

  check('a removed client is gone for gateways, and its software is free', async (store, t) => {
    await register(store, client('a'))
    const gone = { id: 'a', by: 'third-party', act: act() } as const
    assert.equal((await store.run(removeClient, gone))?.software, null)
    assert.deepEqual(await told(t, store), [])
    assert.equal(await register(store, client('b', { software: 'directory/a' })), 'registered')
    assert.equal(await revise(store, client('a', { version: 2 })), 'stale')
    assert.equal((await store.run(clientHistory, { id: 'a', limit: 10 })).length, 2)
  })

  check('the token before is good until the new one was used', async (store) => {
    await register(store, client('a', { token: 'new', tokenBefore: 'old' }))
    await store.run(forgetToken, { id: 'a', token: 'old' })
    assert.equal((await store.run(findClient, { id: 'a' }))?.tokenBefore, 'old')
    await store.run(forgetToken, { id: 'a', token: 'new' })
    assert.equal((await store.run(findClient, { id: 'a' }))?.tokenBefore, null)
  })

  check('clients are listed by id, a page at a time', async (store) => {
    for (const id of ['c', 'a', 'b']) await register(store, client(id))
    const first = await store.run(listClients, { after: '', limit: 2 })
    assert.deepEqual(
      first.map(({ id }) => id),
      ['a', 'b'],
    )
    const rest = await store.run(listClients, { after: 'b', limit: 2 })
    assert.deepEqual(rest, [client('c')])
  })

  const URI = 'https://keys.example/a'
  const elsewhere = (id: string, uri = URI) =>
    client(id, { metadata: JSON.stringify({ jwks_uri: uri }) })
  const keySet = (kid: string, readAt: number) => ({
    uri: URI,
    keys: JSON.stringify({ keys: [{ kid }] }),
    readAt,
    problem: null,
  })

  check(
    'keys at an address are told with each of its clients, and forgotten with the last',
    async (store, t) => {
      await register(store, elsewhere('a', 'https://KEYS.example/a'))
      await register(store, elsewhere('b'))
      await register(store, elsewhere('c', 'https://keys.example/c'))
      await suspend(store, 'b')
      assert.deepEqual(await store.run(dueKeySets, { now: NOW, limit: 9 }), [
        URI,
        'https://keys.example/c',
      ])
      const kept = { set: keySet('k1', NOW), since: null, dueAt: NOW + DAY, at: NOW }
      assert.equal(await store.run(keepKeySet, kept), true)
      const keys = async () =>
        (await told(t, store)).map(({ key, value }) => {
          const { jwks, reason } = value as { jwks?: unknown; reason?: unknown } // sound: a client's
          return [key, jwks, reason]
        })
      const jwks = { keys: [{ kid: 'k1' }] }
      assert.deepEqual(await keys(), [
        ['a', jwks, undefined],
        ['b', jwks, 'fraud'],
        ['c', undefined, undefined],
      ])
      assert.deepEqual(await store.run(clientsOfKeySet, { uri: URI, after: 'a', limit: 9 }), ['b'])
      await revise(store, client('a'))
      await suspend(store, 'b', { from: ['suspended'], state: 'removed', what: 'removed' })
      assert.deepEqual((await keys())[0], ['a', undefined, undefined])
      await store.run(forgetKeySets, { except: [URI] })
      assert.notEqual(await store.run(findKeySet, { uri: URI }), null)
      await store.run(forgetKeySets, { except: [] })
      assert.equal(await store.run(findKeySet, { uri: URI }), null)
      assert.notEqual(await store.run(findKeySet, { uri: 'https://keys.example/c' }), null)
    },
  )

  check(
    'of clients of the configuration their keys are told and nothing else, of each whoever reads them',
    async (store, t) => {
      await register(store, elsewhere('a'))
      const there = 'https://keys.example/there'
      const [own, moved] = [
        { id: 'own', uri: URI },
        { id: 'moved', uri: there },
      ]
      const keys = async () =>
        (await told(t, store)).flatMap(({ kind, key, value }) =>
          kind === 'key' ? [[key, value]] : [],
        )
      await store.run(tellConfiguredKeys, { clients: [own, moved], at: NOW })
      assert.deepEqual(await store.run(dueKeySets, { now: NOW, limit: 9 }), [URI, there])
      assert.deepEqual(await keys(), [
        ['moved', { jwks_uri: there }],
        ['own', { jwks_uri: URI }],
      ])
      const kept = { set: keySet('k1', NOW), since: null, dueAt: NOW + DAY, at: NOW }
      assert.equal(await store.run(keepKeySet, kept), true)
      const jwks = { keys: [{ kid: 'k1' }] }
      assert.deepEqual(await keys(), [
        ['moved', { jwks_uri: there }],
        ['own', { jwks_uri: URI, jwks }],
      ])
      const before = (await told(t, store)).map(({ seq }) => seq)
      await store.run(tellConfiguredKeys, { clients: [own, moved], at: NOW })
      assert.deepEqual(
        (await told(t, store)).map(({ seq }) => seq),
        before,
        'what is known is not told again',
      )
      await store.run(tellConfiguredKeys, { clients: [{ ...moved, uri: URI }], at: NOW })
      assert.deepEqual(await keys(), [['moved', { jwks_uri: URI, jwks }]])
      const gone = { ...keySet('k1', NOW), keys: null }
      const next = { set: gone, since: NOW, dueAt: NOW + DAY, at: NOW }
      assert.equal(await store.run(keepKeySet, next), true)
      assert.deepEqual(await keys(), [['moved', { jwks_uri: URI }]])
      await store.run(tellConfiguredKeys, { clients: [], at: NOW })
      assert.deepEqual(await keys(), [])
    },
  )

  check(
    'of 50 whose turn it is one asks, and of 50 answers to one state one is kept',
    async (store) => {
      await register(store, elsewhere('a'))
      const claims = await Promise.all(
        Array.from({ length: 50 }, () =>
          store.run(claimKeySet, { uri: URI, now: NOW, dueAt: NOW + DAY }),
        ),
      )
      assert.equal(claims.filter(Boolean).length, 1)
      const kept = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          store.run(keepKeySet, { set: keySet(`k${n}`, NOW), since: null, dueAt: NOW, at: NOW }),
        ),
      )
      assert.equal(kept.filter(Boolean).length, 1)
      const found = await store.run(findKeySet, { uri: URI })
      assert.deepEqual(found, keySet(`k${kept.indexOf(true)}`, NOW))
    },
  )

  check('a feed hears of every change in order, each look a heartbeat', async (store, t) => {
    const clock = new FakeClock(NOW)
    const feed = openStoreFeed({ store, clock, scheduler: clock })
    t.after(() => feed.close())
    const heard: string[] = []
    let beats = 0
    const { seq } = await feed.snapshot()
    feed.subscribe(seq, {
      change: ({ key }) => heard.push(key),
      heartbeat: () => beats++,
    })
    assert.equal(beats, 1)
    await Promise.all(['a', 'b', 'c'].map((id) => register(store, client(id))))
    await feed.refresh()
    assert.deepEqual(heard.toSorted(), ['a', 'b', 'c'])
    await suspend(store, 'b')
    await feed.refresh()
    assert.equal(heard.at(-1), 'b')
    assert.ok(beats >= 3)
  })
}
