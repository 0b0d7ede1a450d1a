/** One check of Envoy, from its head to its answer: the exchange of the core decides, Envoy carries. */
import type { TransportFact } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import type { Answer, Core, Exchange, ExchangePort, UpstreamCall } from '../core/index.ts'
import {
  certificateRefusal,
  type ClientConnection,
  type ClientHandler,
  type Framing,
  type HeaderKinds,
  type RequestText,
} from '../node/index.ts'
import type { CheckRequest } from './check-request.ts'
import { allowHeaders } from './allow-headers.ts'
import { SENT_FOR } from './names.ts'
import type { EnvoyListener } from './responder.ts'

/** What the checks of one responder share. */
export interface CheckParts {
  readonly core: Core
  readonly kinds: HeaderKinds
  /** Checks without an answer. */
  inFlight: number
  /** Called when the last check has its answer. */
  whenIdle: (() => void) | undefined
}

export interface Asked {
  readonly request: RequestText
  readonly check: CheckRequest
  /** Of the check itself. */
  readonly framing: Framing
  readonly listener: EnvoyListener
}

/** RFC 6797 §7.2: over TLS, and nowhere else. */
const STRICT = ['strict-transport-security', 'max-age=31536000']

export class CheckExchange implements ExchangePort, ClientHandler {
  readonly #parts: CheckParts
  readonly #connection: ClientConnection
  readonly #asked: Asked
  readonly #exchange: Exchange
  readonly #transport: TransportFact | undefined
  #ended = false

  constructor(parts: CheckParts, connection: ClientConnection, asked: Asked) {
    this.#parts = parts
    this.#connection = connection
    this.#asked = asked
    const { request, check, framing } = asked
    parts.inFlight++
    connection.carries(this, bodyLength(framing), framing.closes)
    const transport = transportOf(asked)
    this.#transport = transport
    this.#exchange = parts.core.open(
      {
        method: request.method,
        target: check.target,
        rawHeaders: check.rawHeaders,
        peer: check.peer,
        transport,
        dataPlane: 'envoy',
        hasBody: framing.hasBody,
      },
      this,
    )
  }

  /** Where a listener of our own would have ended the connection. */
  certificateRefused(now: number): ErrorCode | undefined {
    if (this.#asked.listener.required !== true) return undefined
    return this.#transport === undefined
      ? 'GH_GATEWAY_CERTIFICATE_MISSING'
      : certificateRefusal(this.#transport, now)?.code
  }

  start(): void {
    this.#exchange.start()
  }

  refuse(code: ErrorCode): void {
    this.#exchange.refuse(code)
  }

  // --- what the exchange asks for ---

  readBody(maxBytes: number): void {
    const { request, framing } = this.#asked
    if (!framing.hasBody) return this.#exchange.body({ kind: 'absent' })
    const length = bodyLength(framing)
    if (length > maxBytes) return this.#exchange.refuse('GH_GATEWAY_BODY_TOO_LARGE')
    this.#connection.readBody(request, length, maxBytes, false, (result) => {
      if (result.ok) this.#exchange.body(result.body)
      else this.#exchange.refuse(result.code)
    })
  }

  allow(call: UpstreamCall, headers: readonly string[]): void {
    const { check } = this.#asked
    const said = allowHeaders(call, headers, check.rawHeaders, this.#parts.kinds)
    if (said === undefined) return this.#exchange.upstreamFailed('GH_GATEWAY_REQUEST_INVALID', true)
    this.#send(200, said, null)
  }

  answer({ status, headers, body }: Answer): void {
    this.#send(
      SENT_FOR.get(status) ?? status,
      ['x-gatehouse-decision', this.#exchange.id, ...headers],
      body,
    )
  }

  /** Nothing is ever sent to a bank from here. */
  forward(): void {
    this.#exchange.upstreamFailed('GH_GATEWAY_RULE_FAILED', true)
  }

  stream(answer: Answer): void {
    this.answer(answer)
  }

  #send(status: number, headers: readonly string[], body: string | Uint8Array | null): void {
    if (this.#ended) return
    this.#end()
    const all = this.#transport === undefined ? headers : [...headers, ...STRICT]
    this.#connection.answer(status, all, body, this.#asked.request.method === 'HEAD')
  }

  #end(): void {
    this.#ended = true
    const parts = this.#parts
    parts.inFlight--
    if (parts.inFlight === 0) parts.whenIdle?.()
  }

  // --- what Envoy does ---

  onDrain(): void {
    // answers are sent whole
  }

  onClosed(whole: boolean): void {
    if (whole || this.#ended) return
    // It asked and did not wait: whatever was found, it does not go on with it.
    this.#exchange.clientGone()
    this.#end()
  }
}

function bodyLength({ hasBody, contentLength }: Framing): number {
  return hasBody ? contentLength : 0
}

function transportOf({ check, listener }: Asked): TransportFact | undefined {
  const tls = TLS.get(check.tls)
  if (check.tls === '') return undefined
  return { tls, certificate: listener.certificate?.(check.rawHeaders) ?? { kind: 'absent' } }
}

/** As Envoy writes them; any other version is none that we know. */
const TLS: ReadonlyMap<string, '1.2' | '1.3'> = new Map([
  ['TLSv1.2', '1.2'],
  ['TLSv1.3', '1.3'],
])
