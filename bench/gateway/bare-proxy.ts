/**
 * The rival: node:http in, undici out, hop-by-hop headers removed, nothing decided. The same dispatch style and keep-alive as ours.
 * With a folder of `gatehouse certs` as second argument it asks for client certificates, as ours does.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Dispatcher, Pool } from 'undici'
import { serveMeasurements } from './measured.ts'

const pool = new Pool(process.argv[2] ?? '', { connections: 256, pipelining: 1, allowH2: false })
const HOP = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
])

class Forwarding implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  #status = 0
  #headers: string[] = []
  #first: Buffer | undefined
  #more: Buffer[] | undefined

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    for (const name of Object.keys(headers)) {
      const value = headers[name]
      if (typeof value === 'string' && !HOP.has(name) && name !== 'date')
        this.#headers.push(name, value)
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#first === undefined) this.#first = chunk
    else (this.#more ??= [this.#first]).push(chunk)
  }

  onResponseEnd(): void {
    this.#response.writeHead(this.#status, this.#headers)
    this.#response.end(this.#more === undefined ? this.#first : Buffer.concat(this.#more))
  }

  onResponseError(): void {
    this.#response.writeHead(502).end()
  }
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { rawHeaders } = request
  const headers: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!HOP.has(name.toLowerCase())) headers.push(name, rawHeaders[at + 1] ?? '')
  }
  const method = request.method ?? 'GET'
  const body = method === 'POST' ? request : null
  pool.dispatch({ path: request.url ?? '/', method, headers, body }, new Forwarding(response))
}

const [, , , certificates] = process.argv
const options = { keepAliveTimeout: 60_000, noDelay: true }
const pem = (name: string): string => readFileSync(`${certificates}/${name}.pem`, 'utf8')
const server =
  certificates === undefined
    ? createServer(options, forward)
    : createTlsServer(
        {
          ...options,
          cert: pem('server'),
          key: pem('server-key'),
          ca: pem('ca'),
          requestCert: true,
        },
        forward,
      )
server.listen(0, '127.0.0.1', () => {
  serveMeasurements((server.address() as AddressInfo).port) // sound: listening on TCP
})
