/** What clients see while the gateway changes or ends: nothing. Keep-alive connections that ask without a pause, and count every failure. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { test } from 'node:test'
import { verifySpool } from '../../src/events/index.ts'
import { join } from 'node:path'
import { type GatewayProcess, up, until } from './gateway-process.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from './invented-bank.ts'
import { installation } from './installation.ts'

const CLIENTS = 8
const RELOADS = Math.max(5, Math.round(10 * Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 1)))

interface Load {
  readonly answered: Map<number, number>
  readonly failures: string[]
  /** Ends after what is under way; resolves when every client has ended. */
  stop(): Promise<void>
  readonly ended: Promise<unknown>
}

/** Each client has one connection. It ends by itself when a connection was closed in order and no new one is to be had. */
function load(gateway: GatewayProcess, token: string): Load {
  const answered = new Map<number, number>()
  const failures: string[] = []
  const stopping = new AbortController()
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let fresh = true
    while (!stopping.signal.aborted) {
      const status = await once(agent).catch(
        (error: NodeJS.ErrnoException) => error.code ?? 'error',
      )
      // Who opens a connection anew is turned away once the gateway stops; who has one is never cut.
      if (status === 'ECONNREFUSED' && fresh) break
      if (typeof status === 'number') answered.set(status, (answered.get(status) ?? 0) + 1)
      else failures.push(status)
      fresh = closing
    }
    agent.destroy()
  }
  let closing = true
  const once = (agent: Agent): Promise<number> =>
    new Promise((resolve, reject) => {
      const call = request(
        `${gateway.origin}/v2/pot-accounts`,
        { agent, headers: { authorization: `Bearer ${token}` } },
        (response) => {
          closing = response.headers.connection === 'close'
          response.resume()
          response.on('end', () => resolve(response.statusCode ?? 0))
          response.on('error', reject)
        },
      )
      call.on('error', reject)
      call.end()
    })
  const ended = Promise.all(Array.from({ length: CLIENTS }, client))
  return {
    answered,
    failures,
    ended,
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

test(`${RELOADS} reloads under load: no request fails`, async (t) => {
  const bank = await meadowBank(t)
  const config = meadowConfig(bank.origin)
  const place = installation(t, config, MEADOW_FILES)
  const gateway = await up(t, place)
  const clients = load(gateway, place.token({ scope: 'pots.read' }))
  const plans = new Set<string>()
  for (let at = 0; at < RELOADS; at++) {
    place.write('gatehouse.yaml', at % 2 === 0 ? `${config}    degraded: true\n` : config)
    const { code, out, err } = await place.run('reload', '--json')
    assert.equal(code, 0, err)
    const { outcome, after } = JSON.parse(out) as { outcome: string; after: string } // sound: what the command promises
    assert.equal(outcome, 'done')
    plans.add(after)
  }
  await clients.stop()
  assert.equal(plans.size, 2)
  assert.deepEqual(clients.failures, [])
  assert.deepEqual([...clients.answered.keys()], [200])
  t.diagnostic(`${RELOADS} reloads, ${clients.answered.get(200)} requests, 0 failed`)
})

test('SIGTERM under load: no request that was sent fails, and every answer is recorded', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(t, meadowConfig(bank.origin), MEADOW_FILES)
  const gateway = await up(t, place)
  const clients = load(gateway, place.token({ scope: 'pots.read' }))
  await until(20_000, () => (clients.answered.get(200) ?? 0) > 100)
  const ended = gateway.stop('SIGTERM')
  await clients.ended
  assert.equal((await ended).code, 0)
  assert.deepEqual(clients.failures, [])
  assert.deepEqual([...clients.answered.keys()], [200])
  const report = await verifySpool(join(place.dataDir, 'spool'))
  assert.equal(report.damage, null)
  assert.ok(report.records >= (clients.answered.get(200) ?? 0))
  t.diagnostic(`${clients.answered.get(200)} requests, 0 failed`)
})
