/** What answers Envoy: at a socket or a port of this machine, with the trust stores of the listeners that Envoy serves. */
import { timingSafeEqual } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GatehouseConfig, ListenerConfig } from '../../config/index.ts'
import type { CertificateFact } from '../../decide/index.ts'
import { type Core, forwardedJudge } from '../../gateway/core/index.ts'
import { createResponder, type EnvoyListener, type Responder } from '../../gateway/envoy/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import { readSecret } from '../secrets.ts'

/** Name of the listener of the exported Envoy over plain HTTP. */
export const PLAIN_LISTENER = 'plain-http'
const MIN_SECRET_CHARS = 32

export interface ExtAuthzParts {
  readonly config: Pick<GatehouseConfig, 'extAuthz'>
  /** As they are now. */
  readonly listeners: () => readonly ListenerConfig[]
  readonly core: Core
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly trust: {
    readonly version: () => number
    /** What a chain is worth to these trust stores. */
    readonly judge: (stores: readonly string[], chain: readonly Uint8Array[]) => CertificateFact
  }
}

/** `undefined`: no Envoy asks. @throws GH_CONFIG_SECRET_REFERENCE */
export function extAuthz(parts: ExtAuthzParts):
  | {
      readonly responder: Responder
      readonly at: Parameters<Responder['listen']>[0]
      /** `unix:/run/…` or `http://127.0.0.1:9191`, by where it listens. */
      readonly origin: (bound: { readonly address: string; readonly port: number }) => string
    }
  | undefined {
  const { config, core, clock, scheduler } = parts
  const own = config.extAuthz
  if (own === null) return undefined
  const { listen, secret } = own
  let made: { readonly of: readonly ListenerConfig[]; readonly by: ReturnType<typeof listenersOf> }
  const listeners = (): ReturnType<typeof listenersOf> => {
    const now = parts.listeners()
    if (made.of !== now) made = { of: now, by: listenersOf(parts) }
    return made.by
  }
  made = { of: parts.listeners(), by: listenersOf(parts) }
  const responder = createResponder({
    core,
    clock,
    scheduler,
    listeners,
    ...(secret !== null && { isOurs: compareWith(readSecret(secret)) }),
  })
  if ('socket' in listen) mkdirSync(dirname(listen.socket), { recursive: true, mode: 0o700 })
  return {
    responder,
    at: listen,
    origin: ({ address, port }) =>
      'socket' in listen
        ? `unix:${address}`
        : `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
  }
}

function listenersOf({
  config,
  listeners,
  trust,
}: ExtAuthzParts): ReadonlyMap<string, EnvoyListener> {
  const found = new Map<string, EnvoyListener>()
  if (config.extAuthz?.envoyListen !== null) found.set(PLAIN_LISTENER, {})
  for (const { name, dataPlane, clientCertificate, trustStores } of listeners()) {
    if (dataPlane !== 'envoy') continue
    if (clientCertificate === 'none') found.set(name, {})
    else
      found.set(name, {
        certificate: forwardedJudge('x-forwarded-client-cert', trust.version, (chain) =>
          trust.judge(trustStores, chain),
        ),
        required: clientCertificate === 'required',
      })
  }
  return found
}

/** @throws GH_CONFIG_SECRET_REFERENCE for one that could be guessed */
function compareWith(secret: string): (other: string) => boolean {
  if (secret.length < MIN_SECRET_CHARS || !/^[\x21-\x7e]+$/.test(secret))
    throw new GatehouseError(
      'GH_CONFIG_SECRET_REFERENCE',
      `the secret of extAuthz must be at least ${MIN_SECRET_CHARS} characters without blanks`,
    )
  const known = Buffer.from(secret)
  return (other) => {
    const asked = Buffer.from(other)
    return asked.length === known.length && timingSafeEqual(asked, known)
  }
}
