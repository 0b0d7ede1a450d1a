/** Connections of clients over TCP, TLS or a unix socket: taken, watched, let go of in order. What a request is answered is said by who opens it. */
import type { Socket } from 'node:net'
import type { Clock, Scheduler } from '../../lib/index.ts'
import { createDateLine } from './answer-text.ts'
import { ClientConnection, type ConnectionParts, TURN_MS } from './client-connection.ts'
import { type Door, openDoor, type ServerAddress } from './door.ts'
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
  /** Absent: plain HTTP, as `transport` says that its requests came. `gone` is called for each connection that has ended. */
  readonly tls?: (
    open: (socket: TLSSocket, transport: Transport) => void,
    gone: () => void,
  ) => TlsServer
  /** Of plain HTTP: what somebody before it says of each request. Absent: nobody is there. */
  readonly transport?: Transport
  /** Calls back when no request is without an answer. */
  readonly whenIdle: (idle: () => void) => void
}

export interface HttpServer {
  /** Resolves when it accepts connections. Port 0 takes a free one; of a unix socket, `address` is its path and `port` is 0. */
  listen(at: ServerAddress): Promise<{ readonly address: string; readonly port: number }>
  /** A connection of an address that somebody else keeps open. */
  take(socket: Socket): void
  /**
   * Answers say that they are the last of their connection. Connections that are new are taken for `noticeMs` more (none), so that who asks
   * whether we are ready hears no before it is refused a connection. Who is quiet for a moment is let go, requests in flight may end until
   * `drainMs` after the call, then they are cut. Called again, it ends at the earlier of both.
   */
  close(drainMs?: number, noticeMs?: number): Promise<void>
}

const DRAIN_MS = 10_000
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
    gone(connection) {
      connections.delete(connection)
      ended()
    },
  }
  let door: Door | undefined
  /** Called back once the last connection has ended; added to only when nobody may bring another. */
  const whenEnded = new Set<() => void>()
  const ended = (): void => {
    if (connections.size > 0 || (tls !== undefined && tls.size > 0)) return
    for (const tell of whenEnded) tell()
    whenEnded.clear()
  }
  const tls = options.tls?.(
    (socket, transport) => void connections.add(new ClientConnection(socket, parts, transport)),
    () => ended(),
  )
  const take =
    tls?.take ??
    ((socket: Socket) =>
      void connections.add(new ClientConnection(socket, parts, options.transport)))
  const stopWatch = scheduler.every(TURN_MS, () => {
    turn++
    for (const connection of connections) connection.look(turn)
  })

  return {
    async listen(at) {
      door = await openDoor(at, limits.maxConnections)
      door.takenBy(take)
      return { address: door.address, port: door.port }
    },
    take,
    close(drainMs = DRAIN_MS, noticeMs = 0) {
      draining = true
      const notice = Math.min(noticeMs, drainMs)
      return new Promise((resolve) => {
        const stops = [
          scheduler.after(Math.min(notice + QUIET_MS, drainMs), () => {
            for (const connection of connections) if (connection.idle) connection.destroy()
          }),
          scheduler.after(drainMs, () => {
            for (const connection of connections) connection.destroy()
            tls?.destroyAll()
          }),
        ]
        const refuse = (): void => {
          door?.close()
          whenEnded.add(() => {
            for (const stop of stops) stop()
            stopWatch()
            tls?.close()
            // The last requests may hear of their cut connections after the server does.
            options.whenIdle(resolve)
          })
          ended()
        }
        if (notice === 0) refuse()
        else scheduler.after(notice, refuse)
      })
    },
  }
}
