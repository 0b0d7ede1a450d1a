/**
 * Load over bare sockets: one request in flight on each connection, written from ready-made bytes, answers only counted. With a rate the loop
 * is open: requests are due at fixed times whatever became of those before, and a latency is counted from when it was due.
 */
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
  /** Begins a line of each answer's head. */
  readonly field?: string
  /** Requests that are due each second; absent: each connection asks again as soon as it is answered. */
  readonly perSecond?: number
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

function run(round: Round): Promise<Load> {
  const { port, connections, requests, texts, status, field, tls, perSecond } = round
  const bytes = texts.map((text) => Buffer.from(text))
  const latencies = new Float64Array(requests)
  let sent = 0
  let received = 0
  let connected = 0
  /** Of an open loop: connections that wait for a request to be due. */
  const idle: (() => void)[] = []
  let dueFrom = 0
  const dueAt = (index: number): number => dueFrom + (index * 1000) / (perSecond ?? Infinity)
  let pace: NodeJS.Timeout | undefined
  const hurry = (): void => {
    // In turn: a connection that never asks is closed.
    for (const next of idle.splice(0)) next()
  }
  let startedAt = performance.now()
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
        if (perSecond !== undefined) {
          if (sentAt < dueAt(sent)) return void idle.push(next)
          sentAt = dueAt(sent)
        }
        socket.write(bytes[sent++ % bytes.length] ?? '')
      }
      socket.on(tls === undefined ? 'connect' : 'secureConnect', () => {
        connected++
        if (perSecond === undefined) return next()
        idle.push(next)
        if (connected < sockets.length) return
        startedAt = dueFrom = performance.now()
        pace = setInterval(hurry, 1)
      })
      socket.on('data', (chunk: Buffer) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
        const end = held.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = held.toString('latin1', 0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (held.length < end + 4 + length) return
        const whole = field === undefined || head.includes(`\r\n${field}`)
        if (!head.startsWith(`HTTP/1.1 ${status}`) || !whole)
          return reject(new Error(held.toString('utf8').slice(0, 1_000)))
        held = Buffer.alloc(0)
        latencies[received++] = performance.now() - sentAt
        if (received < requests) return next()
        clearInterval(pace)
        const seconds = (performance.now() - startedAt) / 1_000
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
