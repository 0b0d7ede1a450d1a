/** The bank's hand on a consent: through the control desk, with a reason and an event; what it ends is over for tokens and gateways. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Compile } from 'typebox/schema'
import { controlDesk } from '../../../src/app/control-desk.ts'
import { consentActions } from '../../../src/app/identity/consent-actions.ts'
import { createLog } from '../../../src/app/log.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { createProjection } from '../../../src/feed/index.ts'
import { openStoreFeed } from '../../../src/store/index.ts'
import { MemorySink } from '../../support/memory-sink.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { until } from '../../support/until.ts'
import { makeClient, refresh } from '../client.ts'
import { callResource, ownToken, startBank } from './bank.ts'
import { back, begin, intent, page, Person, tokensFor } from './journey.ts'

const SCHEMAS = join(import.meta.dirname, '..', '..', '..', 'schemas', 'cli')
const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }

async function bank(t: TestContext) {
  const client = await makeClient('tpp')
  const rig = await startBank(t, { testClients: [client] })
  const token = await ownToken(rig.ask, client, 'accounts')
  const call = (method: string, path: string, body?: unknown) =>
    callResource(rig.ask, client, token, method, path, { body })
  const id = String((await call('POST', PATH, BODY)).body.Data.ConsentId)
  const sink = new MemorySink()
  const desk = controlDesk({
    actions: consentActions(rig.server.consents),
    events: sink,
    clock: systemClock,
    uuid: randomUUID,
    log: createLog(
      () => ({ level: 'error', format: 'json' }),
      () => undefined,
      systemClock,
    ),
    pause: () => Promise.resolve(),
  })
  const end = (consent: string, more: object = { reason: 'fraud, INC-82' }) =>
    desk.ask('consent-end', { who: 'dora', uid: 1000, consent, ...more }, 'socket')
  return { ...rig, client, call, id, sink, end }
}

test('what the bank ends is over at once: its status, its tokens, every gateway; who and why are on record', async (t) => {
  const { ask, client, call, id, sink, end, store, evidence, server } = await bank(t)
  const person = new Person(ask)
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  const confirm = page(await person.login(login))
  const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
  const tokens = await tokensFor(ask, client, answer)
  const feed = openStoreFeed({ store, clock: systemClock, scheduler: realScheduler })
  t.after(() => feed.close())
  const gateway = await createProjection(feed, systemClock)
  assert.equal(gateway.consent(id)?.status, 'AUTH')

  const done = await end(id)
  assert.deepEqual([done.outcome, done.before, done.after], ['done', 'authorised', 'terminated'])
  await until(() => gateway.consent(id)?.status === 'terminated')
  assert.equal((await refresh(ask, client, tokens.refresh)).body['error'], 'invalid_grant')
  assert.equal((await call('GET', `${PATH}/${id}`)).body.Data.Status, 'CANC')
  const [control] = sink.appended.map(({ event }) => event)
  assert.ok(control?.kind === 'control')
  assert.deepEqual(
    [control.who, control.reason, control.outcome],
    ['dora', 'fraud, INC-82', 'done'],
  )
  const [event] = evidence.entries.filter(({ action }) => action === 'consent-terminate')
  assert.deepEqual([event?.by, event?.consent, event?.after], ['bank', id, 'terminated'])

  const view = await server.consents?.show(id)
  assert.deepEqual(view?.history.map(({ to, by, why }) => [to, by, why]).slice(-2), [
    ['authorised', 'customer', 'authorised'],
    ['terminated', 'bank dora', 'fraud, INC-82'],
  ])
  const published = readFileSync(join(SCHEMAS, 'consents-show.schema.json'), 'utf8')
  assert.deepEqual(Compile(JSON.parse(published) as object).Errors(view)[1], []) // sound: our own file
  assert.ok(!JSON.stringify(view).includes('amira') && !JSON.stringify(view).includes('22200'))
  const listed = await server.consents?.list({ client: 'tpp', limit: 10 })
  assert.deepEqual(
    listed?.consents.map((one) => [one.id, one.status, one.accounts]),
    [[id, 'terminated', 1]],
  )
  assert.ok(!/amira|22200/.test(JSON.stringify(listed)))
  const again = await end(id)
  assert.deepEqual([again.outcome, again.code], ['refused', 'GH_CONTROL_CONSENT_STATE'])
})

test('without a reason, or of an unknown consent, nothing ends; the attempt is on record', async (t) => {
  const { id, sink, end, call } = await bank(t)
  const cases = [
    [await end(id, {}), 'GH_CONTROL_REASON'],
    [await end('nobody'), 'GH_CONTROL_CONSENT_UNKNOWN'],
    [await end(''), 'GH_CONTROL_CONSENT_UNKNOWN'],
  ] as const
  for (const [outcome, code] of cases)
    assert.deepEqual([outcome.outcome, outcome.code], ['refused', code])
  assert.equal(sink.appended.length, 3)
  assert.equal((await call('GET', `${PATH}/${id}`)).body.Data.Status, 'AWAU')
})
