/** Every address of the gateway: plain HTTP where it is asked for, and TLS with its trust stores, kept up with their files. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { GatehouseConfig, ListenerConfig } from '../../config/index.ts'
import type { CertificateFact, Plan } from '../../decide/index.ts'
import {
  type Core,
  forwardedJudge,
  judgeCertificate,
  type SealTrust,
} from '../../gateway/core/index.ts'
import {
  type AddressState,
  createNodeGateway,
  createUpstreamPools,
  type NodeGateway,
  type TlsListener,
  type UpstreamIdentity,
  type UpstreamWatcher,
} from '../../gateway/node/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import type { Certificate } from '../../proof/index.ts'
import type { Responder } from '../../gateway/envoy/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { extAuthz } from './ext-authz.ts'
import { askResponder } from './ocsp-client.ts'
import { type ServerIdentity, serverIdentity } from './server-identity.ts'
import { readCertificates, watchedTrust, type WatchedTrust } from './watched-trust.ts'

export interface Listeners {
  /** `http://127.0.0.1:8080`, `https://…`: the plain one first. */
  readonly origins: readonly [string, ...string[]]
  readonly inFlight: number
  /** Addresses of bank APIs. */
  readonly upstreams: readonly AddressState[]
  /** All trust stores, as their files are now. */
  readonly trust: SealTrust
  /** Files that cannot be used as they are. */
  readonly problems: readonly string[]
  /** Looks at all files now. */
  check(): Promise<void>
  close(drainMs?: number, noticeMs?: number): Promise<void>
}

export interface ListenerParts {
  readonly config: Pick<GatehouseConfig, 'extAuthz' | 'listen' | 'listeners' | 'trustStores'>
  readonly core: Core
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Told of a file that cannot be used, and once it can again (`undefined`). */
  readonly say: (problem: string | undefined) => void
  /** Told what becomes of bank APIs and their addresses. */
  readonly upstreamWatcher: UpstreamWatcher
  /** In force. */
  readonly plan: () => Plan
  /** For APIs that say how to speak TLS with the bank. */
  readonly upstreamIdentity: UpstreamIdentity
}

/** How soon a changed file counts. */
export const FILES_CHECK_MS = 1_000

/** @throws GH_GATEWAY_LISTEN_FAILED, GH_GATEWAY_TRUST_FILE; then nothing stays open */
export async function openListeners(parts: ListenerParts): Promise<Listeners> {
  const { config, core, scheduler, clock } = parts
  // One for all: a bank API has one cap and one breaker, from wherever it is called.
  const pools = createUpstreamPools({
    scheduler,
    watcher: parts.upstreamWatcher,
    plan: parts.plan,
    chance: Math.random,
    identity: parts.upstreamIdentity,
  })
  const shared = { core, clock, scheduler, pools }
  const trust = watchedTrust(config.trustStores, {
    clock,
    scheduler,
    randomBytes: systemRandomBytes,
    ask: askResponder,
  })
  await trust.check()
  const gateways: (NodeGateway | Responder)[] = []
  const origins: string[] = []
  const watched: { readonly identity: ServerIdentity; readonly changed: Set<() => void> }[] = []
  const open = async (
    gateway: NodeGateway,
    at: { readonly host: string; readonly port: number },
    scheme: string,
  ): Promise<void> => {
    gateways.push(gateway)
    const { address, port } = await gateway.listen(at)
    origins.push(`${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`)
  }
  const closeAll = async (drainMs?: number, noticeMs?: number): Promise<void> => {
    await Promise.all(gateways.map((gateway) => gateway.close(drainMs, noticeMs)))
    pools.close()
    trust.close()
  }
  try {
    if (config.listen !== null) await open(createNodeGateway(shared), config.listen, 'http')
    for (const one of config.listeners.filter(({ dataPlane }) => dataPlane === 'node')) {
      const identity = serverIdentity(one)
      await identity.check()
      const changed = new Set<() => void>()
      watched.push({ identity, changed })
      const tls = tlsListener(one, { identity, trust, clock, changed })
      await open(createNodeGateway({ ...shared, tls }), one.listen, 'https')
    }
    const asked = extAuthz({
      config,
      core,
      clock,
      scheduler,
      trust: {
        version: () => trust.version,
        judge: (stores, chain) => judgeCertificate(trust.stores(stores), chain, clock.now()),
      },
    })
    if (asked !== undefined) {
      gateways.push(asked.responder)
      origins.push(asked.origin(await asked.responder.listen(asked.at)))
    }
  } catch (error) {
    await closeAll(0)
    throw error
  }

  const problems = (): readonly string[] => [
    ...trust.problems,
    ...watched.flatMap(({ identity }) => identity.problem ?? []),
  ]
  let told = new Set(problems())
  async function look(): Promise<void> {
    const changedTrust = await trust.check()
    for (const { identity, changed } of watched)
      if ((await identity.check()) || changedTrust) for (const tell of changed) tell()
    const now = new Set(problems())
    for (const one of now) if (!told.has(one)) parts.say(one)
    if (now.size === 0 && told.size > 0) parts.say(undefined)
    told = now
  }
  let looking: Promise<void> | undefined
  /** Single flight. */
  const check = (): Promise<void> => (looking ??= look().finally(() => (looking = undefined)))
  const stop =
    config.listeners.length + config.trustStores.length === 0
      ? undefined
      : scheduler.every(FILES_CHECK_MS, () => void check())

  const [first = '', ...rest] = origins
  return {
    origins: [first, ...rest],
    get inFlight() {
      return gateways.reduce((sum, gateway) => sum + gateway.inFlight, 0)
    },
    get upstreams() {
      return pools.states
    },
    get problems() {
      return problems()
    },
    trust: {
      stores: () => trust.stores(config.trustStores.map(({ name }) => name)),
      get version() {
        return trust.version
      },
    },
    check,
    async close(drainMs, noticeMs) {
      stop?.()
      await closeAll(drainMs, noticeMs)
    },
  }
}

