/**
 * One request on Node's sockets: carries what the exchange of the core decides between the client's connection and the upstream request.
 * It is both ends' handler object, so that a request makes no promise and hardly a closure.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import type { ErrorCode } from '../../lib/index.ts'
import type {
  Answer,
  Core,
  Exchange,
  ExchangePort,
  UpstreamCall,
  UpstreamHeaders,
} from '../core/index.ts'
import type { ClientConnection, ClientHandler } from './client-connection.ts'
import type { Framing } from './framing.ts'
import type { HeaderKinds } from './header-kinds.ts'
import type { NodeLimits } from './limits.ts'
import { requestHead } from './request-head.ts'
import { forwardedHeaders } from './request-headers.ts'
import type { RequestText } from './request-reader.ts'
import type { UpstreamAddress } from './upstream-address.ts'
import type { UpstreamPool } from './upstream-pool.ts'
import type { UpstreamPools } from './upstream-pools.ts'
import { type CallFault, type UpstreamHandler, UpstreamRequest } from './upstream-request.ts'

/** What the exchanges of one server share. */
export interface ServerParts {
  readonly core: Core
  readonly pools: UpstreamPools
  readonly kinds: HeaderKinds
  readonly limits: NodeLimits
  /** Requests without an answer. */
  inFlight: number
  /** Bytes of answers in memory. */
  heldBytes: number
  /** Called when the last request in flight has ended. */
  whenIdle: (() => void) | undefined
}

const MAX_DISCARDED_BYTES = 65_536
/** Of one answer, before they are put together. */
const MAX_PIECES = 1_024

export class NodeExchange implements ExchangePort, UpstreamHandler, ClientHandler {
  readonly #parts: ServerParts
  readonly #client: ClientConnection
  readonly #request: RequestText
  readonly #framing: Framing
  readonly #exchange: Exchange
  /** The client waits for `100 Continue` before it sends a body. */
  readonly #expects: boolean
  #ended = false
  /** Of an answer that goes out as it comes: its head has left; the bank has said all of it. */
  #streaming = false
  #complete = false
  /** The client has left and the exchange goes on without it. */
  #gone = false
  #upstream: UpstreamRequest | undefined
  #pool: UpstreamPool | undefined
  #address: UpstreamAddress | undefined
  /** What may go to another address, once; `undefined`: nothing may. */
  #again: UpstreamCall | undefined
  /** Whose place at the bank API it holds. */
  #sharer = ''
  /** The breaker knows what became of this request. */
  #heard = false
  #maxBytes = 0
  /** Milliseconds to the end of the upstream's head, and of its body: of the whole call, since drops come in time for ever. */
  #headMs = 0
  #bodyMs = 0
  #bytes = 0
  #heldBytes = 0
  /** Of a streamed body; -1 if it was not. */
  #announced = -1
  #first: Buffer | undefined
  #more: Buffer[] | undefined
  /** So many of them hold many pieces each. */
  #packed = 0
  #mode: 'head' | 'read' | 'stream' | 'discard' = 'head'

