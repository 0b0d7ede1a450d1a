/** The Node data plane: HTTP/1.1 in and out, and between them the exchange of `gateway/core`. */
import type { Clock, Scheduler } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'
import type { ClientConnection } from './client-connection.ts'
import { judgeFraming } from './framing.ts'
import { createHeaderKinds } from './header-kinds.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { DEFAULT_LIMITS, type NodeLimits } from './limits.ts'
import { NodeExchange, type ServerParts } from './node-exchange.ts'
import type { RequestText } from './request-reader.ts'
import { createTlsServer, type TlsListener, type Transport } from './tls-listener.ts'
import { createUpstreamPools, type UpstreamPools } from './upstream-pools.ts'

export interface NodeGatewayOptions {
  readonly core: Core
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly limits?: Partial<NodeLimits>
  /** Absent: plain HTTP. */
  readonly tls?: TlsListener
  /** Of plain HTTP: who connects is a proxy that ends TLS, and vouches for how each request came. Absent: nobody vouches. */
  readonly vouched?: Transport
  /** Connections, caps and breakers that listeners share; who made them closes them. Absent: it has its own. */
  readonly pools?: UpstreamPools
}

export interface NodeGateway extends HttpServer {
  readonly inFlight: number
}

export function createNodeGateway(options: NodeGatewayOptions): NodeGateway {
  const { core, clock, scheduler } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const exchanges: ServerParts = {
    core,
    pools:
      options.pools ?? createUpstreamPools({ scheduler, connections: limits.upstreamConnections }),
    kinds: createHeaderKinds(),
    limits,
    inFlight: 0,
    heldBytes: 0,
    whenIdle: undefined,
  }

  function open(connection: ClientConnection, request: RequestText): void {
    const { method, version, rawHeaders } = request
    if (method === 'CONNECT') return connection.refuse('GH_GATEWAY_METHOD_UNKNOWN', 'CONNECT')
    const framing = judgeFraming(rawHeaders, version, limits.maxHeaders, exchanges.kinds)
    const overloaded = exchanges.inFlight >= limits.maxInFlight
    const expects = framing.expects === 'continue' && version === '1.1'
    const { exchange } = new NodeExchange(exchanges, connection, request, framing, expects)
    if (framing.refused !== undefined) exchange.refuse(framing.refused)
    else if (method === 'TRACE') exchange.refuse('GH_GATEWAY_METHOD_UNKNOWN')
    else if (overloaded) exchange.refuse('GH_GATEWAY_OVERLOADED')
    else exchange.start()
  }

  const { tls, vouched } = options
  const server = createHttpServer({
    clock,
    scheduler,
    limits,
    open,
    refuse: (code, cause, peer) => core.refusedEarly(code, cause, peer),
    ...(vouched !== undefined && { transport: vouched }),
    ...(tls !== undefined && {
      tls: (opened, gone) =>
        createTlsServer(
          tls,
          { core, clock, handshakeTimeoutMs: limits.headersTimeoutMs },
          opened,
          gone,
        ),
    }),
    whenIdle(idle) {
      const finish = (): void => {
        if (options.pools === undefined) exchanges.pools.close()
        idle()
      }
      if (exchanges.inFlight === 0) finish()
      else exchanges.whenIdle = finish
    },
  })
  return {
    listen: server.listen,
    take: server.take,
    close: server.close,
    get inFlight() {
      return exchanges.inFlight
    },
  }
}
