/** The Node data plane: HTTP/1.1 in and out, and between them the exchange of `gateway/core`. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'
import { createDateLine } from './answer-text.ts'
import { ClientConnection, type ConnectionParts, TURN_MS } from './client-connection.ts'
import { judgeFraming } from './framing.ts'
import { createHeaderKinds } from './header-kinds.ts'
import { DEFAULT_LIMITS, type NodeLimits } from './limits.ts'
import { NodeExchange, type ServerParts } from './node-exchange.ts'
import type { RequestText } from './request-reader.ts'
import { createTlsServer, type TlsListener } from './tls-listener.ts'
import { createUpstreamPools, type UpstreamWatcher } from './upstream-pools.ts'

export interface NodeGatewayOptions {
  readonly core: Core
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly limits?: Partial<NodeLimits>
  /** Absent: plain HTTP. */
  readonly tls?: TlsListener
  readonly upstreamSuspended?: UpstreamWatcher
}

export interface NodeGateway {
  /** Resolves when it accepts connections. Port 0 takes a free one. */
  listen(at: { readonly host: string; readonly port: number }): Promise<{
    readonly address: string
    readonly port: number
  }>
  /**
   * Answers say that they are the last of their connection. Connections that are new are taken for `noticeMs` more (none), so that who asks
   * whether we are ready hears no before it is refused a connection. Who is quiet for a moment is let go, requests in flight may end until
   * `drainMs` (at most 10 s) after the call, then they are cut.
   */
  close(drainMs?: number, noticeMs?: number): Promise<void>
  readonly inFlight: number
}

const MAX_DRAIN_MS = 10_000
/** How long a quiet connection stays open: a request that is on its way when the gateway begins to stop is still answered. */
const QUIET_MS = 1_000

export function createNodeGateway(options: NodeGatewayOptions): NodeGateway {
  const { core, clock, scheduler } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const exchanges: ServerParts = {
    core,
    pools: createUpstreamPools(
      limits.upstreamConnections,
      scheduler,
      options.upstreamSuspended ?? (() => undefined),
    ),
    kinds: createHeaderKinds(),
    limits,
    inFlight: 0,
    heldBytes: 0,
    whenIdle: undefined,
  }
  const connections = new Set<ClientConnection>()
  let draining = false
  let turn = 0
  const parts: ConnectionParts = {
    limits,
    scheduler,
    dateLine: createDateLine(() => clock.now()),
    keepAliveLines: `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(limits.keepAliveTimeoutMs / 1000)}\r\n`,
    turn: () => turn,
    get draining() {
      return draining
    },
    open,
    refuse: (code, cause, peer) => core.refusedEarly(code, cause, peer),
    gone: (connection) => connections.delete(connection),
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

  const tls =
    options.tls === undefined
      ? undefined
      : createTlsServer(
          options.tls,
          { core, clock, handshakeTimeoutMs: limits.headersTimeoutMs },
          (socket, transport) =>
            void connections.add(new ClientConnection(socket, parts, transport)),
        )
  const server =
    tls?.server ??
    createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
      connections.add(new ClientConnection(socket, parts))
    })
  server.maxConnections = limits.maxConnections
  const stopWatch = scheduler.every(TURN_MS, () => {
    turn++
    for (const connection of connections) connection.look(turn)
  })

  return {
    listen({ host, port }) {
      return new Promise((resolve, reject) => {
        server.once('error', (cause) =>
          reject(new GatehouseError('GH_GATEWAY_LISTEN_FAILED', `${host}:${port}`, { cause })),
        )
        server.listen(port, host, () => {
          const { address, port: bound } = server.address() as AddressInfo // sound: listening on TCP
          resolve({ address, port: bound })
        })
      })
    },
    close(drainMs = MAX_DRAIN_MS, noticeMs = 0) {
      draining = true
      const patience = Math.min(drainMs, MAX_DRAIN_MS)
      const notice = Math.min(noticeMs, patience)
      return new Promise((resolve) => {
        const stops = [
          scheduler.after(Math.min(notice + QUIET_MS, patience), () => {
            for (const connection of connections) if (connection.idle) connection.destroy()
          }),
          scheduler.after(patience, () => {
            for (const connection of connections) connection.destroy()
            tls?.destroyAll()
          }),
        ]
        const closed = (): void => {
          for (const stop of stops) stop()
          stopWatch()
          tls?.close()
          const finish = (): void => {
            exchanges.pools.close()
            resolve()
          }
          // The last exchanges may hear of their cut connections after the server does.
          if (exchanges.inFlight === 0) finish()
          else exchanges.whenIdle = finish
        }
        const refuse = (): void => void server.close(closed)
        if (notice === 0) refuse()
        else scheduler.after(notice, refuse)
      })
    },
    get inFlight() {
      return exchanges.inFlight
    },
  }
}
