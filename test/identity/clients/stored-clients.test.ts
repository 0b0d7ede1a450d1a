/** A client that was registered is served at once, by every instance over the store, and refused at once when the bank says so. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { clientAdapter } from '../../../src/identity/client-adapter.ts'
import { decideClient, registerClient, type Store } from '../../../src/store/index.ts'
import { client as stored } from '../../store/clients-contract.ts'
import { makeClient, post, type TestClient } from '../client.ts'
import { adapterOver, sqlite, startRig } from '../rig.ts'

async function instance(t: TestContext, store: Store) {
  const records = adapterOver(store)
  const adapter = (model: string) => (model === 'Client' ? clientAdapter(store) : records(model))
  return startRig(t, { testClients: [], store, adapter })
}
const act = { at: Date.now(), actor: 'test', reason: null, record: null }
const token = (ask: Parameters<typeof post>[0], client: TestClient) =>
  post(ask, client, '/token', { grant_type: 'client_credentials', scope: 'accounts' })

test('of two instances both serve what was registered, and neither what was suspended', async (t) => {
  const store = await sqlite(t)
  const [one, other] = [await instance(t, store), await instance(t, store)]
  const client = await makeClient('tpp')
  for (const { ask } of [one, other]) {
    const unknown = await token(ask, client)
    assert.equal(unknown.status, 401)
    assert.equal(unknown.body['error'], 'invalid_client')
  }
  const metadata = JSON.stringify(client.metadata)
  await store.run(registerClient, {
    client: stored('tpp', { metadata }),
    claim: null,
    act,
    maxClients: 10,
  })
  for (const { ask } of [one, other]) assert.equal((await token(ask, client)).status, 200)
  const say = (from: 'active' | 'suspended', state: 'active' | 'suspended') =>
    store.run(decideClient, { id: 'tpp', from: [from], state, what: 'suspended', act })
  await say('active', 'suspended')
  for (const { ask } of [one, other]) {
    const refused = await token(ask, client)
    assert.equal(refused.status, 401)
    assert.equal(refused.body['error'], 'invalid_client')
  }
  await say('suspended', 'active')
  for (const { ask } of [one, other]) assert.equal((await token(ask, client)).status, 200)
})
