/** The Node data plane: HTTP/1.1 in and out, and between them the exchange of `gateway/core`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as TcpServer, type Socket } from 'node:net'
import { GatehouseError, type Scheduler } from '../../lib/index.ts'
import type { Core } from '../core/index.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { judgeFraming } from './framing.ts'
import { createHeaderKinds } from './header-kinds.ts'
import { LeanRequest } from './lean-request.ts'
import { DEFAULT_LIMITS, type NodeLimits } from './limits.ts'
import { NodeExchange, type ServerParts } from './node-exchange.ts'
import { createUpstreamPools } from './upstream-pools.ts'

export interface NodeGatewayOptions {
  readonly core: Core
  readonly scheduler: Scheduler
  readonly limits?: Partial<NodeLimits>
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
/** How often Node looks for headers and requests that are overdue. */
const OVERDUE_CHECK_MS = 1_000

export function createNodeGateway(options: NodeGatewayOptions): NodeGateway {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const parts: ServerParts = {
    core: options.core,
    pools: createUpstreamPools(limits.upstreamConnections, options.scheduler),
    kinds: createHeaderKinds(),
    limits,
    scheduler: options.scheduler,
    inFlight: 0,
    heldBytes: 0,
    draining: false,
    whenIdle: undefined,
  }

  function handle(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    const { rawHeaders, httpVersion } = request
    const framing = judgeFraming(rawHeaders, httpVersion, limits.maxHeaders, parts.kinds)
    const overloaded = parts.inFlight >= limits.maxInFlight
    const node = new NodeExchange(parts, request, response, framing, expects)
    if (framing.refused !== undefined) node.exchange.refuse(framing.refused)
    else if (request.method === 'TRACE') node.exchange.refuse('GH_GATEWAY_METHOD_UNKNOWN')
    else if (overloaded) node.exchange.refuse('GH_GATEWAY_OVERLOADED')
    else node.exchange.start()
  }

  const server: Server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: OVERDUE_CHECK_MS,
      insecureHTTPParser: false,
      IncomingMessage: LeanRequest,
      optimizeEmptyRequests: true,
      requireHostHeader: false, // judged by `judgeFraming`, with an event
      noDelay: true,
    },
    (request, response) => handle(request, response, false),
  )
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // Node drops headers beyond its own count without a word: ours is the one that refuses.
  server.maxHeadersCount = 0
  server.maxConnections = limits.maxConnections
  server.on('checkContinue', (request, response) => handle(request, response, true))
  server.on('checkExpectation', (request, response) => {
    const framing = judgeFraming(
      request.rawHeaders,
      request.httpVersion,
      limits.maxHeaders,
      parts.kinds,
    )
    new NodeExchange(parts, request, response, framing, false).exchange.refuse(
      'GH_GATEWAY_REQUEST_MALFORMED',
    )
  })
  server.on('connect', (_request, socket: Socket) =>
    answerBrokenRequest(options.core, { code: 'CONNECT' }, socket),
  )
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket) =>
      answerBrokenRequest(options.core, error, socket as Socket), // sound: node:http over TCP
  )

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
      parts.draining = true
      const patience = Math.min(drainMs, MAX_DRAIN_MS)
      const notice = Math.min(noticeMs, patience)
      const { scheduler } = options
      return new Promise((resolve) => {
        const stops = [
          scheduler.after(Math.min(notice + QUIET_MS, patience), () => {
            server.closeIdleConnections()
            // Node counts a connection that has not said a word as busy until its headers are overdue.
            for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
          }),
          scheduler.after(patience, () => server.closeAllConnections()),
        ]
        const closed = (): void => {
          for (const stop of stops) stop()
          server.close() // ends its timer; there is nothing left to close
          const finish = (): void => {
            parts.pools.close()
            resolve()
          }
          // The last responses may hear of their cut connections after the server does.
          if (parts.inFlight === 0) finish()
          else parts.whenIdle = finish
        }
        // Of TCP, not of HTTP: the latter would cut quiet connections at once, with requests on their way to them.
        const refuse = (): void => void TcpServer.prototype.close.call(server, closed)
        if (notice === 0) refuse()
        else scheduler.after(notice, refuse)
      })
    },
    get inFlight() {
      return parts.inFlight
    },
  }
}
