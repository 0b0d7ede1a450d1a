/** W3C trace context through the gateway, on real sockets: one trace from caller to bank, with our span between them, in the event too. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

const ID = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const PARENT = `00-${ID}-${CALLER}-01`

function sent(rig: Rig, name: string): readonly string[] {
  const lines = rig.upstream.seen.at(-1)?.headers ?? []
  return lines.flatMap((line) => {
    const at = line.indexOf(':')
    return line.slice(0, at).toLowerCase() === name ? [line.slice(at + 1).trim()] : []
  })
}

test('the bank gets a child of the caller’s trace, and the event names it', async (t) => {
  const rig = await gatewayRig(t)
  const headers = [`Traceparent: ${PARENT}`, 'Tracestate: a=1', 'tracestate: b=2']
  const answer = await rig.call('/aisp/accounts', { headers })
  assert.equal(answer.status, 200)
  const trace = rig.sink.access[0]?.trace
  assert.ok(trace !== undefined)
  assert.deepEqual([trace.id, trace.parent], [ID, CALLER])
  assert.deepEqual(sent(rig, 'traceparent'), [`00-${ID}-${trace.span}-01`])
  assert.deepEqual(sent(rig, 'tracestate'), ['a=1,b=2'])
  for (const name of ['traceparent', 'tracestate', 'traceresponse'])
    assert.equal(answer.headers.get(name), undefined, name)
})

test('what is no trace begins a new one, and no state of a stranger goes with it', async (t) => {
  const rig = await gatewayRig(t)
  for (const headers of [
    [],
    [`traceparent: ${PARENT.replace('00-', 'ff-')}`, 'tracestate: a=1'],
    [`traceparent: ${PARENT}`, `traceparent: ${PARENT}`, 'tracestate: a=1'],
    ['tracestate: a=1'],
  ]) {
    assert.equal((await rig.call('/aisp/accounts', { headers })).status, 200)
    const trace = rig.sink.access.at(-1)?.trace
    assert.equal(trace?.parent, null)
    assert.notEqual(trace.id, ID)
    assert.deepEqual(sent(rig, 'traceparent'), [`00-${trace.id}-${trace.span}-01`])
    assert.deepEqual(sent(rig, 'tracestate'), [])
  }
})

test('`Connection` cannot take the trace away from the bank', async (t) => {
  const rig = await gatewayRig(t)
  await rig.call('/aisp/accounts', {
    headers: [`traceparent: ${PARENT}`, 'Connection: close, traceparent'],
  })
  assert.equal(sent(rig, 'traceparent').length, 1)
})

test('a caller that asks not to be traced is recorded like any other; so is who is refused', async (t) => {
  const rig = await gatewayRig(t)
  const headers = [`traceparent: 00-${ID}-${CALLER}-00`]
  assert.equal((await rig.call('/aisp/accounts', { headers })).status, 200)
  assert.deepEqual(sent(rig, 'traceparent')[0]?.slice(-3), '-00')
  assert.equal((await rig.call('/aisp/accounts', { headers, token: null })).status, 401)
  assert.deepEqual(
    rig.sink.access.map(({ status, trace }) => [status, trace?.id, trace?.parent]),
    [
      [200, ID, CALLER],
      [401, ID, CALLER],
    ],
  )
})

test('a trace of the bank stays with the bank', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) =>
    socket.write(
      jsonAnswer({ Data: { Account: [] } }).replace('\r\n', `\r\ntraceresponse: ${PARENT}\r\n`),
    )
  const answer = await rig.call('/aisp/accounts')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('traceresponse'), undefined)
})
