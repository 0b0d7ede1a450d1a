/** Connections of clients over TCP, TLS or a unix socket: taken, watched, let go of in order. What a request is answered is said by who opens it. */
import { chmodSync, unlinkSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import { createDateLine } from './answer-text.ts'
import { ClientConnection, type ConnectionParts, TURN_MS } from './client-connection.ts'
import type { NodeLimits } from './limits.ts'
import type { RequestText } from './request-reader.ts'
import type { Transport, TlsServer } from './tls-listener.ts'
import type { TLSSocket } from 'node:tls'

export interface HttpServerOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly limits: NodeLimits
  /** Lines that say how long a connection stays; absent: by `limits`. */
  readonly keepAliveLines?: string
  readonly open: (connection: ClientConnection, request: RequestText) => void
  readonly refuse: ConnectionParts['refuse']
  /** Absent: plain HTTP. */
  readonly tls?: (open: (socket: TLSSocket, transport: Transport) => void) => TlsServer
  /** Calls back when no request is without an answer. */
  readonly whenIdle: (idle: () => void) => void
}

/** A port, or a unix socket that only the user of this process may connect to. */
export type ServerAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socket: string }

export interface HttpServer {
  /** Resolves when it accepts connections. Port 0 takes a free one; of a unix socket, `address` is its path and `port` is 0. */
  listen(at: ServerAddress): Promise<{ readonly address: string; readonly port: number }>
  /**
   * Answers say that they are the last of their connection. Connections that are new are taken for `noticeMs` more (none), so that who asks
   * whether we are ready hears no before it is refused a connection. Who is quiet for a moment is let go, requests in flight may end until
   * `drainMs` (at most 10 s) after the call, then they are cut.
   */
  close(drainMs?: number, noticeMs?: number): Promise<void>
}

const MAX_DRAIN_MS = 10_000
/** How long a quiet connection stays open: a request that is on its way when the gateway begins to stop is still answered. */
const QUIET_MS = 1_000

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { clock, scheduler, limits } = options
  const connections = new Set<ClientConnection>()
  let draining = false
  let turn = 0
  const parts: ConnectionParts = {
    limits,
    scheduler,
    dateLine: createDateLine(() => clock.now()),
    keepAliveLines:
      options.keepAliveLines ??
      `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(limits.keepAliveTimeoutMs / 1000)}\r\n`,
    turn: () => turn,
    get draining() {
      return draining
    },
    open: options.open,
    refuse: options.refuse,
    gone: (connection) => connections.delete(connection),
  }
  const tls = options.tls?.(
    (socket, transport) => void connections.add(new ClientConnection(socket, parts, transport)),
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
    listen(at) {
      return new Promise((resolve, reject) => {
        const named = 'socket' in at ? at.socket : `${at.host}:${at.port}`
        server.once('error', (cause) =>
          reject(new GatehouseError('GH_GATEWAY_LISTEN_FAILED', named, { cause })),
        )
        if ('socket' in at) {
          removeSocket(at.socket)
          // Nobody else may connect, not even between its making and a later change of its mode.
          const before = process.umask(0o177)
          server.listen(at.socket, () => {
            chmodSync(at.socket, 0o600)
            resolve({ address: at.socket, port: 0 })
          })
          process.umask(before)
          server.once('close', () => removeSocket(at.socket))
          return
        }
        server.listen(at.port, at.host, () => {
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
          // The last requests may hear of their cut connections after the server does.
          options.whenIdle(resolve)
        }
        const refuse = (): void => void server.close(closed)
        if (notice === 0) refuse()
        else scheduler.after(notice, refuse)
      })
    },
  }
}

/** What a dead process left. */
function removeSocket(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // there was none
  }
}
