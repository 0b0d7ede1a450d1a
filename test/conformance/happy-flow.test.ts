/** Every plan and variant with both clients: discovery, pushed request, customer, token, resource behind the gateway. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { granted } from './flow.ts'
import { type Run, startRun, SuiteClient } from './run.ts'

const CODED = [
  'fapi2-dpop',
  'fapi2-mtls',
  'fapi2-mtls-mtls',
  'fapi2-mtls-dpop',
  'fapi2-rar',
  'fapi2-oauth',
  'signing-dpop',
  'signing-mtls',
  'signing-mtls-mtls',
  'signing-plain',
  'fapi1-mtls',
  'fapi1-key',
]
let run: Run
before(async () => {
  run = await startRun()
})
after(() => run.stop())

for (const name of CODED)
  test(`${name}: happy flow with two clients, refresh, and the resource`, async () => {
    for (const which of [1, 2] as const) {
      const client = await SuiteClient.of(run, name, which)
      const { token, refreshToken } = await granted(client)
      const read = await client.read(token)
      assert.equal(read.status, 200, read.text)
      assert.match(read.headers.get('content-type') ?? '', /^application\/json/)
      assert.ok(read.headers.get('date'))
      assert.match(read.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
      assert.match(read.text, /"AccountId":"22289"/)
      const refreshed = await client.post('token_endpoint', {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      })
      assert.equal(refreshed.status, 200, refreshed.text)
      assert.equal(
        refreshed.body['refresh_token'] ?? refreshToken,
        refreshToken,
        '5.3.2.1-9: not rotated',
      )
      const again = await client.read(String(refreshed.body['access_token']))
      assert.equal(again.status, 200, again.text)
    }
  })
