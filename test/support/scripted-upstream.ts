/** A bank API over bare sockets: each test says byte for byte what it answers. */
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly line: string
  /** Header lines in order, names as sent. */
  readonly headers: readonly string[]
  readonly body: string
  header(name: string): string | undefined
}
export type Script = (request: SeenRequest, socket: Socket) => void

export interface ScriptedUpstream {
  readonly origin: string
  readonly seen: SeenRequest[]
  script: Script
  /** Called with each new connection. */
  connected: (socket: Socket) => void
  /** Every connection so far. */
  readonly sockets: readonly Socket[]
  close(): Promise<void>
}

export function jsonAnswer(body: unknown, head = ''): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

export async function scriptedUpstream(): Promise<ScriptedUpstream> {
  const sockets: Socket[] = []
  const seen: SeenRequest[] = []
  const server: Server = createServer((socket) => {
    sockets.push(socket)
    upstream.connected(socket)
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (;;) {
        const end = text.indexOf('\r\n\r\n')
        if (end < 0) return
        const [line = '', ...headers] = text.slice(0, end).split('\r\n')
        const header = (name: string): string | undefined =>
          headers
            .find((one) => one.toLowerCase().startsWith(`${name}:`))
            ?.slice(name.length + 1)
            .trim()
        const start = end + 4
        // One chunk and the last one: more is not sent by anybody whose requests are looked at here.
        const [chunk, size = ''] =
          header('transfer-encoding') === 'chunked'
            ? (/^([0-9a-f]+)\r\n[^]*\r\n0\r\n\r\n/.exec(text.slice(start)) ?? [])
            : ['', '']
        if (chunk === undefined) return
        const length = chunk === '' ? Number(header('content-length') ?? 0) : chunk.length
        if (text.length < start + length) return
        const sent = text.slice(start, start + length)
        const body = chunk === '' ? sent : sent.slice(size.length + 2, -'\r\n0\r\n\r\n'.length)
        const request = { line, headers, header, body }
        text = text.slice(start + length)
        seen.push(request)
        upstream.script(request, socket)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  const upstream: ScriptedUpstream = {
    origin: `http://127.0.0.1:${port}`,
    seen,
    script: (_request, socket) => socket.end(),
    connected: () => {},
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return upstream
}
