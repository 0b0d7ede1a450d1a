/** The secret is exchanged under a bank that is at work: nothing that a customer or a third party has is lost by it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { STORED_TABLES } from '../../src/app/storage-schema.ts'
import { IDENTITY_SEALED } from '../../src/identity/index.ts'
import { SCA_SEALED } from '../../src/sca/index.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { scaSealing } from '../../src/sca/sealing.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import {
  type InstallationSecrets,
  keysOfSecret,
  openSecrets,
  openSqliteStore,
  passingKeys,
} from '../../src/store/index.ts'
import { CARRIED_MS } from '../../src/store/secrets/open-secrets.ts'
import {
  codeFor,
  enrolDevice,
  enrolPasscode,
  paymentOf,
  rigOver,
  AUDIENCE,
  CLIENT,
} from '../sca/rig.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Ask, makeClient, refresh } from './client.ts'
import { callResource, ownToken, startBank } from './consents/bank.ts'
import { back, begin, intent, page, Person, tokensFor } from './consents/journey.ts'
import { identityMigrations } from './migrations.ts'

const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }
const COLUMNS = [...IDENTITY_SEALED, ...SCA_SEALED]

test('grants, consents, sessions, elements, codes and keys outlive the secret', async (t) => {
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: [...identityMigrations, ...scaMigrations],
  })
  const clock = new FakeClock()
  const opened: InstallationSecrets[] = []
  t.after(async () => {
    await Promise.all(opened.map((one) => one.close()))
    await store.close()
  })
  const open = async (secret: string, previous: readonly string[]) => {
    await opened.at(-1)?.close()
    const secrets = await openSecrets({
      store,
      clock,
      scheduler: clock,
      randomBytes,
      secret,
      previous,
      columns: COLUMNS,
      told: () => Promise.resolve(),
      say: (failure) => assert.fail(String(failure)),
    })
    opened.push(secrets)
    return secrets
  }
  const [first, second] = [0, 1].map(() => randomBytes(32).toString('base64url')) as [
    string,
    string,
  ]
  const client = await makeClient('tpp', {
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
  const bankWith = (sealingKeys: InstallationSecrets) =>
    startBank(t, { testClients: [client], store, elsewhere: { sealingKeys } })
  const keys = async (ask: Ask) =>
    ((await (await ask('/jwks')).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)

  const before = await open(first, [])
  const bank = await bankWith(before)
  const own = await ownToken(bank.ask, client, 'accounts')
  const consents = await Promise.all(
    ['done', 'begun'].map(async () => {
      const made = await callResource(bank.ask, client, own, 'POST', PATH, { body: BODY })
      return String(made.body.Data.ConsentId)
    }),
  )
  const [done = '', begun = ''] = consents
  const to = async (ask: Ask, person: Person, id: string) =>
    page(
      await person.login(page(await person.open(await begin(ask, client, { claims: intent(id) })))),
    )
  const amira = new Person(bank.ask)
  const agreed = await amira.send(await to(bank.ask, amira, done), /\/confirm$/, [
    ['account', '22200'],
  ])
  const tokens = await tokensFor(bank.ask, client, back(agreed))
  const published = await keys(bank.ask)

  // One more customer is in the middle of it, and another has paid and holds a code.
  let ask = bank.ask
  const ben = new Person((path, options) => ask(path, options))
  const shown = await to(bank.ask, ben, begun)
  const rig = rigOver(store, { keys: before })
  await enrolPasscode(rig, rig.anna)
  const device = await enrolDevice(rig, rig.anna)
  const { code } = await codeFor(rig, device, paymentOf(rig.anna))
  const gone = await enrolDevice(rig, 'bea')
  await rig.sca.enrolment.revoke('bea', gone.id)

  bank.server.stop()
  const during = await open(second, [first])
  await during.look()
  const next = await bankWith(during)
  ask = next.ask
  const answer = back(await ben.send(shown, /\/confirm$/, [['account', '22200']]))
  assert.ok((await tokensFor(ask, client, answer)).access)
  const again = await refresh(ask, client, tokens.refresh)
  assert.equal(again.status, 200, JSON.stringify(again.body))
  const redeemed = await rigOver(store, { keys: during }).sca.transactions.redeem({
    ...paymentOf(rig.anna),
    code,
    client: CLIENT,
    expectedAudience: AUDIENCE,
  })
  assert.ok(redeemed.ok, JSON.stringify(redeemed))

  clock.advance(CARRIED_MS)
  await during.look()
  assert.deepEqual(
    during.status().previous.map(({ needed }) => needed),
    [false],
  )
  assert.equal(during.status().pass?.unreadable, 0)
  next.server.stop()
  const after = await open(second, [])
  const last = await bankWith(after)
  assert.deepEqual(await keys(last.ask), published)
  const kept = await refresh(last.ask, client, tokens.refresh)
  assert.equal(kept.status, 200, JSON.stringify(kept.body))
  const seen = await callResource(last.ask, client, own, 'GET', `${PATH}/${begun}`)
  assert.equal(seen.body.Data.Status, 'AUTH')
  const others = { ...rig, ...rigOver(store, { keys: after }), anna: rig.anna }
  assert.ok(
    (await codeFor(others, device, paymentOf(rig.anna))).code,
    'the passcode and the device are known',
  )
})

test('every column that is sealed under the secret is sealed anew', () => {
  // Under keys of their own: of the gateway, and of the pass itself.
  const others = ['initiated_payment.sealed', 'idempotency_key.answer', 'sealing_root.wrapped']
  const sealed = STORED_TABLES.flatMap(({ table, columns }) =>
    Object.entries(columns).flatMap(([column, { personal }]) =>
      personal === 'sealed' ? [`${table}.${column}`] : [],
    ),
  )
  const listed = COLUMNS.map(({ table, column }) => `${table}.${column}`)
  assert.deepEqual([...listed, ...others].toSorted(), sealed.toSorted())
  for (const { table, key } of COLUMNS)
    assert.deepEqual(STORED_TABLES.find((each) => each.table === table)?.key, key)
})

test('two areas with one secret have no key in common', () => {
  const keys = keysOfSecret(randomBytes(32).toString('base64url'))
  const ours = createSealing(keys, randomBytes)
  const sca = scaSealing(keys, randomBytes)
  assert.notEqual(ours.hashed('k', 'n'), sca.hashed('k', 'n'))
  assert.throws(() => sca.open('n', ours.seal('n', 'text')), { code: 'GH_SCA_SEALED' })
  assert.notDeepEqual(passingKeys(keys, 'identity a'), passingKeys(keys, 'identity b'))
})
