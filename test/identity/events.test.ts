/** What the authorization server does is on record before it counts, under ids that whoever was refused can name, and without names. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { explain } from '../../src/app/explain.ts'
import { identityEvents, MAX_TEXT_CHARS } from '../../src/app/identity/identity-events.ts'
import { planArchive } from '../../src/app/plan-archive.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { indexRow } from '../../src/audit/index-row.ts'
import {
  type EventSink,
  type IdentityEvent,
  openSpool,
  type StoredEvent,
  toOcsf,
  verifySpool,
} from '../../src/events/index.ts'
import { createPseudonym } from '../../src/gateway/core/index.ts'
import { DECISION_HEADER } from '../../src/identity/evidence.ts'
import type { Scheduler } from '../../src/lib/index.ts'
import { MemorySink } from '../support/memory-sink.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  authorize,
  authorizePath,
  Browser,
  makeClient,
  makeGateway,
  post,
  push,
  redeem,
  refresh,
  type TestClient,
} from './client.ts'
import { callResource, ownToken, startBank } from './consents/bank.ts'
import { back, begin, intent, page, Person, tokensFor } from './consents/journey.ts'
import { startRig } from './rig.ts'

const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }
const key = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }
const pseudonym = createPseudonym(() => key)
/** What is tried again is tried at once. */
const atOnce: Scheduler = {
  every: () => () => undefined,
  after(_ms, work) {
    queueMicrotask(work)
    return () => undefined
  },
}
const recorderOver = (events: EventSink) =>
  identityEvents({ events, clock: systemClock, scheduler: atOnce, randomBytes, pseudonym })

async function bank(t: TestContext, more: Partial<Parameters<typeof startBank>[1]> = {}) {
  const client = await makeClient('tpp')
  const rig = await startBank(t, { testClients: [client], ...more })
  const token = await ownToken(rig.ask, client, 'accounts')
  const call = (method: string, path: string, body?: unknown, by = token) =>
    callResource(rig.ask, client, by, method, path, { body })
  return { ...rig, client, call, token }
}
async function consentOf({ call }: Awaited<ReturnType<typeof bank>>): Promise<string> {
  const made = await call('POST', PATH, BODY)
  assert.equal(made.status, 201, made.text)
  return String(made.body.Data.ConsentId)
}
async function agree(ask: Awaited<ReturnType<typeof bank>>['ask'], path: string) {
  const person = new Person(ask)
  const confirm = page(await person.login(page(await person.open(path))))
  return person.send(confirm, /\/confirm$/, [['account', '22200']])
}

test('a journey is on record step by step, each with its client, its customer and its consent', async (t) => {
  const rig = await bank(t)
  const { ask, client, call, evidence } = rig
  const id = await consentOf(rig)
  const tokens = await tokensFor(
    ask,
    client,
    back(await agree(ask, await begin(ask, client, { claims: intent(id) }))),
  )
  assert.equal((await refresh(ask, client, tokens.refresh)).status, 200)
  assert.equal((await post(ask, client, '/revoke', { token: tokens.refresh })).status, 200)
  assert.deepEqual(
    evidence.lines(({ action }) => !action.startsWith('key-')),
    [
      'token done',
      'consent-create done',
      'login done',
      'consent-authorise done',
      'authorization-code done',
      'token done',
      'token done',
      'consent-cancel done',
      'token-revoke done',
    ],
  )
  const of = evidence.entries.filter(({ consent }) => consent === id)
  assert.equal(of.length, 8)
  assert.ok(of.every(({ client: by }) => by === 'tpp'))
  assert.deepEqual(
    of.slice(1).map(({ subject }) => subject),
    Array.from({ length: 7 }, () => 'cust-amira'),
  )
  const [, first] = evidence.entries.filter(({ action }) => action === 'token')
  assert.deepEqual(first?.purpose, 'authorization_code')
  assert.equal(first?.authentication, 'private_key_jwt')
  assert.equal(first?.keys?.length, 2, 'of the access token and of the ID token')
  assert.equal((await call('GET', `${PATH}/${id}`)).body.Data.Status, 'CANC')
})

