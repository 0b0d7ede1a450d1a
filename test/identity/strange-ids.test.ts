/** Ids of clients as nobody has them: the store keeps no such text, and whoever is named so is unknown at every endpoint, never a failure of ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBank } from './consents/bank.ts'
import { makeClient, PARAMS, post } from './client.ts'
import { assertAnswer } from './refusals.ts'

const STRANGE = ['\u0000', 'a\u0000b', '\ud800', '\n', '\u202e', 'ä', 'x'.repeat(257), ' ']
const ENDPOINTS = [
  ['/par', PARAMS],
  ['/token', { grant_type: 'client_credentials', scope: 'accounts' }],
  ['/introspect', { token: 'x' }],
  ['/revoke', { token: 'x' }],
] as const

test('a client id that no store keeps is unknown, at every endpoint', async (t) => {
  const client = await makeClient('tpp')
  const failures: string[] = []
  const { ask } = await startBank(t, {
    testClients: [client],
    elsewhere: { say: (failure) => failures.push(String(failure)) },
  })
  for (const client_id of STRANGE) {
    const nobody = { ...client, metadata: { ...client.metadata, client_id } }
    for (const [path, form] of ENDPOINTS) {
      const named = `${path}, ${JSON.stringify(client_id)}`
      const refused = ['401 invalid_client', '400 invalid_request']
      assertAnswer(await post(ask, nobody, path, form), refused, `${named}, in its assertion`)
      assertAnswer(
        await post(ask, nobody, path, { ...form, client_id }, { assertion: null }),
        refused,
        `${named}, in the form`,
      )
    }
    const query = new URLSearchParams({ client_id, request_uri: 'urn:x' })
    const page = await ask(`/authorize?${query}`)
    assert.equal(page.status, 400, JSON.stringify(client_id))
    assert.equal((await ask(`/authorize?${new URLSearchParams({ client_id })}`)).status, 400)
  }
  assert.deepEqual(failures, [])
})
