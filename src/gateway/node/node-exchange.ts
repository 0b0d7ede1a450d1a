/**
 * One request on Node's sockets: carries what the exchange of the core decides between the client's response and the upstream request.
 * It is both ends' handler object, so that a request makes no promise and hardly a closure.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode, Scheduler } from '../../lib/index.ts'
import type {
  Answer,
  Core,
  Exchange,
  ExchangePort,
  UpstreamCall,
  UpstreamHeaders,
} from '../core/index.ts'
import type { Framing } from './framing.ts'
import type { HeaderKinds } from './header-kinds.ts'
import type { NodeLimits } from './limits.ts'
import { readRequestBody } from './request-body.ts'
import { requestHead } from './request-head.ts'
import { forwardedHeaders } from './request-headers.ts'
import type { UpstreamPool, UpstreamPools } from './upstream-pools.ts'
import { type UpstreamHandler, UpstreamRequest } from './upstream-request.ts'

/** What the exchanges of one server share. */
export interface ServerParts {
  readonly core: Core
  readonly pools: UpstreamPools
  readonly kinds: HeaderKinds
  readonly limits: NodeLimits
  readonly scheduler: Scheduler
  /** Requests without an answer. */
  inFlight: number
  /** Bytes of answers in memory. */
  heldBytes: number
  draining: boolean
  /** Called when the last request in flight has ended. */
  whenIdle: (() => void) | undefined
}

const MAX_DISCARDED_BYTES = 65_536

export class NodeExchange implements ExchangePort, UpstreamHandler {
  readonly #parts: ServerParts
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #framing: Framing
  readonly #exchange: Exchange
  /** The client waits for `100 Continue` before it sends a body. */
  readonly #expects: boolean
  #bodyRead = false
  #ended = false
  #upstream: UpstreamRequest | undefined
  #pool: UpstreamPool | undefined
  #maxBytes = 0
  /** Milliseconds to the end of the upstream's head, and of its body: of the whole call, since drops come in time for ever. */
  #headMs = 0
  #bodyMs = 0
  #bytes = 0
  #heldBytes = 0
  #unwatch: (() => void) | undefined
  /** Of a streamed body; -1 if it was not. */
  #announced = -1
  #first: Buffer | undefined
  #more: Buffer[] | undefined
  #mode: 'head' | 'read' | 'stream' | 'discard' = 'head'

  constructor(
    parts: ServerParts,
    request: IncomingMessage,
    response: ServerResponse,
    framing: Framing,
    expects: boolean,
  ) {
    this.#parts = parts
    this.#request = request
    this.#response = response
    this.#framing = framing
    this.#expects = expects
    parts.inFlight++
    response.on('close', () => this.#closed())
    this.#exchange = parts.core.open(
      {
        method: request.method ?? '',
        target: request.url ?? '',
        rawHeaders: request.rawHeaders,
        peer: request.socket.remoteAddress ?? '',
        hasBody: framing.hasBody,
      },
      this,
    )
  }

  get exchange(): Exchange {
    return this.#exchange
  }

  // --- what the exchange asks for ---

