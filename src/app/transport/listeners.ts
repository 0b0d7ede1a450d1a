/**
 * Every address of the gateway: plain HTTP where it is asked for, and TLS with its trust stores, kept up with their files. Another configuration
 * is made ready beside the one in force: new addresses are bound before old ones close, an address that stays is handed over without a gap, and
 * requests under way end where they began.
 */
import type { GatehouseConfig, ListenerConfig, ProxySocketConfig } from '../../config/index.ts'
import type { Plan } from '../../decide/index.ts'
import { type Core, judgeCertificate, type SealTrust } from '../../gateway/core/index.ts'
import {
  type AddressState,
  createNodeGateway,
  createUpstreamPools,
  DEFAULT_LIMITS,
  type Door,
  type NodeGateway,
  openDoor,
  type ServerAddress,
  type UpstreamIdentity,
  type UpstreamWatcher,
} from '../../gateway/node/index.ts'
import type { Responder } from '../../gateway/envoy/index.ts'
import { canonicalJson, type Clock, type Scheduler } from '../../lib/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { extAuthz } from './ext-authz.ts'
import { planEgress } from '../egress-lists.ts'
import { responderAsker } from './ocsp-client.ts'
import { type ServerIdentity, serverIdentity } from './server-identity.ts'
import { tlsListener } from './tls-listener.ts'
import { vouchedBy } from './vouched-by.ts'
import { type Opened, type StoreAnswers, watchedTrust } from './watched-trust.ts'

export interface Listeners {
  /** `http://127.0.0.1:8080`, `https://…`: the plain one first. */
  readonly origins: readonly [string, ...string[]]
  readonly inFlight: number
  /** Addresses of bank APIs. */
  readonly upstreams: readonly AddressState[]
  /** All trust stores, as their files are now. */
  readonly trust: SealTrust
  /** What OCSP responders said, by trust store. */
  readonly ocsp: readonly StoreAnswers[]
  /** Files that cannot be used as they are. */
  readonly problems: readonly string[]
  /** Looks at all files now. */
  check(): Promise<void>
  /** Makes other addresses and trust stores ready. @throws GH_GATEWAY_LISTEN_FAILED, GH_GATEWAY_TRUST_FILE; then those in force stay */
  open(config: TransportConfig): Promise<Opened>
  close(drainMs?: number, noticeMs?: number): Promise<void>
}

type TransportConfig = Pick<GatehouseConfig, 'listen' | 'listeners' | 'sockets' | 'trustStores'>
/** What somebody may connect to. */
type Address = ListenerConfig['listen'] | ProxySocketConfig['listen']
type Wanted = ListenerConfig | ProxySocketConfig | { readonly listen: ListenerConfig['listen'] }

