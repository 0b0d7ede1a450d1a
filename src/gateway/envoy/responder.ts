/**
 * Answers Envoy's `ext_authz` over HTTP/1.1: one check for each request, decided by the same core as a request of our own listeners. A check
 * that lets through says what goes to the bank and what the client is told beside the bank's answer; any other is the refusal itself.
 */
import type { CertificateFact } from '../../decide/index.ts'
import type { Clock, Scheduler } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'
import {
  type ClientConnection,
  createHeaderKinds,
  createHttpServer,
  DEFAULT_LIMITS,
  type HttpServer,
  judgeFraming,
  type NodeLimits,
  type RequestText,
} from '../node/index.ts'
import { CheckExchange, type CheckParts } from './check-exchange.ts'
import { readCheck } from './check-request.ts'

export interface ResponderOptions {
  readonly core: Core
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Whether the secret is ours; absent: the socket lets nobody else connect. Takes as long for a wrong one as for a right one. */
  readonly isOurs?: (secret: string) => boolean
  /** Listeners of Envoy by name, as they are now. A check from another one is refused. */
  readonly listeners: () => ReadonlyMap<string, EnvoyListener>
  readonly limits?: Partial<NodeLimits>
}

export interface EnvoyListener {
  /** What the certificate that Envoy forwards is worth; absent: it asks clients for none. */
  readonly certificate?: (rawHeaders: readonly string[]) => CertificateFact
  /** Who has none that is trusted and in force is refused, whatever the API asks. */
  readonly required?: boolean
}

export interface Responder extends Pick<HttpServer, 'listen' | 'close'> {
  readonly inFlight: number
}

/**
 * A check carries the client's whole head (16 KB at most), its certificates as Envoy writes them (PEM, percent-encoded) and what Envoy adds.
 */
const CHECK_LIMITS: NodeLimits = {
  ...DEFAULT_LIMITS,
  maxHeaderBytes: 65_536,
  maxHeaders: DEFAULT_LIMITS.maxHeaders + 20,
}

export function createResponder(options: ResponderOptions): Responder {
  const { core, clock, scheduler, isOurs, listeners } = options
  const limits = { ...CHECK_LIMITS, ...options.limits }
  const kinds = createHeaderKinds()
  const parts: CheckParts = { core, kinds, inFlight: 0, whenIdle: undefined }

  function open(connection: ClientConnection, request: RequestText): void {
    const { method, version, rawHeaders } = request
    const check = readCheck(request.target, rawHeaders)
    const listener = check === undefined ? undefined : listeners().get(check.listener)
    if (
      check === undefined ||
      listener === undefined ||
      (isOurs !== undefined && !isOurs(check.secret))
    )
      return connection.refuse('GH_GATEWAY_CHECK_REFUSED', 'NOT_OUR_PROXY')
    // The length is that of the check, all else the client's.
    const framing = judgeFraming(check.rawHeaders, version, DEFAULT_LIMITS.maxHeaders, kinds)
    const exchange = new CheckExchange(parts, connection, { request, check, framing, listener })
    const refused = framing.refused ?? exchange.certificateRefused(clock.now())
    if (refused !== undefined) exchange.refuse(refused)
    else if (method === 'TRACE' || method === 'CONNECT')
      exchange.refuse('GH_GATEWAY_METHOD_UNKNOWN')
    else if (parts.inFlight > limits.maxInFlight) exchange.refuse('GH_GATEWAY_OVERLOADED')
    else exchange.start()
  }

  const server = createHttpServer({
    clock,
    scheduler,
    limits,
    // Envoy keeps connections as its cluster says, and a header more would go on to the client.
    keepAliveLines: 'connection: keep-alive\r\n',
    open,
    refuse: (code, cause, peer) => core.refusedEarly(code, cause, peer),
    whenIdle(idle) {
      if (parts.inFlight === 0) idle()
      else parts.whenIdle = idle
    },
  })
  return {
    listen: server.listen,
    close: server.close,
    get inFlight() {
      return parts.inFlight
    },
  }
}
