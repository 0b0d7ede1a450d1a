/** Who asks for the answer of a decoupled request too often is told to slow down (CIBA Core §11). A matter of courtesy: it is of this process, and forgotten with it. */
import { errors, Provider } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'

/** CIBA Core §7.3: the interval where the server says none. */
export const POLL_INTERVAL_MS = 5_000
/** Requests whose last question is remembered; beyond it the oldest is forgotten. */
export const MAX_PACED = 10_000

interface Pace {
  readonly at: number
  readonly intervalMs: number
}

export function pacePolling(provider: Provider, clock: Clock): void {
  const paces = new Map<string, Pace>()
  const { BackchannelAuthenticationRequest: model } = provider
  const find = model.find.bind(model)
  model.find = async (id, options) => {
    const request = await find(id, options)
    const oidc = Provider.ctx?.oidc
    if (request === undefined || oidc?.route !== 'token') return request
    if (request.clientId !== oidc.client?.clientId) return request
    const over = clock.now() >= (request.exp ?? Infinity) * 1000
    const waits = !over && request.grantId === undefined && request.error === undefined
    const before = paces.get(request.jti)
    paces.delete(request.jti)
    if (!waits) return request
    const now = clock.monotonic()
    const early = before !== undefined && now - before.at < before.intervalMs
    const intervalMs = (before?.intervalMs ?? POLL_INTERVAL_MS) + (early ? POLL_INTERVAL_MS : 0)
    paces.set(request.jti, { at: now, intervalMs })
    if (paces.size > MAX_PACED) paces.delete(paces.keys().next().value ?? '')
    if (early) throw new errors.SlowDown()
    return request
  }
}
