/** What a caller gets through the whole Node gateway: allowed, trimmed, denied, and the event of each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

test('`createNodeGateway` lets a covered read through, trimmed to consent and schema, and records it', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer({
        Data: {
          Account: [
            { AccountId: 'A1', Currency: 'GBP', Iban: 'GB33BUKB20201555555555' },
            { AccountId: 'A9', Currency: 'GBP' },
          ],
        },
        Internal: 'secret-margin',
      }),
    )
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 200, answer.body)
  assert.deepEqual(JSON.parse(answer.body), {
    Data: { Account: [{ AccountId: 'A1', Currency: 'GBP' }] },
  })
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const [request] = rig.upstream.seen
  assert.equal(request?.line, 'GET /bank/accounts HTTP/1.1')
  assert.equal(request?.header('authorization'), undefined)
  assert.equal(request?.header('x-gatehouse-client'), 'tpp-a')
  assert.equal(request?.header('accept-encoding'), 'identity')
  const [event] = rig.sink.access
  assert.equal(event?.outcome, 'trimmed')
  assert.equal(event?.response?.removedRows, 1)
  assert.equal(event?.route, '/aisp/accounts')
  assert.equal(event?.id, request?.header('x-gatehouse-decision'))
})
