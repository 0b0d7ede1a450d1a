/**
 * An address where connections are taken, apart from what becomes of them: who takes them may change while it stays open. A unix socket is a
 * file that its permissions guard; one that nobody answers at any more is taken away, anything else that is in its place stays.
 */
import { chmodSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { GatehouseError } from '../../lib/index.ts'

/** A port, or a unix socket with the permissions of its file: 0600 unless others are said. */
export type ServerAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socket: string; readonly mode?: number }

export interface Door {
  /** Of a unix socket its path, and port 0. */
  readonly address: string
  readonly port: number
  /** Who takes each connection from now on. */
  takenBy(take: (socket: Socket) => void): void
  /** Takes no more connections; those that were taken go on. A second time it does nothing. */
  close(): void
}

const OWNER_ONLY = 0o600

/** Port 0 takes a free one. @throws GH_GATEWAY_LISTEN_FAILED; then nothing is open */
export async function openDoor(at: ServerAddress, maxConnections: number): Promise<Door> {
  const named = 'socket' in at ? at.socket : `${at.host}:${at.port}`
  const failed = (cause: unknown): GatehouseError =>
    new GatehouseError('GH_GATEWAY_LISTEN_FAILED', named, { cause })
  let take: ((socket: Socket) => void) | undefined
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (take === undefined) socket.destroy()
    else take(socket)
  })
  server.maxConnections = maxConnections
  if ('socket' in at)
    await makeRoom(at.socket).catch((cause: unknown) => Promise.reject(failed(cause)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(failed(cause)))
    if (!('socket' in at)) return void server.listen(at.port, at.host, resolve)
    // Nobody else may connect, not even between its making and the change of its mode.
    const before = process.umask(0o177)
    server.listen(at.socket, resolve)
    process.umask(before)
  })
  const open = {
    takenBy: (next: (socket: Socket) => void) => void (take = next),
    close: () => void server.close(),
  }
  if ('socket' in at) {
    try {
      chmodSync(at.socket, at.mode ?? OWNER_ONLY)
    } catch (cause) {
      server.close()
      throw failed(cause)
    }
    return { address: at.socket, port: 0, ...open }
  }
  const { address, port } = server.address() as AddressInfo // sound: listening on TCP
  return { address, port, ...open }
}

/** @throws Error where something is in the place of the socket that is not ours to take away */
async function makeRoom(path: string): Promise<void> {
  let found: Stats
  try {
    found = lstatSync(path)
  } catch {
    return // whatever else is wrong with the path is said when it is bound
  }
  if (!found.isSocket()) throw new Error('there is a file of another kind')
  if (await isAnswered(path)) throw new Error('another process answers there')
  // What a dead process left.
  unlinkSync(path)
}

/** @throws Error where it cannot be told: who may not connect does not know whether somebody answers */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy()
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(error)
    })
  })
}
