/** A line to a unix socket that a test makes slow, dead or deaf: what a network does to a database connection. */
import { createServer, connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface SlowLine {
  readonly port: number
  /** Each direction waits this long. */
  delayMs: number
  /** Takes everything and passes nothing on: a cable that was pulled. */
  deaf: boolean
  /** Pieces that it took and did not pass on. */
  swallowed: number
  /** Called with what the client sends; `true` cuts the connection after passing it on. */
  cutAfter: ((chunk: Buffer) => boolean) | undefined
  cutAll(): void
}

export async function slowLine(t: TestContext, target: string): Promise<SlowLine> {
  const sockets = new Set<Socket>()
  const line: SlowLine = {
    port: 0,
    delayMs: 0,
    deaf: false,
    swallowed: 0,
    cutAfter: undefined,
    cutAll: () => sockets.forEach((socket) => socket.destroy()),
  }
  const server = createServer((client) => {
    const database = connect(target)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        database.destroy()
      })
    }
    pass(client, database, (chunk) => line.cutAfter?.(chunk) === true)
    pass(database, client, () => false)
  })
  function pass(from: Socket, to: Socket, cut: (chunk: Buffer) => boolean): void {
    from.on('data', (chunk: Buffer) => {
      if (line.deaf) {
        line.swallowed++
        return
      }
      setTimeout(() => {
        if (!cut(chunk)) to.write(chunk)
        // The server gets it; the client never hears what became of it.
        else to.write(chunk, () => from.destroy())
      }, line.delayMs)
    })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  t.after(() => {
    line.cutAll()
    server.close()
  })
  return Object.assign(line, { port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
}
