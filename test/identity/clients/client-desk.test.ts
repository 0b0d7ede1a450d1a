/** What the bank decides of a third party, and that it counts at the server and at every gateway within a second. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { clientActions } from '../../../src/app/identity/client-actions.ts'
import type { Asked } from '../../../src/app/control-desk.ts'
import { openFeed } from '../../../src/app/open-feed.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { createProjection, listRecords, putRecord } from '../../../src/feed/index.ts'
import { clientDesk } from '../../../src/identity/index.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeClient, post, type TestClient } from '../client.ts'
import { holder, ORGANIZATION, world } from './third-party.ts'

const WHY = { by: 'Dana Okafor', reason: 'INC-81: keys were stolen' }

async function registered(t: TestContext, options = {}) {
  const at = await world(t, options)
  const me = holder()
  const { body } = await at.send(me, 'POST', '/register', await at.signed())
  const id = String(body['client_id'])
  const client: TestClient = {
    metadata: { client_id: id },
    key: at.software,
    algorithm: 'PS256',
    proofKey: at.software,
    certificate: undefined,
  }
  const headers = { 'test-certificate': at.present(me) }
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  const token = async () => (await post(at.ask, client, '/token', form, { headers })).status
  const bearer = { authorization: `Bearer ${String(body['registration_access_token'])}` }
  return {
    at,
    me,
    id,
    token,
    bearer,
    desk: clientDesk({
      store: at.store,
      clock: systemClock,
      check: (metadata) => at.server.check(metadata),
    }),
  }
}

test('a suspension ends access at once, keeps its record, and is undone by name', async (t) => {
  const { at, me, id, token, bearer, desk } = await registered(t)
  assert.equal(await token(), 200)
  const done = await desk.suspend(id, WHY, 'told in the app')
  assert.equal(done?.status, 'suspended')
  assert.equal(await token(), 401)
  const read = await at.send(me, 'GET', `/register/${id}`, undefined, bearer)
  assert.equal(read.status, 200, 'it may know what it is')
  const put = await at.send(me, 'PUT', `/register/${id}`, await at.signed(), bearer)
  assert.deepEqual([put.status, put.body['error']], [403, 'access_denied'])
  const again = await at.send(me, 'POST', '/register', await at.signed())
  assert.equal(again.body['error'], 'invalid_client_metadata', 'no second client of the software')

  const view = await desk.show(id)
  const [suspended] = view?.history ?? []
  assert.equal(suspended?.what, 'suspended')
  assert.equal(suspended.by, WHY.by)
  const { record } = suspended
  assert.equal(record?.['law'], 'PSD2 Art. 68(5), (6)')
  assert.equal(record['customerNotice'], 'told in the app')
  assert.equal(record['authority'], 'GB-FCA')
  assert.equal(record['endedAt'], null)
  for (const part of [ORGANIZATION, id, WHY.reason, 'told in the app', WHY.by])
    assert.ok(JSON.stringify(record['authorityDraft']).includes(part), part)

  assert.equal(await desk.suspend(id, WHY, 'again'), undefined)
  assert.equal((await desk.resume(id, { ...WHY, reason: 'new keys' }))?.status, 'active')
  assert.equal(await token(), 200)
  const [resumed] = (await desk.show(id))?.history ?? []
  assert.ok(resumed?.record)
  const { begunAt, endedAt } = resumed.record
  assert.equal(begunAt, record['begunAt'])
  assert.ok(typeof endedAt === 'string' && typeof begunAt === 'string' && endedAt >= begunAt)
  assert.equal(await desk.resume(id, WHY), undefined)
  assert.equal(await desk.resume('nobody', WHY), undefined)
  assert.equal(await desk.show('nobody'), undefined)
})

test('what it may do is shown, without keys and without its token', async (t) => {
  const { id, desk, bearer } = await registered(t)
  const view = await desk.show(id)
  assert.equal(view?.metadata['scope'], 'openid accounts payments')
  assert.deepEqual(view.roles, ['PSP_AI', 'PSP_PI'])
  assert.equal(view.registerStatus, 'authorised')
  assert.equal(view.metadata['jwks'], undefined)
  const token = bearer.authorization.slice('Bearer '.length)
  assert.ok(!JSON.stringify(view).includes(token))
  assert.deepEqual(
    (await desk.list('', 10)).map((one) => one.id),
    [id],
  )
  assert.deepEqual(await desk.list(id, 10), [])
})

test('a suspension and a withdrawal each stay when the other ends', async (t) => {
  const { at, id, token, desk } = await registered(t)
  await at.setRegister([{ status: 'withdrawn' }])
  assert.equal((await desk.suspend(id, WHY, 'told'))?.status, 'suspended')
  await at.setRegister([{}])
  assert.equal(await token(), 401, 'the bank has not resumed it')
  await at.setRegister([{ status: 'withdrawn' }])
  assert.equal((await desk.resume(id, WHY))?.status, 'suspended', 'the register still withdraws it')
  assert.equal(await token(), 401)
  await at.setRegister([{}])
  assert.equal(await token(), 200)
})

test('a partner has access once somebody approved it, and not before', async (t) => {
  const at = await world(t, { partners: true })
  await at.setRegister([])
  const partner = holder(null, null)
  const { body } = await at.send(partner, 'POST', '/register', await at.signed())
  const id = String(body['client_id'])
  const desk = clientDesk({
    store: at.store,
    clock: systemClock,
    check: (metadata) => at.server.check(metadata),
  })
  assert.equal((await desk.show(id))?.status, 'pending')
  assert.equal(await desk.resume(id, WHY), undefined)
  assert.equal((await desk.approve(id, WHY))?.status, 'active')
  assert.equal(await desk.approve(id, WHY), undefined)
})

test('gateways hear of registration, suspension and withdrawal within a second', async (t) => {
  const at = await world(t)
  const dir = temporaryFolder(t)
  mkdirSync(join(dir, 'feed'))
  const config = { dir, feedDir: join(dir, 'feed'), identity: {} as never, store: null } // sound: only whether it is there counts
  const feed = openFeed({
    config,
    store: at.store,
    clock: systemClock,
    scheduler: realScheduler,
  })
  t.after(() => feed.close())
  const gateway = await createProjection(feed.all, systemClock)
  const desk = clientDesk({
    store: at.store,
    clock: systemClock,
    check: (metadata) => at.server.check(metadata),
  })
  const { body } = await at.send(holder(), 'POST', '/register', await at.signed())
  const id = String(body['client_id'])
  const heard = async (status: string | undefined): Promise<void> => {
    const from = performance.now()
    while (gateway.client(id)?.status !== status) {
      assert.ok(performance.now() - from < 1_000, `${status} was not heard within a second`)
      await pause(10)
    }
  }
  await heard('active')
  assert.equal(gateway.client(id)?.organizationIdentifier, ORGANIZATION)
  await desk.suspend(id, WHY, 'told')
  await heard('suspended')
  await desk.resume(id, WHY)
  await heard('active')
  await at.setRegister([{ status: 'withdrawn' }])
  await heard('suspended')
  assert.equal(gateway.client(id)?.registerStatus, 'withdrawn')
})

test('operators are refused what makes no sense, and files are changed as the store is', async (t) => {
  const { id, desk } = await registered(t)
  const feedDir = temporaryFolder(t)
  await putRecord(feedDir, 'client', { id: 'filed', name: 'Filed Ltd', status: 'active' })
  const actions = clientActions(feedDir, desk)
  const asked = (changes: Partial<Asked>): Asked => ({
    who: WHY.by,
    uid: null,
    via: 'socket',
    reason: WHY.reason,
    apis: [],
    forSeconds: null,
    until: null,
    hold: null,
    client: id,
    notice: 'told',
    metadata: null,
    consent: null,
    proposal: null,
    ...changes,
  })
  for (const [name, changes, code] of [
    ['client-suspend', { reason: null }, 'GH_CONTROL_REASON'],
    ['client-suspend', { notice: null }, 'GH_CONTROL_NOTICE'],
    ['client-suspend', { client: 'nobody' }, 'GH_CONTROL_CLIENT_UNKNOWN'],
    ['client-suspend', { client: null }, 'GH_CONTROL_CLIENT_UNKNOWN'],
    ['client-resume', {}, 'GH_CONTROL_CLIENT_STATE'],
    ['client-approve', {}, 'GH_CONTROL_CLIENT_STATE'],
    ['client-resume', { client: 'filed' }, 'GH_CONTROL_CLIENT_STATE'],
  ] as const) {
    const prepared = await actions[name](asked(changes))
    assert.equal(prepared.outcome, 'refused', name)
    assert.equal(prepared.code, code, name)
  }
  for (const client of [id, 'filed']) {
    const suspended = await actions['client-suspend'](asked({ client }))
    assert.deepEqual([suspended.before, suspended.after], ['active', 'suspended'])
    await suspended.commit?.()
    const resumed = await actions['client-resume'](asked({ client }))
    assert.deepEqual([resumed.before, resumed.after], ['suspended', 'active'], client)
    if (client === 'filed') {
      const { records } = await listRecords(feedDir)
      assert.equal(records[0]?.record['status'], 'suspended')
      assert.equal(records[0].record['reason'], `${WHY.reason} (${WHY.by})`)
    }
    await resumed.commit?.()
  }
  const { records } = await listRecords(feedDir)
  assert.equal(records[0]?.record['status'], 'active')
  assert.equal((await desk.show(id))?.status, 'active')
})

test('a client that the bank registers itself is judged as every other, kept once, and served at once', async (t) => {
  const at = await world(t)
  const desk = clientDesk({
    store: at.store,
    clock: systemClock,
    check: (metadata) => at.server.check(metadata),
  })
  const actions = clientActions(temporaryFolder(t), desk)
  const client = await makeClient('partner')
  const metadata = JSON.parse(JSON.stringify(client.metadata)) as JsonObject // sound: JSON of an object
  const ask = (changes: Partial<Asked>) =>
    actions['client-register']({
      who: WHY.by,
      uid: null,
      via: 'socket',
      reason: WHY.reason,
      apis: [],
      forSeconds: null,
      until: null,
      hold: null,
      client: null,
      consent: null,
      notice: null,
      metadata,
      proposal: null,
      ...changes,
    })
  const { jwks: _, ...keyless } = metadata
  for (const wrong of [
    { ...metadata, token_endpoint_auth_method: 'none' },
    { ...metadata, dpop_bound_access_tokens: false },
    { ...metadata, redirect_uris: ['http://partner.example/'] },
    keyless,
  ])
    await assert.rejects(async () => ask({ metadata: wrong }), { code: 'GH_IDENTITY_CLIENT' })
  for (const wrong of [null, {}, { client_id: 7 }])
    assert.equal((await ask({ metadata: wrong })).code, 'GH_IDENTITY_CLIENT')
  await assert.rejects(desk.register({ ...metadata, client_id: 'a b' }, WHY), {
    code: 'GH_IDENTITY_CLIENT',
  })
  assert.equal((await ask({ reason: null })).code, 'GH_CONTROL_REASON')
  await (await ask({})).commit?.()
  assert.equal((await ask({})).code, 'GH_CONTROL_CLIENT_STATE')
  assert.equal(await desk.register(metadata, WHY), undefined)
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  assert.equal((await post(at.ask, client, '/token', form)).status, 200)
  const [made] = (await desk.show('partner'))?.history ?? []
  assert.deepEqual([made?.what, made?.by, made?.reason], ['registered', WHY.by, WHY.reason])
})
