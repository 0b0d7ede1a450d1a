/** A third party that the bank removes: through the control desk, whatever it had ends at the server and at every gateway, and its software is free. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { clientActions } from '../../../src/app/identity/client-actions.ts'
import { controlDesk } from '../../../src/app/control-desk.ts'
import { createLog } from '../../../src/app/log.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { createProjection, putRecord } from '../../../src/feed/index.ts'
import { clientDesk, type ClientDesk, type ConsentDesk } from '../../../src/identity/index.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import { openStoreFeed } from '../../../src/store/index.ts'
import { MemorySink } from '../../support/memory-sink.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'
import { makeClient, post, refresh } from '../client.ts'
import { callResource, ownToken, startBank } from '../consents/bank.ts'
import { back, begin, intent, page, Person, tokensFor } from '../consents/journey.ts'
import { holder, world } from './third-party.ts'

const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }
const FORM = { grant_type: 'client_credentials', scope: 'accounts' }

function operator(t: TestContext, desk: ClientDesk, consents?: ConsentDesk) {
  const sink = new MemorySink()
  const feedDir = temporaryFolder(t)
  const control = controlDesk({
    actions: clientActions(feedDir, desk, consents),
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
  const remove = (client: string | null, more: object = { reason: 'INC-90: its keys are sold' }) =>
    control.ask('client-remove', { who: 'dora', uid: 1000, client, ...more }, 'socket')
  return { sink, feedDir, remove }
}

test('what it had ends at once: its access, its tokens, its consents, at every gateway; who and why are on record', async (t) => {
  const { ask, server, store, evidence } = await startBank(t, { testClients: [] })
  const desk = clientDesk({ store, clock: systemClock, check: (one) => server.check(one) })
  const client = await makeClient('partner')
  const metadata = JSON.parse(JSON.stringify(client.metadata)) as JsonObject // sound: JSON of an object
  await desk.register(metadata, { by: 'dora', reason: 'contract' })
  const token = await ownToken(ask, client, 'accounts')
  const call = (method: string, path: string, body?: unknown) =>
    callResource(ask, client, token, method, path, { body })
  const id = String((await call('POST', PATH, BODY)).body.Data.ConsentId)
  const waiting = String((await call('POST', PATH, BODY)).body.Data.ConsentId)
  const person = new Person(ask)
  const login = page(await person.open(await begin(ask, client, { claims: intent(id) })))
  const confirm = page(await person.login(login))
  const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
  const tokens = await tokensFor(ask, client, answer)
  const feed = openStoreFeed({ store, clock: systemClock, scheduler: realScheduler })
  t.after(() => feed.close())
  const gateway = await createProjection(feed, systemClock)
  assert.equal(gateway.consent(id)?.status, 'AUTH')
  assert.equal(gateway.client('partner')?.status, 'active')

  const { remove, sink, feedDir } = operator(t, desk, server.consents)
  await putRecord(feedDir, 'client', { id: 'filed', name: 'Filed Ltd', status: 'active' })
  for (const [named, more, code] of [
    ['partner', {}, 'GH_CONTROL_REASON'],
    ['nobody', { reason: 'why' }, 'GH_CONTROL_CLIENT_UNKNOWN'],
    [null, { reason: 'why' }, 'GH_CONTROL_CLIENT_UNKNOWN'],
    ['filed', { reason: 'why' }, 'GH_CONTROL_CLIENT_FILED'],
  ] as const) {
    const refused = await remove(named, more)
    assert.deepEqual([refused.outcome, refused.code], ['refused', code])
  }
  assert.equal((await desk.show('partner'))?.status, 'active')

  const done = await remove('partner')
  assert.deepEqual([done.outcome, done.before, done.after], ['done', 'active', 'removed'])
  assert.deepEqual(done.details, ['consents ended: 2'])
  await until(() => gateway.client('partner') === undefined)
  await until(() => gateway.consent(id)?.status === 'terminated')
  assert.equal((await post(ask, client, '/token', FORM)).body['error'], 'invalid_client')
  assert.equal((await refresh(ask, client, tokens.refresh)).body['error'], 'invalid_client')
  assert.equal((await call('GET', `${PATH}/${id}`)).status, 401)
  for (const one of [id, waiting]) {
    const last = (await server.consents?.show(one))?.history.at(-1)
    assert.deepEqual(
      [last?.to, last?.by, last?.why],
      ['terminated', 'bank dora', 'INC-90: its keys are sold'],
    )
  }
  assert.deepEqual(
    evidence.lines(({ action }) => action === 'consent-terminate'),
    ['consent-terminate done', 'consent-terminate done'],
  )
  const control = sink.appended.map(({ event }) => event).at(-1)
  assert.ok(control?.kind === 'control')
  assert.deepEqual(
    [control.action, control.client, control.who, control.reason, control.outcome],
    ['client-remove', 'partner', 'dora', 'INC-90: its keys are sold', 'done'],
  )
  const view = await desk.show('partner')
  assert.deepEqual(
    [view?.status, view?.history[0]?.what, view?.history[0]?.by],
    ['removed', 'removed', 'dora'],
  )
  assert.equal((await remove('partner')).code, 'GH_CONTROL_CLIENT_STATE')
  const anew = desk.register(metadata, { by: 'dora', reason: 'again' })
  assert.equal(await anew, undefined, 'nobody is given a name that was somebody else’s')
})

test('a software whose first answer was lost is registered anew once the bank removed the client that nobody holds', async (t) => {
  const at = await world(t)
  await at.send(holder(), 'POST', '/register', await at.signed())
  const desk = clientDesk({ store: at.store, clock: systemClock, check: () => undefined })
  const [lost] = await desk.list('', 10)
  assert.ok(lost)
  const locked = await at.send(holder(), 'POST', '/register', await at.signed())
  assert.equal(locked.body['error'], 'invalid_client_metadata')
  const { remove } = operator(t, desk)
  const done = await remove(lost.id)
  assert.deepEqual([done.outcome, done.details], ['done', []])
  const anew = await at.send(holder(), 'POST', '/register', await at.signed())
  assert.equal(anew.status, 201)
  assert.notEqual(anew.body['client_id'], lost.id)
})