  constructor(
    parts: ServerParts,
    client: ClientConnection,
    request: RequestText,
    framing: Framing,
    expects: boolean,
  ) {
    this.#parts = parts
    this.#client = client
    this.#request = request
    this.#framing = framing
    this.#expects = expects
    parts.inFlight++
    client.carries(this, bodyLength(framing), framing.closes)
    this.#exchange = parts.core.open(
      {
        method: request.method,
        target: request.target,
        rawHeaders: request.rawHeaders,
        peer: client.peer,
        transport: client.transport?.(request.rawHeaders),
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
    if (!this.#framing.hasBody) return this.#exchange.body({ kind: 'absent' })
    const length = bodyLength(this.#framing)
    if (length > maxBytes) return this.#exchange.refuse('GH_GATEWAY_BODY_TOO_LARGE')
    this.#client.readBody(this.#request, length, maxBytes, this.#expects, (result) => {
      if (result.ok) this.#exchange.body(result.body)
      else this.#exchange.refuse(result.code)
    })
  }

  forward(call: UpstreamCall): void {
    const { upstream } = call
    const pool = this.#parts.pools.of(upstream)
    const address = pool.address()
    const head = this.#head(call, address)
    if (head === undefined) return this.#exchange.upstreamFailed('GH_GATEWAY_REQUEST_INVALID', true)
    const place = pool.places.take(call.client, this.#parts.limits.maxPerUpstream)
    if (place !== 'taken')
      return this.#exchange.upstreamFailed(
        place === 'full' ? 'GH_GATEWAY_OVERLOADED' : 'GH_GATEWAY_CLIENT_SHARE',
        true,
      )
    // Last: whoever it lets through tells it how it ended.
    if (!pool.admits()) {
      pool.places.leave(call.client)
      return this.#exchange.upstreamFailed('GH_GATEWAY_UPSTREAM_SUSPENDED', true)
    }
    this.#pool = pool
    this.#sharer = call.client
    this.#maxBytes = upstream.maxResponseBytes
    this.#headMs = upstream.headersTimeoutMs + upstream.connectTimeoutMs
    this.#bodyMs = this.#headMs + upstream.bodyTimeoutMs
    if (upstream.retries !== undefined && IDEMPOTENT.has(call.method)) this.#again = call
    this.#send(call, address, head)
  }

  #head({ method, path, context, body }: UpstreamCall, { host }: UpstreamAddress) {
    const headers = forwardedHeaders(
      this.#request.rawHeaders,
      this.#framing.listed,
      context,
      this.#parts.kinds,
    )
    const bytes = body === undefined ? -1 : Buffer.byteLength(body)
    return requestHead(method, path, host, headers, bytes)
  }