test('in the spool stand hashes: no customer, no consent, no token, no code; the chain holds and explains', async (t) => {
  const dir = join(temporaryFolder(t), 'spool')
  const spool = await openSpool({ dir, scheduler: realScheduler, create: true })
  t.after(() => spool.close())
  const rig = await bank(t, { evidence: recorderOver(spool) })
  const { ask, client } = rig
  const id = await consentOf(rig)
  const answer = back(await agree(ask, await begin(ask, client, { claims: intent(id) })))
  const tokens = await tokensFor(ask, client, answer)
  let said: string | null = null
  const again = await redeem(
    async (...request) => {
      const response = await ask(...request)
      said = response.headers.get(DECISION_HEADER)
      return response
    },
    client,
    answer.get('code') ?? '',
  )
  assert.equal(again.status, 400)

  const stored: StoredEvent[] = []
  const end = new AbortController()
  for await (const one of spool.tail({ from: 1, signal: end.signal })) {
    stored.push(one)
    if (one.seq === spool.lastSeq) break
  }
  const report = await verifySpool(dir)
  assert.deepEqual(report.damage, null)
  const bytes = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(dir, name), 'latin1'))
    .join('')
  assert.ok(bytes.includes('consent-authorise'), 'the check is blind')
  for (const secret of [
    'amira',
    'cust-',
    id,
    '08080021325698',
    answer.get('code'),
    tokens.access,
    tokens.refresh,
  ])
    assert.ok(!bytes.includes(String(secret)), String(secret))
  // As a word: a digest may hold any five digits.
  assert.doesNotMatch(bytes, /\b22200\b/)

  const events = stored.flatMap(({ event }) => (event.kind === 'identity' ? [event] : []))
  const authorised = events.find(({ action }) => action === 'consent-authorise')
  assert.equal(authorised?.subject, pseudonym('subject', 'cust-amira'))
  assert.equal(authorised?.consent, pseudonym('consent', id))
  assert.deepEqual([authorised?.before, authorised?.after], ['awaiting', 'authorised'])

  // What the third party was told is enough for the bank.
  assert.match(String(said), /^[0-9a-hjkmnp-tv-z]{26}$/)
  const refused = stored.find(({ event }) => event.id === said)
  assert.ok(refused)
  const told = explain(refused, planArchive(temporaryFolder(t)))
  assert.deepEqual([told.outcome, told.code, told.status], ['refused', 'GH_IDENTITY_REFUSED', 400])
  assert.match(told.sentence, /tpp.*invalid_grant/)
  assert.ok(told.facts.some(({ name, value }) => name === 'client' && value === 'tpp'))
  const row = indexRow(1, refused.event, { ordinal: 1, start: 0 })
  assert.deepEqual([row.operation, row.client, row.outcome], ['token', 'tpp', 2])
  for (const event of events) {
    const mapped = toOcsf(event, '0')
    const needed = event.action.startsWith('consent-') || event.action.startsWith('key-')
    assert.ok(mapped?.[needed ? 'entity' : 'user'] !== undefined, event.action)
    assert.equal(
      mapped?.['type_uid'],
      Number(mapped?.['class_uid']) * 100 + Number(mapped?.['activity_id']),
    )
  }
})

test('what cannot be recorded does not happen: no consent, no authorisation, no code, no token, and all of it afterwards', async (t) => {
  const sink = new MemorySink()
  const rig = await bank(t, { evidence: recorderOver(sink) })
  const { ask, client, call } = rig
  const id = await consentOf(rig)
  const failing = async <T>(act: () => Promise<T>): Promise<T> => {
    sink.failure = new Error('the disk is full')
    try {
      return await act()
    } finally {
      sink.failure = undefined
    }
  }
  assert.equal((await failing(() => call('POST', PATH, BODY))).status, 500)
  assert.equal((await failing(() => call('DELETE', `${PATH}/${id}`))).status, 500)
  const person = new Person(ask)
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  page(await failing(() => person.login(login)), 500)
  const confirm = page(await person.login(login))
  page(await failing(() => person.send(confirm, /\/confirm$/, [['account', '22200']])), 500)
  assert.equal((await call('GET', `${PATH}/${id}`)).body.Data.Status, 'AWAU')
  const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  const withheld = await failing(() => post(ask, client, '/token', form))
  assert.deepEqual([withheld.status, withheld.body], [503, { error: 'temporarily_unavailable' }])
  await tokensFor(ask, client, answer)
})

test('a code that cannot be recorded leaves with nobody, neither in an address nor in a cookie', async (t) => {
  const sink = new MemorySink()
  const client = await makeClient('tpp')
  const { ask } = await startRig(t, {
    testClients: [client],
    evidence: {
      write(entry) {
        if (entry.action === 'authorization-code') sink.failure = new Error('full')
        return recorderOver(sink).write(entry)
      },
    },
  })
  const end = await new Browser(ask).follow(authorizePath(client, await push(ask, client)))
  assert.ok(!(end instanceof URL))
  assert.equal(end.status, 503)
  assert.equal(end.headers.get('location'), null)
  assert.equal(end.headers.getSetCookie().length, 0)
  assert.deepEqual(await end.json(), { error: 'temporarily_unavailable' })
})