  readBody(maxBytes: number): void {
    this.#bodyRead = true
    if (!this.#framing.hasBody) return this.#exchange.body({ kind: 'absent' })
    if (this.#framing.contentLength > maxBytes) {
      this.#bodyRead = false
      return this.#exchange.refuse('GH_GATEWAY_BODY_TOO_LARGE')
    }
    if (this.#expects) this.#response.writeContinue()
    readRequestBody(this.#request, maxBytes, (result) => {
      if (result.ok) return this.#exchange.body(result.body)
      this.#bodyRead = false
      this.#exchange.refuse(result.code)
    })
  }

  forward(call: UpstreamCall): void {
    const { upstream } = call
    const pool = this.#parts.pools.of(upstream)
    if (pool.inFlight >= this.#parts.limits.maxPerUpstream)
      return this.#exchange.upstreamFailed('GH_GATEWAY_OVERLOADED')
    const headers = forwardedHeaders(
      this.#request.rawHeaders,
      this.#framing.listed,
      call.context,
      this.#parts.kinds,
    )
    const { method, path, body } = call
    const bytes = body === undefined ? -1 : Buffer.byteLength(body)
    const head = requestHead(method, path, pool.host, headers, bytes)
    if (head === undefined) return this.#exchange.upstreamFailed('GH_GATEWAY_REQUEST_INVALID')
    pool.inFlight++
    this.#pool = pool
    this.#maxBytes = upstream.maxResponseBytes
    this.#headMs = upstream.headersTimeoutMs + upstream.connectTimeoutMs
    this.#bodyMs = this.#headMs + upstream.bodyTimeoutMs
    const { headersTimeoutMs, bodyTimeoutMs } = upstream
    this.#upstream = new UpstreamRequest(
      { head, body, method, headersTimeoutMs, bodyTimeoutMs },
      this,
    )
    pool.dispatch(this.#upstream)
  }

  answer(answer: Answer): void {
    const response = this.#response
    if (this.#ended || response.headersSent) return
    this.#end()
    const { status, headers, body } = answer
    this.#connection(headers)
    if (body === null || bodyless(status, this.#request.method)) {
      if (body === null && !bodyless(status, this.#request.method))
        headers.push('content-length', '0')
      response.writeHead(status, headers)
      response.end()
      return
    }
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    headers.push('content-length', String(length))
    response.writeHead(status, headers)
    // As many bytes as UTF-16 units is ASCII: one write with the head, without encoding it.
    if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8')
    else response.end(body)
    // Usually the operating system has it all by now. What it has not stays in memory for as long as the client likes.
    if (response.socket === null || response.socket.writableLength > 0) this.#watch()
  }

  /** Cuts a client that does not take its answer in time. */
  #watch(): void {
    const { scheduler, limits } = this.#parts
    // Behind another answer of its connection its own time has not begun.
    const waits = this.#response.socket === null
    this.#unwatch = scheduler.after(limits.answerTimeoutMs, () => {
      if (waits) this.#watch()
      else this.#response.destroy()
    })
  }

  stream(answer: Answer): void {
    if (this.#ended) return
    this.#end()
    const { headers } = answer
    this.#connection(headers)
    if (this.#announced >= 0) headers.push('content-length', String(this.#announced))
    this.#response.writeHead(answer.status, headers)
    this.#watch()
    this.#upstream?.resume()
  }

  // --- what the bank API answers ---

  onResponsePart(): void {
    // Interim answers and heads that come in drops end here too: none of them puts the end of the head off.
    if (this.#exchange.waitedMs > this.#headMs) this.#refuseAnswer('GH_GATEWAY_UPSTREAM_TIMEOUT')
  }

  onResponseStart(status: number, headers: UpstreamHeaders, announced: number): void {
    const without = bodyless(status, this.#request.method)
    const plan = this.#exchange.upstreamHead(status, headers, without)
    this.#mode = plan
    if (plan !== 'discard' && announced > this.#maxBytes) {
      this.#refuseAnswer('GH_GATEWAY_RESPONSE_REFUSED')
    } else if (plan === 'stream') {
      this.#upstream?.pause()
      this.#announced = announced
      this.#response.on('drain', () => this.#upstream?.resume())
      this.#exchange.upstreamStream(Math.max(announced, 0))
    }
  }

  onResponseData(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#mode === 'discard') {
      // A short rest is read so that the connection lives on.
      if (this.#bytes > MAX_DISCARDED_BYTES || this.#isLate()) this.#abort()
      return
    }
    if (this.#bytes > this.#maxBytes) return this.#refuseAnswer('GH_GATEWAY_RESPONSE_REFUSED')
    if (this.#mode === 'stream') {
      if (!this.#response.write(chunk)) this.#upstream?.pause()
      return
    }
    this.#heldBytes += chunk.length
    this.#parts.heldBytes += chunk.length
    if (this.#parts.heldBytes > this.#parts.limits.maxHeldBytes)
      return this.#refuseAnswer('GH_GATEWAY_OVERLOADED')
    if (this.#first === undefined) this.#first = chunk
    else if (this.#isLate()) this.#refuseAnswer('GH_GATEWAY_UPSTREAM_TIMEOUT')
    else (this.#more ??= [this.#first]).push(chunk)
  }

  #isLate(): boolean {
    return this.#exchange.waitedMs > this.#bodyMs
  }

  onResponseEnd(): void {
    this.#release()
    if (this.#mode === 'stream') this.#response.end()
    if (this.#mode !== 'read') return
    const bytes = this.#more === undefined ? (this.#first ?? EMPTY) : Buffer.concat(this.#more)
    this.#forget()
    this.#exchange.upstreamBody(bytes, isUtf8(bytes) ? bytes.toString('utf8') : undefined)
  }

  onResponseError(code: ErrorCode): void {
    this.#release()
    if (this.#mode === 'stream') this.#response.destroy()
    else if (this.#mode !== 'discard') this.#exchange.upstreamFailed(code)
  }

  #refuseAnswer(code: ErrorCode): void {
    const streaming = this.#mode === 'stream' && this.#response.headersSent
    this.#mode = 'discard'
    this.#forget()
    // Once the head has left, cutting the connection is the only way to say that the rest is missing.
    if (streaming) this.#response.destroy()
    else this.#exchange.upstreamFailed(code)
    this.#abort()
  }

  /** Nothing of the upstream's answer is wanted any more. */
  #abort(): void {
    this.#release()
    this.#upstream?.abort()
  }

  /** The chunks need not live as long as their answer. */
  #forget(): void {
    this.#first = undefined
    this.#more = undefined
  }

  /** The upstream owes this request nothing more. */
  #release(): void {
    if (this.#pool === undefined) return
    this.#pool.inFlight--
    this.#pool = undefined
  }

  // --- the client's side ---

  #connection(headers: string[]): void {
    // What the client still sends of an unread body would be the start of its next request.
    if (this.#parts.draining || (this.#framing.hasBody && !this.#bodyRead))
      headers.push('connection', 'close')
  }

  #closed(): void {
    if (!this.#ended) {
      this.#exchange.clientGone()
      this.#end()
    }
    this.#unwatch?.()
    this.#parts.heldBytes -= this.#heldBytes
    this.#heldBytes = 0
    this.#forget()
    if (this.#response.writableFinished) return
    if (this.#mode === 'read') this.#mode = 'discard'
    this.#abort()
  }

  #end(): void {
    this.#ended = true
    if (--this.#parts.inFlight === 0) this.#parts.whenIdle?.()
  }
}

const EMPTY = Buffer.alloc(0)

/** RFC 9110 §6.4.1, §15.3.5, §15.3.6, §15.4.5. */
function bodyless(status: number, method: string | undefined): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304
}
