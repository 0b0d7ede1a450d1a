/** Load over bare sockets: one request in flight on each connection, written from ready-made bytes, answers only counted. */
import { Buffer } from 'node:buffer'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Round {
  readonly port: number
  readonly connections: number
  readonly requests: number
  /** Whole requests, used in turn. */
  readonly texts: readonly string[]
  readonly status: number
  /** Over TLS, with this client certificate. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string }
}

export interface Load {
  readonly loaded: true
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

process.on('message', (round: Round) => {
  run(round).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ loaded: true, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

function run({ port, connections, requests, texts, status, tls }: Round): Promise<Load> {
  const bytes = texts.map((text) => Buffer.from(text))
  const latencies = new Float64Array(requests)
  let sent = 0
  let received = 0
  const startedAt = process.hrtime.bigint()
  return new Promise((resolve, reject) => {
    const sockets: Socket[] = []
    for (let at = 0; at < Math.min(connections, requests); at++) {
      const socket =
        tls === undefined
          ? connect(port, '127.0.0.1')
          : connectTls({ host: '127.0.0.1', port, ...tls })
      sockets.push(socket)
      socket.setNoDelay(true)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the connection was closed')))
      let held: Buffer = Buffer.alloc(0)
      let sentAt = 0
      const next = (): void => {
        if (sent >= requests) return
        sentAt = performance.now()
        socket.write(bytes[sent++ % bytes.length] ?? '')
      }
      socket.on(tls === undefined ? 'connect' : 'secureConnect', next)
      socket.on('data', (chunk: Buffer) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
        const end = held.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = held.toString('latin1', 0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (held.length < end + 4 + length) return
        if (!head.startsWith(`HTTP/1.1 ${status}`))
          return reject(new Error(held.toString('utf8').slice(0, 1_000)))
        held = Buffer.alloc(0)
        latencies[received++] = performance.now() - sentAt
        if (received < requests) return next()
        const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
        for (const one of sockets) one.removeAllListeners('close').destroy()
        latencies.sort()
        resolve({
          loaded: true,
          requestsPerSecond: requests / seconds,
          p99Ms: latencies[Math.floor(requests * 0.99)] ?? 0,
        })
      })
    }
  })
}
