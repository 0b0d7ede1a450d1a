/** Envoy beside a test: found, started with a configuration, stopped. Suites that need it skip by name where it is absent. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findEnvoy, type PeerProgram, peersRequired } from './peer-programs.ts'
import { freePort } from './free-port.ts'
import { startPeer } from './running-peer.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Envoy {
  readonly port: number
  readonly adminPort: number
  /** Sends `POST /path` to its administration. */
  admin(path: string): Promise<string>
}

export interface EnvoyListener {
  /** Members of the HTTP connection manager beside its routes and filters. */
  readonly manager?: Readonly<Record<string, unknown>>
  /** Filters before the router. */
  readonly filters?: readonly unknown[]
  /** What a route does with its requests; to the cluster `next` when absent. */
  readonly action?: Readonly<Record<string, unknown>>
  /** Port of the one endpoint of the cluster `next`, on loopback. */
  readonly next?: number
  /** Members of that cluster. */
  readonly cluster?: Readonly<Record<string, unknown>>
}

const found = findEnvoy()

/** A test that needs Envoy: skipped by name without it, failed without it where peers are required. */
export function envoyTest(
  name: string,
  body: (t: TestContext, program: PeerProgram) => Promise<void>,
): void {
  const skip = found === undefined && !peersRequired ? 'envoy 1.40 is absent: see README' : false
  void test(name, { skip }, async (t) => {
    if (found === undefined) throw new Error('GATEHOUSE_REQUIRE_PEERS=1, and envoy 1.40 is absent')
    await body(t, found)
  })
}

export const HTTP_FILTERS = 'type.googleapis.com/envoy.extensions.filters.http'
const MANAGER =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
/** Envoys on one machine that share this number share memory, and the second one does not start. */
let instances = 0

export async function startEnvoy(
  t: TestContext,
  program: PeerProgram,
  listener: EnvoyListener,
): Promise<Envoy> {
  const [port, adminPort] = [await freePort(), await freePort()]
  await startBootstrap(t, program, { bootstrap: bootstrap(port, adminPort, listener), port })
  return {
    port,
    adminPort,
    async admin(path) {
      const answer = await fetch(`http://127.0.0.1:${adminPort}${path}`, { method: 'POST' })
      return answer.text()
    },
  }
}

/** Runs a whole configuration until the test ends. `port`: one that it listens on. */
export async function startBootstrap(
  t: TestContext,
  program: PeerProgram,
  asked: {
    readonly bootstrap: unknown
    readonly port: number
    readonly variables?: Readonly<Record<string, string>>
  },
): Promise<void> {
  const file = join(temporaryFolder(t), 'envoy.json')
  writeFileSync(file, JSON.stringify(asked.bootstrap))
  const baseId = String((process.pid % 30_000) * 16 + instances++)
  const peer = await startPeer(
    program,
    [
      '-c',
      file,
      '--concurrency',
      '1',
      '--base-id',
      baseId,
      '--log-level',
      'error',
      '--drain-time-s',
      '1',
      '--file-flush-interval-msec',
      '20',
    ],
    asked.port,
    asked.variables,
  )
  t.after(() => peer.stop())
}

/** What `envoy --mode validate` says against a configuration; `''`: nothing. */
export function envoyObjection(t: TestContext, program: PeerProgram, bootstrap: unknown): string {
  const file = join(temporaryFolder(t), 'envoy.json')
  writeFileSync(file, JSON.stringify(bootstrap))
  const { status, stdout, stderr } = spawnSync(
    program.path,
    ['--mode', 'validate', '-c', file, '--log-level', 'error'],
    { encoding: 'utf8' },
  )
  return status === 0 ? '' : `${stdout}${stderr}`
}

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

function bootstrap(port: number, adminPort: number, listener: EnvoyListener): unknown {
  const { manager = {}, filters = [], action, next, cluster = {} } = listener
  const route = action ?? { route: { cluster: 'next', timeout: '10s' } }
  const typed_config = {
    '@type': MANAGER,
    stat_prefix: 'test',
    ...manager,
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, ...route }] },
      ],
    },
    http_filters: [
      ...filters,
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${HTTP_FILTERS}.router.v3.Router` },
      },
    ],
  }
  return {
    admin: { address: address(adminPort) },
    static_resources: {
      listeners: [
        {
          name: 'test',
          address: address(port),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config }] },
          ],
        },
      ],
      clusters:
        next === undefined
          ? []
          : [
              {
                name: 'next',
                connect_timeout: '1s',
                load_assignment: {
                  cluster_name: 'next',
                  endpoints: [{ lb_endpoints: [{ endpoint: { address: address(next) } }] }],
                },
                ...cluster,
              },
            ],
    },
  }
}
