/**
 * Where health, readiness and metrics are read: an address of its own, never the gateway's. Plain HTTP without a login, so nothing here
 * names a customer, a client or a secret. It answers as long as the loop of the process turns, whatever the disk does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GatehouseError } from '../lib/index.ts'
import { CONTENT_TYPES, expose, formatFor } from './metrics/exposition.ts'
import type { Samples } from './metrics/samples.ts'
import type { Readiness } from './readiness.ts'

export interface MonitoringSources {
  readiness(): Readiness & { readonly plan: string | null }
  samples(): Samples
  /** For the bank that verifies the signed context; `undefined`: nothing is signed. */
  contextKeys(): object | undefined
}

interface Monitoring {
  readonly origin: string
  close(): Promise<void>
}

/** The address in use, and the way to another one: the new one is open before the old one closes. */
export interface MonitoringSwitch {
  /** `http://127.0.0.1:9464`; `null`: nowhere. */
  readonly origin: string | null
  /** @throws GH_GATEWAY_LISTEN_FAILED; then the address in use stays */
  open(wanted: Wanted): Promise<{ readonly take: () => void; readonly discard: () => void }>
  close(): Promise<void>
}
type Wanted = { readonly listen: { readonly host: string; readonly port: number } } | null

/** A scraper, a balancer, a person or two: more are not waited for. */
export const MAX_MONITORING_CONNECTIONS = 64
const MAX_HEADER_BYTES = 8_192
const REQUEST_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 65_000

const CONTEXT_KEYS_PATH = '/.well-known/gatehouse-context/jwks.json'

export function monitoringSwitch(sources: MonitoringSources): MonitoringSwitch {
  let wanted: Wanted = null
  let active: Monitoring | null = null
  return {
    get origin() {
      return active?.origin ?? null
    },
    async open(next) {
      const same =
        next?.listen.host === wanted?.listen.host && next?.listen.port === wanted?.listen.port
      if (same) return { take: () => undefined, discard: () => undefined }
      const opened = next === null ? null : await listen(next.listen, sources)
      return {
        take() {
          void active?.close()
          active = opened
          wanted = next
        },
        discard: () => void opened?.close(),
      }
    },
    async close() {
      await active?.close()
    },
  }
}

async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  sources: MonitoringSources,
): Promise<Monitoring> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      // A body that nobody asked for is not read.
      request.resume()
      answer(request, response, sources)
    },
  )
  server.maxConnections = MAX_MONITORING_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new GatehouseError('GH_GATEWAY_LISTEN_FAILED', `${host}:${port}`, { cause })),
    )
    server.listen(port, host, resolve)
  })
  // Timers and sockets of the gateway hold the process; a scraper alone does not.
  server.unref()
  const bound = server.address() as AddressInfo // sound: listening on TCP
  const shown = bound.address.includes(':') ? `[${bound.address}]` : bound.address
  return {
    origin: `http://${shown}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sources: MonitoringSources,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return json(response, 405, { error: 'GET and HEAD only' }, { allow: 'GET, HEAD' })
  const [path] = (request.url ?? '').split('?', 1)
  switch (path) {
    case '/health':
      return json(response, 200, { status: 'live' })
    case '/ready': {
      const readiness = sources.readiness()
      return json(response, readiness.ready ? 200 : 503, readiness)
    }
    case '/metrics': {
      const format = formatFor(request.headers.accept ?? '')
      return send(response, 200, CONTENT_TYPES[format], expose(sources.samples(), format))
    }
    case CONTEXT_KEYS_PATH: {
      const keys = sources.contextKeys()
      return keys === undefined ? notFound(response) : json(response, 200, keys)
    }
    default:
      return notFound(response)
  }
}

function notFound(response: ServerResponse): void {
  json(response, 404, { error: 'there is /health, /ready and /metrics' })
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