export interface ListenerParts {
  readonly config: TransportConfig & Pick<GatehouseConfig, 'extAuthz'>
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
/** Longer than any request may take: what began under the configuration before ends under it. Quiet connections are let go at once. */
const OLD_REQUESTS_MS = 600_000

/** One address in force. */
interface Listener {
  /** All that is configured of it. */
  readonly key: string
  readonly at: Address
  readonly scheme: 'http' | 'https'
  readonly door: Door
  readonly gateway: NodeGateway
  /** `undefined`: plain HTTP. */
  readonly identity: ServerIdentity | undefined
  /** To be told of another certificate or other trust. */
  readonly changed: Set<() => void>
}

/** @throws GH_GATEWAY_LISTEN_FAILED, GH_GATEWAY_TRUST_FILE; then nothing stays open */
export async function openListeners(parts: ListenerParts): Promise<Listeners> {
  const { core, scheduler, clock } = parts
  /** Swapped whole by `open`. */
  let config: TransportConfig = parts.config
  let listeners: readonly Listener[] = []
  /** Gateways of a configuration before, with requests that began under it. */
  const leaving = new Set<NodeGateway>()
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
    ask: responderAsker(() => planEgress(parts.plan())),
  })
  await trust.check()

  /** At a door that is open, or at one of its own. */
  async function listenerOf(one: Wanted, key: string, open: Door | undefined): Promise<Listener> {
    const changed = new Set<() => void>()
    const identity = 'certificate' in one ? serverIdentity(one) : undefined
    await identity?.check()
    const tls =
      identity === undefined || !('certificate' in one)
        ? undefined
        : tlsListener(one, { identity, trust, clock, changed })
    // What is wrong with the certificate is said before the address is taken.
    const gateway = createNodeGateway({
      ...shared,
      ...(tls !== undefined && { tls }),
      ...('header' in one && { vouched: vouchedBy(one, trust, clock) }),
    })
    let door = open
    try {
      door ??= await openDoor(addressOf(one), DEFAULT_LIMITS.maxConnections)
    } catch (error) {
      void gateway.close(0)
      throw error
    }
    const scheme = identity === undefined ? 'http' : 'https'
    return { key, at: one.listen, scheme, door, gateway, identity, changed }
  }

  /** Listeners of a configuration: those that stay as they are, and new ones, at open doors where the address stays. */
  async function made(next: TransportConfig): Promise<readonly Listener[]> {
    const wanted = [
      ...(next.listen === null ? [] : [{ listen: next.listen }]),
      ...next.listeners.filter(({ dataPlane }) => dataPlane === 'node'),
      ...next.sockets,
    ]
    const all: Listener[] = []
    const keys = wanted.map((one) => canonicalJson(one))
    const free = new Set(listeners.filter(({ key }) => !keys.includes(key)))
    try {
      for (const [at, one] of wanted.entries()) {
        const key = keys[at] ?? ''
        const same = listeners.find((open) => open.key === key)
        const there =
          same === undefined ? [...free].find((open) => isAt(open, one.listen)) : undefined
        if (there !== undefined) free.delete(there)
        all.push(same ?? (await listenerOf(one, key, there?.door)))
      }
    } catch (error) {
      unmake(all)
      throw error
    }
    return all
  }

  /** Closes what nobody uses that is in force. */
  function unmake(all: readonly Listener[]): void {
    for (const one of all) {
      if (listeners.includes(one)) continue
      if (!listeners.some(({ door }) => door === one.door)) one.door.close()
      void one.gateway.close(0)
    }
  }

  function putInForce(next: readonly Listener[]): void {
    const before = listeners
    listeners = next
    for (const { door, gateway } of next) door.takenBy(gateway.take)
    for (const one of before) {
      if (next.includes(one)) continue
      if (!next.some(({ door }) => door === one.door)) one.door.close()
      leaving.add(one.gateway)
      void one.gateway.close(OLD_REQUESTS_MS).then(() => leaving.delete(one.gateway))
    }
  }

  let asked: ReturnType<typeof extAuthz>
  let askedAt: string | undefined
  const all = (): readonly (NodeGateway | Responder)[] => [
    ...listeners.map(({ gateway }) => gateway),
    ...leaving,
    ...(asked === undefined ? [] : [asked.responder]),
  ]
  const closeAll = async (drainMs?: number, noticeMs = 0): Promise<void> => {
    const stopTaking = (): void => {
      for (const { door } of listeners) door.close()
    }
    if (noticeMs === 0) stopTaking()
    else scheduler.after(Math.min(noticeMs, drainMs ?? noticeMs), stopTaking)
    await Promise.all(all().map((gateway) => gateway.close(drainMs, noticeMs)))
    pools.close()
    trust.close()
  }
  try {
    putInForce(await made(config))
    asked = extAuthz({
      config: parts.config,
      listeners: () => config.listeners,
      core,
      clock,
      scheduler,
      trust: {
        version: () => trust.version,
        judge: (stores, chain) => judgeCertificate(trust.stores(stores), chain, clock.now()),
      },
    })
    if (asked !== undefined) askedAt = asked.origin(await asked.responder.listen(asked.at))
  } catch (error) {
    await closeAll(0)
    throw error
  }

  const problems = (): readonly string[] => [
    ...trust.problems,
    ...listeners.flatMap(({ identity }) => identity?.problem ?? []),
  ]
  let told = new Set(problems())
  async function look(): Promise<void> {
    const changedTrust = await trust.check()
    for (const { identity, changed } of listeners)
      if ((await identity?.check()) === true || changedTrust) for (const tell of changed) tell()
    const now = new Set(problems())
    for (const one of now) if (!told.has(one)) parts.say(one)
    if (now.size === 0 && told.size > 0) parts.say(undefined)
    told = now
  }
  let looking: Promise<void> | undefined
  /** Single flight. */
  const check = (): Promise<void> => (looking ??= look().finally(() => (looking = undefined)))
  const stop = scheduler.every(FILES_CHECK_MS, () => {
    if (config.listeners.length + config.trustStores.length > 0) void check()
  })

  return {
    get origins() {
      const own = listeners.map(originOf)
      const [first = '', ...rest] = askedAt === undefined ? own : [...own, askedAt]
      return [first, ...rest] as const
    },
    get inFlight() {
      return all().reduce((sum, gateway) => sum + gateway.inFlight, 0)
    },
    get upstreams() {
      return pools.states
    },
    get problems() {
      return problems()
    },
    get ocsp() {
      return trust.answers
    },
    trust: {
      stores: () => trust.stores(config.trustStores.map(({ name }) => name)),
      get version() {
        return trust.version
      },
    },
    check,
    async open(next) {
      const stores = await trust.open(next.trustStores)
      let ready: readonly Listener[]
      try {
        ready = await made(next)
      } catch (error) {
        stores.discard()
        throw error
      }
      return {
        take() {
          stores.take()
          config = next
          putInForce(ready)
          for (const { changed } of ready) for (const tell of changed) tell()
        },
        discard() {
          unmake(ready)
          stores.discard()
        },
      }
    },
    async close(drainMs, noticeMs) {
      stop()
      await closeAll(drainMs, noticeMs)
    },
  }
}

/** As it was written, or as it is bound: a free port that was taken may be named later. */
function isAt({ at, door }: Listener, wanted: Address): boolean {
  if ('socket' in wanted) return 'socket' in at && wanted.socket === at.socket
  if ('socket' in at || wanted.host !== at.host) return false
  return wanted.port === at.port || wanted.port === door.port
}

function addressOf(one: Wanted): ServerAddress {
  return 'header' in one ? { ...one.listen, mode: Number.parseInt(one.mode, 8) } : one.listen
}

function originOf({ at, scheme, door: { address, port } }: Listener): string {
  if ('socket' in at) return `unix:${address}`
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`
}
