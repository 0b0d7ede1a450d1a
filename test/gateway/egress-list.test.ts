/** Where calls of the bank may go (`egress.allowlist`): judged at each connection, by where the name leads at that moment. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Plan, PlanUpstream } from '../../src/decide/index.ts'
import {
  createUpstreamPools,
  type Resolve,
  type UpstreamNews,
} from '../../src/gateway/node/index.ts'
import { gatewayRig, type Rig } from '../support/gateway-rig.ts'

const PATH = '/aisp/accounts'
const LIST = { hosts: ['core.localhost'], networks: ['127.0.0.0/8'] }

interface Named {
  readonly rig: Rig
  /** What the name leads to from now on. */
  lead(...addresses: readonly string[]): void
  readonly asked: () => number
  readonly news: readonly UpstreamNews[]
}

/** A bank API under a name, and a name server of ours. */
async function named(
  t: TestContext,
  egress: PlanUpstream['egress'],
  changes: { readonly host?: string; readonly others?: readonly string[] } = {},
): Promise<Named> {
  let addresses: readonly string[] = ['127.0.0.1']
  let asked = 0
  const resolve: Resolve = (_host, _options, done) => {
    asked++
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  const news: UpstreamNews[] = []
  const replan = (plan: Plan): Plan => {
    const [api] = plan.apis
    if (api?.state !== 'active') throw new Error('the API is closed')
    const { port } = new URL(api.upstream.origin)
    const { host = 'core.localhost', others } = changes
    const upstream = {
      ...api.upstream,
      origin: `http://${host}:${port}`,
      ...(egress !== undefined && { egress }),
      ...(others !== undefined && {
        others,
        retries: { percent: 100, burst: 100 },
        ejection: { failures: 1_000, baseMs: 1, maxMs: 1, maxPercent: 0 },
      }),
    }
    return { ...plan, apis: [{ ...api, upstream }] }
  }
  const rig = await gatewayRig(t, {
    replan,
    pools: (clock) => {
      const pools = createUpstreamPools({
        scheduler: clock,
        resolve,
        watcher: (_origin, what) => news.push(what),
      })
      t.after(() => pools.close())
      return pools
    },
  })
  rig.upstream.script = (_request, socket) => {
    const body = '{"Data":{"Account":[]}}'
    // Closed each time, so that each request finds out anew where the name leads.
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  }
  return {
    rig,
    lead(...now) {
      addresses = now
    },
    asked: () => asked,
    news,
  }
}

const ELSEWHERE = [
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '::7f00:1',
  'fe80::1',
  'fe80::1%lo',
  '::1',
  '10.0.0.1',
  '192.168.1.1',
  '93.184.216.34',
  '0.0.0.0',
]
for (const address of ELSEWHERE)
  test(`a name that comes to mean ${address} is not called any more, and the event says so`, async (t) => {
    const { rig, lead, asked } = await named(t, LIST)
    assert.equal((await rig.call(PATH)).status, 200)
    lead(address)
    const answer = await rig.call(PATH)
    assert.equal(answer.status, 502)
    assert.match(answer.body, /GH_GATEWAY_EGRESS_REFUSED/)
    for (const secret of [address, 'localhost', 'allowlist', 'list'])
      assert.ok(!answer.body.includes(secret), 'the answer tells nothing of where the bank is')
    assert.equal(rig.upstream.seen.length, 1)
    assert.equal(asked(), 2)
    const event = rig.sink.access.at(-1)
    assert.equal(event?.outcome, 'failed')
    assert.deepEqual(event.upstream, {
      address: `http://core.localhost:${new URL(rig.upstream.origin).port}`,
      fault: 'address-refused',
      resolved: address,
    })
    const [failure] = event.failed
    assert.deepEqual(
      [failure?.rule, failure?.control, failure?.code, failure?.effect],
      ['egress.allowlist', 'egress-control', 'GH_GATEWAY_EGRESS_REFUSED', 'denied'],
    )
    lead('127.0.0.1')
    assert.equal((await rig.call(PATH)).status, 200, 'and it is called again once it is back')
  })

test('one address elsewhere among several refuses the name', async (t) => {
  const { rig, lead } = await named(t, LIST)
  for (const addresses of [
    ['127.0.0.1', '169.254.169.254'],
    ['10.0.0.1', '127.0.0.1'],
  ]) {
    lead(...addresses)
    assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
  }
  lead()
  assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
  assert.equal(rig.upstream.seen.length, 0)
})

test('without networks a name leads to public addresses only', async (t) => {
  const { rig } = await named(t, { hosts: ['core.localhost'] })
  assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
})

for (const [host, list, called] of [
  ['127.0.0.1', { networks: ['127.0.0.0/8'] }, true],
  ['127.0.0.1', { hosts: ['127.0.0.1'] }, true],
  ['127.0.0.1', { hosts: ['core.localhost'], networks: ['10.0.0.0/8'] }, false],
  ['[::ffff:127.0.0.1]', { networks: ['10.0.0.0/8'] }, false],
] as const)
  test(`an address that is written down (${host}) is judged too: ${called ? 'called' : 'refused'}`, async (t) => {
    const { rig, asked } = await named(t, list, { host })
    const { status } = await rig.call(PATH)
    assert.equal(status, called ? 200 : 502)
    assert.equal(asked(), 0)
  })

test('without a list what was never called is not, and no rule is named', async (t) => {
  const { rig, lead } = await named(t, undefined)
  lead('169.254.169.254')
  assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
  const event = rig.sink.access.at(-1)
  assert.equal(event?.upstream?.fault, 'address-refused')
  assert.deepEqual(event.failed, [])
})

test('a list that only observes tells of what is elsewhere, once, and calls it; what is never called is not', async (t) => {
  const { rig, lead, news } = await named(t, { networks: ['10.0.0.0/8'], observed: true })
  for (let time = 0; time < 3; time++) assert.equal((await rig.call(PATH)).status, 200)
  assert.deepEqual(news, ['off-list'])
  lead('169.254.169.254')
  assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
  assert.deepEqual(rig.sink.access.at(-1)?.failed, [])
})

test('a name that leads elsewhere is not gone around: no second address is asked in its place', async (t) => {
  const { rig, lead } = await named(t, LIST, { others: ['http://other.localhost:1'] })
  lead('10.0.0.1')
  for (let time = 0; time < 5; time++)
    assert.match((await rig.call(PATH)).body, /GH_GATEWAY_EGRESS_REFUSED/)
})
