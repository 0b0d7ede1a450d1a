/** Two gateways behind one Envoy that asks each whether it is ready: one is stopped under load, and nobody notices. */
import assert from 'node:assert/strict'
import { Agent, get } from 'node:http'
import type { TestContext } from 'node:test'
import { up, until } from '../scenario/gateway-process.ts'
import { type Installation, installation } from '../scenario/installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from '../scenario/invented-bank.ts'
import { type Envoy, envoyTest, startEnvoy } from '../support/peer-envoy.ts'
import type { PeerProgram } from '../support/peer-programs.ts'
import { signingKey } from '../support/token-issuer.ts'

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

interface Pair {
  readonly place: Installation
  readonly gateways: readonly Awaited<ReturnType<typeof up>>[]
  readonly envoy: Envoy
}

async function pair(t: TestContext, program: PeerProgram): Promise<Pair> {
  const bank = await meadowBank(t)
  const key = signingKey('key-1')
  const config = `monitoring: { listen: "127.0.0.1:0" }\n${meadowConfig(bank.origin)}`
  const places = [1, 2].map(() => installation(t, config, MEADOW_FILES, key))
  const gateways = []
  for (const place of places) gateways.push(await up(t, place))
  const [place] = places
  assert.ok(place)
  const lb_endpoints = gateways.map((gateway) => ({
    endpoint: {
      address: address(gateway.port),
      health_check_config: {
        port_value: Number(new URL(String(gateway.ready['monitoring'])).port),
      },
    },
  }))
  const envoy = await startEnvoy(t, program, {
    // What is safe to send again is sent to the other one while a stop is noticed.
    action: {
      route: {
        cluster: 'next',
        retry_policy: {
          retry_on: 'connect-failure,reset',
          num_retries: 3,
          retry_host_predicate: [
            {
              name: 'envoy.retry_host_predicates.previous_hosts',
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
              },
            },
          ],
          host_selection_retry_max_attempts: 5,
        },
      },
    },
    next: gateways[0]?.port ?? 0,
    cluster: {
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
      health_checks: [
        {
          timeout: '1s',
          interval: '0.05s',
          no_traffic_interval: '0.05s',
          unhealthy_threshold: 1,
          healthy_threshold: 1,
          http_health_check: { path: '/ready' },
        },
      ],
      load_assignment: { cluster_name: 'next', endpoints: [{ lb_endpoints }] },
    },
  })
  return { place, gateways, envoy }
}

/** Ports of the gateways that Envoy holds for healthy. */
async function healthy({ envoy }: Pair): Promise<readonly number[]> {
  const text = await (await fetch(`http://127.0.0.1:${envoy.adminPort}/clusters`)).text()
  return [...text.matchAll(/127\.0\.0\.1:(\d+)::health_flags::healthy$/gm)].map(([, port]) =>
    Number(port),
  )
}

envoyTest(
  'an Envoy that asks `/ready` sends nothing to a gateway that stops, and no read is lost',
  async (t, program) => {
    const running = await pair(t, program)
    const [first, second] = running.gateways
    assert.ok(first && second)
    await until(5_000, async () => (await healthy(running)).length === 2)

    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    t.after(() => agent.destroy())
    const headers = { authorization: `Bearer ${running.place.token({ scope: 'pots.read' })}` }
    const statuses: (number | undefined)[] = []
    const one = (): Promise<void> =>
      new Promise((resolve, reject) => {
        get({ port: running.envoy.port, path: '/v2/pot-accounts', headers, agent }, (answer) => {
          statuses.push(answer.statusCode)
          answer.resume()
          answer.on('end', resolve)
        }).on('error', reject)
      })
    const calls = new AbortController()
    const callers = Array.from({ length: 8 }, async () => {
      while (!calls.signal.aborted) await one()
    })
    await until(10_000, () => Promise.resolve(statuses.length > 100))
    const ended = first.stop('SIGTERM')
    assert.equal((await ended).code, 0)
    await until(5_000, async () => (await healthy(running)).join() === String(second.port))
    const after = statuses.length
    await until(10_000, () => Promise.resolve(statuses.length > after + 100))
    calls.abort()
    await Promise.all(callers)
    assert.deepEqual([...new Set(statuses)], [200])
  },
)

envoyTest('with no gateway ready there is no answer but 503', async (t, program) => {
  const running = await pair(t, program)
  for (const gateway of running.gateways) await gateway.stop('SIGTERM')
  await until(5_000, async () => (await healthy(running)).length === 0)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    get({ port: running.envoy.port, path: '/v2/pot-accounts', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject)
  })
  assert.equal(status, 503)
})
