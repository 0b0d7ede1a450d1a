/** Keys of third parties behind a `jwks_uri`: what gateways and the token endpoint believe of them, when, and for how long. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { outboundFetch } from '../../../src/app/identity/outbound-fetch.ts'
import { changeLog } from '../../../src/feed/change-log.ts'
import { createProjection, type Feed, joinFeeds } from '../../../src/feed/index.ts'
import {
  ASKED_AGAIN_MS,
  clientKeys,
  KEYS_AT_ONCE,
  KEYS_EVERY_MS,
  KEYS_MAX_AGE_MS,
  MAX_ASKED_BY_REQUESTS,
} from '../../../src/identity/clients/client-keys.ts'
import { type ClientMetadata, MAX_CLIENT_KEYS } from '../../../src/identity/client-metadata.ts'
import type { Fetch } from '../../../src/identity/outbound.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import {
  decideClient,
  findKeySet,
  openStoreFeed,
  registerClient,
  removeClient,
  type Store,
} from '../../../src/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { client as stored } from '../../store/clients-contract.ts'
import { API, assertion, makeClient, type SigningJwk, signingJwk } from '../client.ts'
import { recordedEvidence } from '../evidence.ts'
import { sqlite } from '../rig.ts'
import { holder, uk, world } from './third-party.ts'

const URI = 'https://keystore.example/org/software.jwks'
const [one, two, three, four] = await Promise.all([
  signingJwk('PS256'),
  signingJwk('PS256'),
  signingJwk('ES256'),
  signingJwk('PS256'),
])
const setOf = (...keys: readonly object[]): string => JSON.stringify({ keys })
/** Slightly more than the longest turn. */
const TURN_MS = KEYS_EVERY_MS * 1.1 + 10_000