test('every refusal has an id in its header, and quotes nothing that was sent', async (t) => {
  const [client, stranger, gateway] = await Promise.all([
    makeClient('tpp'),
    makeClient('nobody'),
    makeGateway(),
  ])
  const { ask, evidence } = await startRig(t, { testClients: [client, gateway] })
  const credentials = { grant_type: 'client_credentials', scope: 'accounts' }
  const cases: readonly (readonly [TestClient, string, Record<string, string>, string, string])[] =
    [
      [stranger, '/token', credentials, 'token', 'invalid_client'],
      [
        client,
        '/token',
        { grant_type: 'authorization_code', code: 'guessed' },
        'token',
        'invalid_request',
      ],
      [
        client,
        '/token',
        { ...credentials, resource: 'https://else.example' },
        'token',
        'invalid_target',
      ],
      [
        client,
        '/par',
        { client_id: 'tpp', scope: 'openid' },
        'authorization-request',
        'invalid_request',
      ],
      [stranger, '/introspect', { token: 'guessed' }, 'introspection', 'invalid_client'],
      [stranger, '/revoke', { token: 'guessed' }, 'token-revoke', 'invalid_client'],
      [
        client,
        '/par',
        {
          client_id: 'tpp',
          authorization_details: JSON.stringify([{ type: 'DE89370400440532013000' }]),
        },
        'authorization-request',
        '',
      ],
    ]
  for (const [by, path, form, action, error] of cases) {
    let header: string | null = null
    const spying: typeof ask = async (...request) => {
      const response = await ask(...request)
      header = response.headers.get(DECISION_HEADER)
      return response
    }
    const { status } = await post(spying, by, path, form)
    assert.ok(status >= 400, path)
    const entry = evidence.find(String(header))
    assert.deepEqual([entry?.action, entry?.outcome], [action, 'refused'], path)
    if (error !== '') assert.equal(entry?.error, error)
    assert.ok(!JSON.stringify(entry).includes('DE8937'))
  }
})

test('a refusal that goes through the browser tells its id to the third party', async (t) => {
  const client = await makeClient('tpp')
  const { ask, evidence } = await startRig(t, { testClients: [client], customer: 'refuses' })
  const answer = await authorize(ask, client, await push(ask, client))
  assert.equal(answer.get('error'), 'access_denied')
  const id = /\(decision (.*)\)$/.exec(answer.get('error_description') ?? '')?.[1] ?? ''
  assert.equal(evidence.find(id)?.error, 'access_denied')
  assert.deepEqual([...answer.keys()].toSorted(), ['error', 'error_description', 'iss', 'state'])
})

test('a failed login and a refusal of the customer are on record, without what was typed', async (t) => {
  const rig = await bank(t)
  const { ask, client, evidence } = rig
  const id = await consentOf(rig)
  const person = new Person(ask)
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  page(await person.login(login, 'my-secret-typed-as-a-name'), 403)
  const confirm = page(await person.login(login))
  assert.equal(back(await person.send(confirm, /\/refuse$/)).get('error'), 'access_denied')
  assert.deepEqual(
    evidence.lines(({ action }) => /^(login|consent-refuse|authorization)/.test(action)),
    [
      'login refused login_failed',
      'login done',
      'consent-refuse done',
      'authorization-request refused access_denied',
    ],
  )
  assert.ok(!JSON.stringify(evidence.entries).includes('my-secret'))
  const resource = await rig.call('GET', `${PATH}/unknown`)
  const entry = evidence.find(String(resource.headers.get(DECISION_HEADER)))
  assert.deepEqual(
    [entry?.action, entry?.client, entry?.error],
    ['consent-request', 'tpp', 'status 400'],
  )
})

test('texts of an event are bounded, and an id that is corrected stays', async () => {
  const sink = new MemorySink()
  const recorder = recorderOver(sink)
  const long = 'x'.repeat(MAX_TEXT_CHARS + 1)
  const id = await recorder.write({
    action: 'token',
    outcome: 'done',
    by: 'third-party',
    client: long,
  })
  const entry = { action: 'token', outcome: 'refused', by: 'third-party', error: 'stale' } as const
  assert.equal(await recorder.write(entry, id), id)
  const events = sink.appended.map(({ event, durability }) => {
    assert.equal(durability, 'strict')
    return event as IdentityEvent // sound: nothing else was appended
  })
  assert.equal(events[0]?.client?.length, MAX_TEXT_CHARS)
  assert.deepEqual(
    events.map(({ id: one, outcome, code }) => [one === id, outcome, code]),
    [
      [true, 'done', null],
      [true, 'refused', 'GH_IDENTITY_REFUSED'],
    ],
  )
})