  #send({ method, body, upstream }: UpstreamCall, address: UpstreamAddress, head: string): void {
    this.#address = address
    const { headersTimeoutMs, bodyTimeoutMs } = upstream
    this.#upstream = new UpstreamRequest(
      { head, body, method, headersTimeoutMs, bodyTimeoutMs },
      this,
    )
    address.dispatch(this.#upstream)
  }

  /**
   * Whether it goes to another address. Nothing of it left for the first one, or it is safe and that one ended the connection without a
   * byte of an answer (RFC 9110 §9.2.2). What may be somebody else's doing, such as a certificate that is not the bank's, is told and not gone around.
   */
  #goesOn(code: ErrorCode): boolean {
    const call = this.#again
    const from = this.#address
    if (call === undefined || from === undefined || this.#mode !== 'head') return false
    this.#again = undefined
    const unsent =
      this.#upstream?.sent !== true &&
      (code === 'GH_GATEWAY_UPSTREAM_UNREACHABLE' || code === 'GH_GATEWAY_UPSTREAM_TIMEOUT')
    const unanswered = code === 'GH_GATEWAY_UPSTREAM_UNREACHABLE' && SAFE.has(call.method)
    if (!(unsent || unanswered) || this.#exchange.waitedMs > this.#headMs) return false
    const to = this.#pool?.another(from)
    const head = to && this.#head(call, to)
    if (to === undefined || head === undefined) return false
    this.#pool?.missed(from)
    this.#send(call, to, head)
    return true
  }

  answer({ status, headers, body }: Answer): void {
    if (this.#gone) return this.#leave()
    if (this.#ended) return
    this.#end()
    this.#client.answer(status, headers, body, bodyless(status, this.#request.method))
  }

  stream({ status, headers }: Answer): void {
    if (this.#ended) return
    this.#end()
    this.#streaming = true
    this.#client.begin(status, headers, this.#announced)
    if (this.#complete) this.#client.finish()
    else this.#upstream?.resume()
  }

  // --- what the bank API answers ---

  onResponsePart(): void {
    // Interim answers, heads, sizes of chunks and trailers that come in drops end here too: none of them puts the end off.
    if (this.#exchange.waitedMs <= (this.#heard ? this.#bodyMs : this.#headMs)) return
    if (this.#mode === 'discard') return this.#abort()
    this.#unheard()
    this.#refuseAnswer('GH_GATEWAY_UPSTREAM_TIMEOUT')
  }

  onResponseStart(status: number, headers: UpstreamHeaders, announced: number): void {
    this.#heard = true
    this.#again = undefined
    if (this.#address !== undefined) this.#pool?.heard(this.#address, status)
    const without = bodyless(status, this.#request.method)
    const plan = this.#exchange.upstreamHead(status, headers, without)
    this.#mode = plan
    if (plan !== 'discard' && announced > this.#maxBytes) {
      this.#refuseAnswer('GH_GATEWAY_RESPONSE_REFUSED')
    } else if (plan === 'stream') {
      this.#upstream?.pause()
      this.#announced = announced
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
      if (!this.#client.write(chunk)) this.#upstream?.pause()
      return
    }
    this.#heldBytes += chunk.length
    this.#parts.heldBytes += chunk.length
    if (this.#parts.heldBytes > this.#parts.limits.maxHeldBytes)
      return this.#refuseAnswer('GH_GATEWAY_OVERLOADED')
    if (this.#first === undefined) this.#first = chunk
    else if (this.#isLate()) this.#refuseAnswer('GH_GATEWAY_UPSTREAM_TIMEOUT')
    else this.#keep((this.#more ??= [this.#first]), chunk)
  }

  /** Many small pieces become one: a buffer costs a hundred bytes beside the one that it may hold. */
  #keep(more: Buffer[], chunk: Buffer): void {
    if (more.push(chunk) - this.#packed < MAX_PIECES) return
    more.push(Buffer.concat(more.splice(this.#packed)))
    this.#packed = more.length
  }

  #isLate(): boolean {
    return this.#exchange.waitedMs > this.#bodyMs
  }

  onResponseEnd(): void {
    this.#release()
    if (this.#mode === 'stream') {
      // A body of no bytes ends before its head may leave.
      this.#complete = true
      if (this.#streaming) this.#client.finish()
    }
    if (this.#mode !== 'read') return
    const bytes = this.#more === undefined ? (this.#first ?? EMPTY) : Buffer.concat(this.#more)
    this.#forget()
    this.#exchange.upstreamBody(bytes, isUtf8(bytes) ? bytes.toString('utf8') : undefined)
  }

  onResponseError(code: ErrorCode, fault?: CallFault): void {
    if (this.#again !== undefined && this.#goesOn(code)) return
    this.#unheard()
    this.#release()
    if (this.#mode === 'stream') this.#client.destroy()
    else if (this.#mode !== 'discard')
      this.#exchange.upstreamFailed(
        code,
        this.#upstream?.sent !== true,
        fault && { address: this.#address?.origin ?? '', ...fault },
      )
  }

  /** The upstream did not answer. */
  #unheard(): void {
    if (this.#heard) return
    this.#heard = true
    if (this.#address !== undefined) this.#pool?.failed(this.#address)
  }

  #refuseAnswer(code: ErrorCode): void {
    const streaming = this.#mode === 'stream' && this.#streaming
    this.#mode = 'discard'
    this.#forget()
    // Once the head has left, cutting the connection is the only way to say that the rest is missing.
    if (streaming) this.#client.destroy()
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
    this.#pool.places.leave(this.#sharer)
    if (!this.#heard) this.#pool.left()
    this.#pool = undefined
  }

  // --- the client's side ---

  onDrain(): void {
    if (this.#streaming) this.#upstream?.resume()
  }

  onClosed(whole: boolean): void {
    if (!this.#ended) {
      this.#gone = this.#exchange.clientGone() === 'stay'
      // Nobody waits, and the bank's answer is needed all the same.
      if (this.#gone) return
      this.#end()
    }
    this.#drop()
    if (whole) return
    if (this.#mode === 'read') this.#mode = 'discard'
    this.#abort()
  }

  /** The exchange is over, and the client was before it. */
  #leave(): void {
    if (this.#ended) return
    this.#end()
    this.#drop()
  }

  #drop(): void {
    this.#parts.heldBytes -= this.#heldBytes
    this.#heldBytes = 0
    this.#forget()
  }

  #end(): void {
    this.#ended = true
    if (--this.#parts.inFlight === 0) this.#parts.whenIdle?.()
  }
}

const EMPTY = Buffer.alloc(0)

/** RFC 9110 §9.2.2: a second time is no second time. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])
/** RFC 9110 §9.2.1, of what is ever sent to a bank. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Bytes; -1 in chunks. What is refused for its framing may be followed by anything. */
function bodyLength(framing: Framing): number {
  if (framing.refused !== undefined) return -1
  return framing.hasBody ? framing.contentLength : 0
}

/** RFC 9110 §6.4.1, §15.3.5, §15.3.6, §15.4.5. */
function bodyless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304
}
