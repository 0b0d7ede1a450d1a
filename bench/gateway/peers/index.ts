/** The proxies of others in one run with ours. */
import { findEnvoy, findHaproxy, findNginx } from '../../../test/support/peer-programs.ts'
import { startEnvoy, type TrustedIssuer } from './envoy.ts'
import { startHaproxy } from './haproxy.ts'
import { startNginx } from './nginx.ts'
import type { RunningPeer } from '../../../test/support/running-peer.ts'

export interface Peer extends RunningPeer {
  readonly name: string
  readonly version: string
  /** It says of itself that it refuses a token that does not verify: measured only after it did. */
  readonly verifies: boolean
}

export interface Peers {
  readonly running: readonly Peer[]
  /** Names of those that this machine does not have. */
  readonly absent: readonly string[]
}

export const ENVOY_JWT_CACHED = 'envoy-jwt-cached'

export async function startPeers(
  folder: string,
  upstream: URL,
  trusted: TrustedIssuer,
): Promise<Peers> {
  const running: Peer[] = []
  const absent: string[] = []
  const nginx = findNginx()
  const haproxy = findHaproxy()
  const envoy = findEnvoy()
  if (nginx === undefined) absent.push('nginx')
  else
    running.push({
      name: 'nginx',
      version: nginx.version,
      verifies: false,
      ...(await startNginx(nginx, folder, upstream)),
    })
  if (haproxy === undefined) absent.push('haproxy')
  else
    running.push({
      name: 'haproxy',
      version: haproxy.version,
      verifies: false,
      ...(await startHaproxy(haproxy, folder, upstream)),
    })
  const envoys = [
    { name: 'envoy', verify: {} },
    { name: ENVOY_JWT_CACHED, verify: { verify: { ...trusted, cached: true } } },
    { name: 'envoy-jwt-uncached', verify: { verify: { ...trusted, cached: false } } },
  ]
  for (const { name, verify } of envoys)
    if (envoy === undefined) absent.push(name)
    else
      running.push({
        name,
        version: envoy.version,
        verifies: 'verify' in verify,
        ...(await startEnvoy(envoy, { name, folder, upstream, ...verify })),
      })
  return { running, absent }
}