function tlsListener(
  { minVersion, clientCertificate, trustStores, proxies }: ListenerConfig,
  parts: {
    readonly identity: ServerIdentity
    readonly trust: WatchedTrust
    readonly clock: Clock
    readonly changed: Set<() => void>
  },
): TlsListener {
  const { identity, trust, clock, changed } = parts
  const judge = (chain: readonly Uint8Array[]): CertificateFact =>
    judgeCertificate(trust.stores(trustStores), chain, clock.now())
  return {
    minVersion,
    clientCertificate,
    identity: () => ({
      ...identity.pair,
      ca: trust
        .stores(trustStores)
        .flatMap((store) => [...store.anchors.values()].flat())
        .map(({ der }) => pem(der)),
    }),
    onChange(tell) {
      changed.add(tell)
      return () => changed.delete(tell)
    },
    trustVersion: () => trust.version,
    judge,
    settled: (chain) =>
      trust.settled(chain.map((der) => createHash('sha256').update(der).digest('base64url'))),
    ...(proxies !== null && {
      forwarded: forwardedBy(
        proxies.certificates.flatMap(ownCertificate),
        forwardedJudge(proxies.header, () => trust.version, judge),
        clock,
      ),
    }),
  }
}

/** A proxy is one by its own certificate, which must be in force and not revoked; the header of anybody else is no word of a proxy. */
function forwardedBy(
  proxies: readonly Certificate[],
  judge: (rawHeaders: readonly string[]) => CertificateFact,
  clock: Clock,
): NonNullable<TlsListener['forwarded']> {
  const known = new Set(proxies.map(({ thumbprint }) => thumbprint))
  return (own, rawHeaders) => {
    if (own.kind !== 'trusted' || !known.has(own.thumbprint)) return undefined
    const now = clock.now()
    const { notBefore, notAfter, revocation, revocationUntil } = own
    const cleared = revocation === 'unasked' || (revocation === 'good' && now <= revocationUntil)
    if (!(now >= notBefore && now <= notAfter && cleared)) return NOT_BELIEVED
    return judge(rawHeaders)
  }
}

const NOT_BELIEVED: CertificateFact = {
  kind: 'untrusted',
  thumbprint: '',
  why: 'the certificate of the proxy is not in force, or its status is not known',
}

/** @throws GH_GATEWAY_TRUST_FILE */
function ownCertificate(file: string): readonly Certificate[] {
  try {
    return readCertificates(readFileSync(file)).slice(0, 1)
  } catch (cause) {
    throw new GatehouseError('GH_GATEWAY_TRUST_FILE', file, { cause })
  }
}

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
}
