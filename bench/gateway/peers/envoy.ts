/** Envoy with one worker: as a plain proxy, and with `jwt_authn` before it, which remembers verified tokens or does not. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerProgram } from '../../../test/support/peer-programs.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { type RunningPeer, startPeer } from '../../../test/support/running-peer.ts'

export interface TrustedIssuer {
  readonly issuer: string
  readonly audience: string
  /** Text of its JWKS. */
  readonly keySet: string
}

export interface EnvoyOptions {
  readonly name: string
  readonly folder: string
  readonly upstream: URL
  /** Absent: nothing is verified. */
  readonly verify?: TrustedIssuer & { readonly cached: boolean }
}

/** Envoys of one machine that share this number share memory, and the second one does not start. */
let baseId = process.pid % 30_000

export async function startEnvoy(
  program: PeerProgram,
  options: EnvoyOptions,
): Promise<RunningPeer> {
  const port = await freePort()
  const file = join(options.folder, `${options.name}.json`)
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(bootstrap(port, options)))
  const args = ['-c', file, '--concurrency', '1', '--base-id', String(++baseId)]
  return startPeer(program, [...args, '--log-level', 'error'], port)
}

function bootstrap(port: number, { name, upstream, verify }: EnvoyOptions): unknown {
  const filters = verify === undefined ? [ROUTER] : [jwtAuthn(verify), ROUTER]
  return {
    static_resources: {
      listeners: [
        {
          name,
          address: { socket_address: { address: '127.0.0.1', port_value: port } },
          filter_chains: [{ filters: [connectionManager(filters)] }],
        },
      ],
      clusters: [
        {
          name: 'bank',
          connect_timeout: '5s',
          load_assignment: {
            cluster_name: 'bank',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      address: {
                        socket_address: {
                          address: upstream.hostname,
                          port_value: Number(upstream.port),
                        },
                      },
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  }
}

const HTTP = 'type.googleapis.com/envoy.extensions.filters.http'
const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': `${HTTP}.router.v3.Router` },
}

function connectionManager(filters: readonly unknown[]): unknown {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'bench',
      route_config: {
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'bank' } }],
          },
        ],
      },
      http_filters: filters,
    },
  }
}

function jwtAuthn({ issuer, audience, keySet, cached }: NonNullable<EnvoyOptions['verify']>) {
  return {
    name: 'envoy.filters.http.jwt_authn',
    typed_config: {
      '@type': `${HTTP}.jwt_authn.v3.JwtAuthentication`,
      providers: {
        bank: {
          issuer,
          audiences: [audience],
          local_jwks: { inline_string: keySet },
          // As we do: no token goes on to the bank.
          forward: false,
          require_expiration: true,
          ...(cached ? { jwt_cache_config: { jwt_cache_size: 1000 } } : {}),
        },
      },
      rules: [{ match: { prefix: '/' }, requires: { provider_name: 'bank' } }],
    },
  }
}