interface Site {
  /** `undefined`: it does not answer. */
  text: string | undefined | ((uri: string) => string | undefined)
  status: number
  readonly asked: string[]
  readonly fetch: Fetch
  /** How many were asked at once at most. */
  most: number
}
function site(text?: string): Site {
  let now = 0
  const made: Site = {
    text,
    status: 200,
    asked: [],
    most: 0,
    async fetch(url) {
      made.asked.push(String(url))
      made.most = Math.max(made.most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now--
      const text = typeof made.text === 'function' ? made.text(String(url)) : made.text
      if (text === undefined) throw new TypeError('nobody answers')
      return new Response(text, { status: made.status })
    },
  }
  return made
}

async function rig(
  t: TestContext,
  at: Site,
  {
    store: given,
    now,
    configured = () => [],
    files,
  }: {
    readonly store?: Store
    readonly now?: number
    readonly configured?: () => readonly ClientMetadata[]
    /** Of the bank's own records, beside what the store tells. */
    readonly files?: Feed
  } = {},
) {
  const store = given ?? (await sqlite(t))
  const clock = new FakeClock(now)
  const evidence = recordedEvidence()
  const said: unknown[] = []
  let recording = true
  const keys = clientKeys({
    fetch: at.fetch,
    store,
    clock,
    scheduler: { every: () => () => undefined, after: () => () => undefined },
    randomBytes,
    evidence: {
      write: (entry, correcting) =>
        recording ? evidence.write(entry, correcting) : Promise.reject(new Error('disk full')),
    },
    configured,
    say: (failure) => said.push(failure),
  })
  t.after(() => keys.stop())
  const feed = openStoreFeed({ store, clock, scheduler: clock })
  t.after(() => feed.close())
  const projection = await createProjection(
    files === undefined ? feed : joinFeeds(files, feed),
    clock,
  )
  return {
    store,
    clock,
    evidence,
    said,
    keys,
    record(on: boolean) {
      recording = on
    },
    register: (id: string, uri = URI) =>
      store.run(registerClient, {
        client: stored(id, { metadata: JSON.stringify({ jwks_uri: uri }) }),
        claim: null,
        act: { at: clock.now(), actor: 'client', reason: null, record: null },
        maxClients: 1_000,
      }),
    /** Lets the turn of everybody come. */
    async turn(ms = TURN_MS) {
      clock.advance(ms)
      await keys.look()
    },
    /** What a gateway verifies messages of this client with; `undefined`: with nothing. */
    async atGateway(id = 'tpp'): Promise<readonly string[] | undefined> {
      await feed.refresh()
      const record = projection.client(id)
      const list = record?.jwks?.['keys']
      // Sound: what `judgeKeySet` made.
      return list === undefined ? undefined : (list as { kid: string }[]).map(({ kid }) => kid)
    },
    /** As a gateway knows it; `undefined`: not. */
    status: (id: string) => projection.client(id)?.status,
    problem: async (uri = URI) => (await store.run(findKeySet, { uri }))?.problem,
    /** Of one client, what was recorded and which keys counted then. */
    events: (id: string) =>
      evidence.entries
        .filter(({ client }) => client === id)
        .map(({ outcome, keys: counted }) => [outcome, counted]),
  }
}
const kids = (...keys: readonly SigningJwk[]) => keys.map(({ open }) => String(open.kid)).toSorted()
const sorted = (list: readonly string[] | undefined) => list?.toSorted()

test('a gateway hears of the keys, of a rotation, and that a withdrawn one is gone', async (t) => {
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  await on.register('tpp')
  assert.equal(await on.atGateway(), undefined, 'nobody has asked yet')
  await on.keys.look()
  assert.deepEqual(await on.atGateway(), kids(one))
  at.text = setOf(two.open, three.open, one.open)
  await on.keys.look()
  assert.deepEqual(await on.atGateway(), kids(one), 'it is not its turn')
  await on.turn()
  assert.deepEqual(sorted(await on.atGateway()), kids(one, two, three))
  at.text = setOf(three.open, two.open)
  await on.turn()
  assert.deepEqual(sorted(await on.atGateway()), kids(two, three))
  at.text = setOf(two.open, three.open)
  await on.turn()
  assert.equal(on.evidence.entries.length, 3, 'another order is no change')
  assert.deepEqual(
    on.evidence.entries.map(({ action, outcome, client }) => [action, outcome, client]),
    Array.from({ length: 3 }, () => ['client-keys', 'done', 'tpp']),
  )
  at.text = setOf()
  await on.turn()
  assert.deepEqual(await on.atGateway(), [])
})

test('only what is public is told, and the status of a client is told with its keys', async (t) => {
  const on = await rig(t, site(setOf({ ...one.open, x5c: ['AAAA'], use: undefined, note: 'x' })))
  await on.register('tpp')
  await on.keys.look()
  const set = await on.store.run(findKeySet, { uri: URI })
  const [key] = (JSON.parse(set?.keys ?? '') as { keys: object[] }).keys
  assert.ok(key)
  assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const act = { at: on.clock.now(), actor: 'bank', reason: 'fraud', record: null }
  const from = ['active'] as const
  await on.store.run(decideClient, { id: 'tpp', from, state: 'suspended', what: 'suspended', act })
  assert.deepEqual(await on.atGateway(), kids(one), 'a suspension takes no keys away')
  await on.store.run(removeClient, { id: 'tpp', by: 'bank', act })
  assert.equal(await on.atGateway(), undefined)
})

const SMALL_RSA = {
  kty: 'RSA',
  kid: 'small',
  n: Buffer.alloc(128, 0xff).toString('base64url'),
  e: 'AQAB',
}
const UNREADABLE: readonly (readonly [string, string | undefined])[] = [
  ['nobody answers', undefined],
  ['more than 64 KB', setOf({ ...one.open, pad: 'x'.repeat(65_536) })],
  ['no JSON', '<html>'],
  ['no key set', '{"keys":{}}'],
  ['one member twice', '{"keys":[],"keys":[]}'],
  ['two keys of one kid', setOf(two.open, { ...one.open, kid: two.open.kid })],
  [
    'too many keys',
    setOf(
      ...Array.from({ length: MAX_CLIENT_KEYS + 1 }, (_, n) => ({ ...two.open, kid: `k${n}` })),
    ),
  ],
]
test('where no key set can be read, what was read last counts for a day, and it is told once', async (t) => {
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  const uris = UNREADABLE.map((_, n) => `https://k${n}.example/`)
  for (const [n, uri] of uris.entries()) await on.register(`c${n}`, uri)
  await on.keys.look()
  at.text = (uri) => UNREADABLE[uris.indexOf(uri)]?.[1]
  const readAt = on.clock.now()
  await on.turn()
  await on.turn()
  for (const [n, [title]] of UNREADABLE.entries()) {
    assert.deepEqual(await on.atGateway(`c${n}`), kids(one), title)
    assert.notEqual(await on.problem(uris[n]), null, title)
    assert.deepEqual(
      on.events(`c${n}`),
      [
        ['done', kids(one)],
        ['refused', kids(one)],
      ],
      title,
    )
  }
  await on.turn(readAt + KEYS_MAX_AGE_MS - 1 - on.clock.now())
  assert.deepEqual(await on.atGateway('c0'), kids(one), 'a moment before the day is over')
  await on.turn()
  for (const [n, [title]] of UNREADABLE.entries()) {
    assert.equal(await on.atGateway(`c${n}`), undefined, title)
    assert.deepEqual(on.events(`c${n}`).at(-1), ['done', []])
  }
  at.text = setOf(one.open)
  await on.turn()
  assert.deepEqual(await on.atGateway('c0'), kids(one))
  assert.equal(await on.problem(uris[0]), null)
})

test('a set in which nothing may count leaves none in force', async (t) => {
  const sets = {
    'a private key': setOf(two.open, one.jwk),
    'a symmetric key': setOf(two.open, { kty: 'oct', kid: 'k', k: 'AAAA' }),
    'keys of RS256 alone': setOf({ ...one.open, alg: 'RS256' }),
    'keys for encryption alone': setOf({ ...one.open, use: 'enc' }),
    'weak keys alone': setOf(SMALL_RSA),
  }
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  const titles = Object.keys(sets)
  for (const n of titles.keys()) await on.register(`c${n}`, `https://k${n}.example/`)
  await on.keys.look()
  at.text = (uri) => Object.values(sets)[Number(/\d+/.exec(uri)?.[0])]
  await on.turn()
  for (const [n, title] of titles.entries()) {
    assert.deepEqual(await on.atGateway(`c${n}`), [], title)
    assert.notEqual(await on.problem(`https://k${n}.example/`), null, title)
    assert.deepEqual(on.events(`c${n}`).at(-1), ['done', []], title)
  }
})

test('an answer that is no 200 is none', async (t) => {
  const at = site(setOf(one.open))
  at.status = 404
  const on = await rig(t, at)
  await on.register('tpp')
  await on.keys.look()
  assert.equal(await on.atGateway(), undefined)
})

test('of 50 clients with one address it is asked once, and once for all who run beside the store', async (t) => {
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  const beside = await rig(t, at, on)
  for (let n = 0; n < 50; n++) await on.register(`c${n}`, n % 2 === 0 ? URI : URI.replace('k', 'K'))
  await Promise.all([on.keys.look(), beside.keys.look(), on.keys.look()])
  assert.deepEqual(at.asked, [URI])
  for (let n = 0; n < 50; n++) assert.deepEqual(await on.atGateway(`c${n}`), kids(one))
  assert.equal(on.evidence.entries.length + beside.evidence.entries.length, 50)
  await on.register('late')
  assert.deepEqual(await on.atGateway('late'), kids(one), 'known without asking')
})

test('no more are asked at once than may be, and each has its turn', async (t) => {
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  for (let n = 0; n < 3 * KEYS_AT_ONCE; n++) await on.register(`c${n}`, `https://k${n}.example/`)
  await on.keys.look()
  assert.equal(new Set(at.asked).size, 3 * KEYS_AT_ONCE)
  assert.equal(at.most, KEYS_AT_ONCE)
  await on.turn(KEYS_EVERY_MS * 0.9 - 1)
  assert.equal(at.asked.length, 3 * KEYS_AT_ONCE, 'nobody before nine tenths of the time')
  await on.turn(KEYS_EVERY_MS * 0.2 + 1)
  assert.equal(at.asked.length, 6 * KEYS_AT_ONCE, 'everybody by eleven tenths')
})

test('what cannot be recorded is not believed, but what was withdrawn goes', async (t) => {
  const at = site(setOf(one.open, two.open))
  const on = await rig(t, at)
  await on.register('tpp')
  await on.keys.look()
  on.record(false)
  at.text = setOf(two.open, three.open)
  await on.turn()
  assert.deepEqual(await on.atGateway(), kids(two))
  assert.equal(on.said.length, 1)
  on.record(true)
  await on.turn()
  assert.deepEqual(sorted(await on.atGateway()), kids(two, three))
})

test('requests drive the address no faster than each ten seconds, and have what counts meanwhile', async (t) => {
  const at = site(setOf(one.open))
  const on = await rig(t, at)
  await on.register('tpp')
  const ask = async () => (await on.keys.fetch(URI, { method: 'GET' })).text()
  const all = await Promise.all(Array.from({ length: 50 }, ask))
  assert.equal(new Set(all).size, 1)
  assert.deepEqual(at.asked, [URI])
  at.text = setOf(two.open)
  await ask()
  assert.deepEqual(await on.atGateway(), kids(one))
  on.clock.advance(ASKED_AGAIN_MS)
  await ask()
  assert.deepEqual(await on.atGateway(), kids(two), 'the gateway hears of it at once')
  at.text = undefined
  on.clock.advance(ASKED_AGAIN_MS)
  assert.match(await ask(), new RegExp(String(two.open.kid)), 'what was read last')
  const strangers = Array.from({ length: 2 * MAX_ASKED_BY_REQUESTS }, (_, n) =>
    on.keys.fetch(`https://s${n}.example/`, { method: 'GET' }),
  )
  for (const { status } of await Promise.allSettled(strangers)) assert.equal(status, 'rejected')
  assert.ok(at.most <= MAX_ASKED_BY_REQUESTS)
})

test('an address of this machine or of a private network is never asked', async (t) => {
  const at = site()
  const on = await rig(t, { ...at, fetch: outboundFetch({ privateHosts: [] }) })
  for (const [n, host] of ['127.0.0.1:1', '[::1]:1', '169.254.169.254', '10.0.0.1'].entries())
    await on.register(`c${n}`, `https://${host}/keys`)
  await on.register('plain', 'http://keystore.example/keys')
  await on.keys.look()
  for (const entry of on.evidence.entries) assert.equal(entry.outcome, 'refused')
  assert.equal(on.evidence.entries.length, 5)
})

test('a third party of a directory rotates: its new key is taken at the token endpoint, its old one refused, gateways know', async (t) => {
  const clock = new FakeClock(Date.now())
  const at = site()
  const on = await world(t, { fetch: (uri) => at.fetch(uri, {}), clock })
  at.text = setOf(on.software.open)
  const who = holder()
  const registered = await on.send(
    who,
    'POST',
    '/register',
    await on.signed({
      ...(await uk(on)),
      software_statement: await on.statement({
        software_jwks: undefined,
        software_jwks_endpoint: URI,
      }),
    }),
  )
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const id = String(registered.body['client_id'])
  const token = async (key: SigningJwk): Promise<number> => {
    const client = await makeClient(id, {}, { algorithm: 'PS256' })
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'accounts',
      resource: API,
      client_assertion: await assertion({ ...client, key }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    const headers = { 'test-certificate': on.present(who) }
    return (await on.ask('/token', { method: 'POST', headers, body })).status
  }
  await on.server.look()
  const beside = await rig(t, at, { store: on.store, now: Date.now() })
  assert.deepEqual(await beside.atGateway(id), kids(on.software))
  at.text = setOf(two.open)
  clock.advance(ASKED_AGAIN_MS)
  assert.equal(await token(two), 200, 'a key that nobody knows is asked about')
  assert.deepEqual(await beside.atGateway(id), kids(two))
  assert.equal(await token(on.software), 401)

  // Another node reads the next rotation.
  at.text = setOf(four.open)
  await beside.turn()
  assert.deepEqual(await beside.atGateway(id), kids(four))
  assert.equal(await token(four), 200)
  assert.equal(await token(two), 401, 'a withdrawn key opens nothing here either')
})

/** The bank's own records, in files. */
function records() {
  const clock = new FakeClock()
  const log = changeLog()
  let seq = 0
  return {
    feed: { snapshot: () => Promise.resolve(log.snapshot()), subscribe: log.subscribe },
    put: (id: string, more: JsonObject | null = {}) =>
      log.publish(
        clock.now() + ++seq,
        'client',
        id,
        more === null ? null : { id, name: id, status: 'active', ...more },
      ),
  }
}

test("a client of the configuration: its record is the bank's, its keys are read and told as of one that registered", async (t) => {
  const at = site(setOf(one.open))
  const bank = records()
  bank.put('own')
  let clients: readonly ClientMetadata[] = [{ client_id: 'own', jwks_uri: URI }]
  const on = await rig(t, at, { configured: () => clients, files: bank.feed })
  await on.register('tpp')
  assert.equal(await on.atGateway('own'), undefined, 'nobody has asked yet')
  await on.keys.look()
  assert.deepEqual(at.asked, [URI], 'one address is one question')
  assert.deepEqual(await on.atGateway('own'), kids(one), 'before it ever authenticated')
  assert.deepEqual(await on.atGateway('tpp'), kids(one))
  assert.deepEqual(on.events('own'), [['done', kids(one)]])

  at.text = setOf(two.open)
  await on.turn()
  assert.deepEqual(await on.atGateway('own'), kids(two), 'a withdrawn key is gone')

  // What the file says of it counts, whatever was told.
  bank.put('own', { status: 'suspended' })
  assert.deepEqual([on.status('own'), await on.atGateway('own')], ['suspended', kids(two)])
  bank.put('own', { jwks: JSON.parse(setOf(three.open)) as JsonObject }) // sound: a set is an object
  assert.deepEqual(await on.atGateway('own'), kids(three), "keys of the file are the bank's word")
  bank.put('own')
  assert.deepEqual(await on.atGateway('own'), kids(two))
  bank.put('own', null)
  assert.equal(on.status('own'), undefined, 'keys make nobody a client')
  bank.put('own')
  assert.deepEqual(await on.atGateway('own'), kids(two))

  // Another gateway begins from the snapshot.
  const later = await rig(t, at, { store: on.store, configured: () => clients, files: bank.feed })
  assert.deepEqual(await later.atGateway('own'), kids(two))

  clients = []
  await on.keys.look()
  assert.equal(
    await on.atGateway('own'),
    undefined,
    'it is no client of the configuration any more',
  )
  assert.equal(on.status('own'), 'active', 'its record is')
  assert.deepEqual(await on.atGateway('tpp'), kids(two))
})

test('a client that goes to another address has the keys there, and none until they are read', async (t) => {
  const other = 'https://keystore.example/other.jwks'
  const at = site()
  at.text = (uri) => setOf(uri === other ? two.open : one.open)
  const bank = records()
  bank.put('own')
  let clients: readonly ClientMetadata[] = [{ client_id: 'own', jwks_uri: URI }]
  const on = await rig(t, at, { configured: () => clients, files: bank.feed })
  await on.keys.look()
  assert.deepEqual(await on.atGateway('own'), kids(one))
  clients = [{ client_id: 'own', jwks_uri: other }]
  const silent = at.text
  at.text = (uri) => (uri === other ? undefined : silent(uri))
  await on.keys.look()
  assert.equal(await on.atGateway('own'), undefined)
  at.text = silent
  await on.turn()
  assert.deepEqual(await on.atGateway('own'), kids(two))
  // By value again: what the server knows of it is no address.
  clients = [{ client_id: 'own', jwks: { keys: [one.open] } }]
  await on.keys.look()
  assert.equal(await on.atGateway('own'), undefined)
})

test('whichever node reads, gateways are told of each client that any node was configured with last', async (t) => {
  const at = site(setOf(one.open))
  const bank = records()
  bank.put('own')
  const clients = [{ client_id: 'own', jwks_uri: URI }]
  const on = await rig(t, at, { configured: () => clients, files: bank.feed })
  await on.keys.look()
  // A node that says nothing new of the configuration, and whose turn it is.
  const beside = await rig(t, at, { store: on.store, configured: () => clients })
  await beside.keys.look()
  at.text = setOf(four.open)
  await beside.turn()
  assert.deepEqual(await on.atGateway('own'), kids(four))
})

test('a server tells the keys of its configured clients from its first look on, and of those of a reload', async (t) => {
  const clock = new FakeClock(Date.now())
  const at = site(setOf(one.open))
  const own = (await makeClient('own')).metadata
  const { jwks: _, ...metadata } = own
  const elsewhere = { ...metadata, jwks_uri: URI }
  const clients = [elsewhere]
  const on = await world(t, { fetch: (uri) => at.fetch(uri, {}), clock, clients })
  const bank = records()
  bank.put('own')
  bank.put('more')
  const gateway = await rig(t, at, { store: on.store, files: bank.feed, now: Date.now() })
  await on.server.look()
  assert.deepEqual(await gateway.atGateway('own'), kids(one))
  assert.equal(await gateway.atGateway('more'), undefined)
  on.server.openClients([own, { ...elsewhere, client_id: 'more' }])()
  await on.server.look()
  assert.equal(await gateway.atGateway('own'), undefined)
  assert.deepEqual(await gateway.atGateway('more'), kids(one))
})
