/**
 * One connection to a bank API: one request at a time, read strictly. INVARIANT: bytes that nobody asked for end it, so that no answer
 * is ever taken for the answer to a later request.
 */
import { Buffer } from 'node:buffer'
import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import type { PlanUpstream } from '../../decide/index.ts'
import type { ErrorCode, Scheduler } from '../../lib/index.ts'
import { CHUNKED, MAX_ANSWER_HEAD_BYTES, readAnswerHead, UNTIL_CLOSE } from './answer-head.ts'
import { type ChunkedBody, chunkedBody } from './chunked-body.ts'
import { egressFault, EgressRefused } from './egress.ts'
import { HeadText, MORE } from './head-text.ts'
import type { CallFault, UpstreamRequest } from './upstream-request.ts'
import { tlsFault, upstreamTlsOptions } from './upstream-tls.ts'

/** What it tells its pool. */
export interface ConnectionOwner {
  /** Free for another request, for at most so many milliseconds if the bank said so. */
  idle(connection: UpstreamConnection, keepAliveMs: number | undefined): void
  /** Closed, and forgotten. */
  gone(connection: UpstreamConnection): void
  /** The bank had closed the connection before it read this request: another one may carry it. */
  again(request: UpstreamRequest): void
}

/** Where it leads. */
export interface ConnectionSite {
  readonly url: URL
  readonly connectTimeoutMs: number
  readonly tls: PlanUpstream['tls']
  readonly scheduler: Scheduler
  /** Judges what a name means each time. */
  readonly lookup: LookupFunction
}

/** Interim answers before the final one. */
export const MAX_INTERIM_ANSWERS = 16
const READ_BYTES = 65_536
const HEAD_BEGIN = 'HTTP/1.'

/** Read into by one connection at a time: whatever outlives the call is copied out of it. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

export class UpstreamConnection {
  /** What it was opened with; another one since then makes it old. */
  readonly context: SecureContext | undefined
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  #request: UpstreamRequest | undefined
  #connected = false
  #closed = false
  #cancelDeadline: (() => void) | undefined
  #paused = false
  /** What had been read when the client asked for a pause. */
  #held: Buffer | undefined
  /** The bank ended the connection while there was something held. */
  #endSeen = false
  /** Answers that came whole. */
  #served = 0
  readonly #head = new HeadText(MAX_ANSWER_HEAD_BYTES)
  #interim = 0
  #phase: 'head' | 'length' | 'chunks' | 'until-close' = 'head'
  #left = 0
  #chunks: ChunkedBody | undefined
  #persistent = false
  #keepAliveMs: number | undefined

  constructor(
    { url: origin, connectTimeoutMs, tls, scheduler, lookup }: ConnectionSite,
    owner: ConnectionOwner,
    request: UpstreamRequest,
    context: SecureContext | undefined,
  ) {
    this.#owner = owner
    this.context = context
    this.#request = request
    request.connection = this
    const secure = origin.protocol === 'https:'
    const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
    const options = {
      host,
      port: Number(origin.port || (secure ? 443 : 80)),
      noDelay: true,
      lookup,
      onread: {
        buffer: readBuffer,
        callback: (count: number) => {
          this.#take(readBuffer.subarray(0, count))
          return !this.#paused
        },
      },
    }
    this.#socket = secure
      ? connectTls({ ...options, ...upstreamTlsOptions(host, tls, context) })
      : connectTcp(options)
    this.#cancelDeadline = scheduler.after(connectTimeoutMs, () =>
      this.#fail('GH_GATEWAY_UPSTREAM_TIMEOUT'),
    )
    this.#socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.#cancelDeadline?.()
      this.#connected = true
      if (this.#request !== undefined) this.#write(this.#request)
    })
    this.#socket.on('timeout', () => this.#late())
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('error', (failure) => {
      const fault = secure ? tlsFault(failure, this.#connected) : undefined
      if (failure instanceof EgressRefused)
        this.#fail('GH_GATEWAY_EGRESS_REFUSED', egressFault(failure.address))
      else if (fault !== undefined) this.#fail(fault.code, fault.call)
      else this.#broken()
    })
    this.#socket.on('close', () => this.#broken())
  }

  /** Only while idle. */
  send(request: UpstreamRequest): void {
    this.#request = request
    request.connection = this
    this.#write(request)
  }

  /** Cuts it, whatever it carries; the pool hears of it. */
  destroy(): void {
    this.#close()
  }

  abandon(request: UpstreamRequest): void {
    if (this.#request !== request) return
    this.#request = undefined
    this.#close()
  }

  pause(request: UpstreamRequest): void {
    if (this.#request !== request || this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(request: UpstreamRequest): void {
    if (this.#request !== request || !this.#paused) return
    this.#paused = false
    this.#wait(request.options.bodyTimeoutMs)
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#take(held)
    if (this.#paused || this.#closed) return
    if (this.#endSeen) {
      this.#endSeen = false
      this.#ended()
    } else this.#socket.resume()
  }

  #write(request: UpstreamRequest): void {
    const { head, body, headersTimeoutMs } = request.options
    request.sent = true
    this.#wait(headersTimeoutMs)
    if (body === undefined) this.#socket.write(head, 'latin1')
    // As many bytes as UTF-16 units is ASCII: one write with the head, without encoding it.
    else if (Buffer.byteLength(body) === body.length) this.#socket.write(head + body, 'latin1')
    else {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body, 'utf8')
      this.#socket.uncork()
    }
  }

  /** A silence of so many milliseconds is too long. */
  #wait(ms: number): void {
    if (this.#socket.timeout !== ms) this.#socket.setTimeout(ms)
  }

  #late(): void {
    if (this.#request === undefined) this.#close()
    else if (!this.#paused) this.#fail('GH_GATEWAY_UPSTREAM_TIMEOUT')
    // What is paused waits for its client, who has a time of his own; `resume` begins anew.
    else this.#socket.setTimeout(0)
  }

  #take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length && !this.#closed) {
      const request = this.#request
      if (request === undefined || !this.#connected) return this.#close()
      if (this.#paused) {
        const rest = bytes.subarray(at)
        this.#held =
          this.#held === undefined ? Buffer.from(rest) : Buffer.concat([this.#held, rest])
        return
      }
      const next =
        this.#phase === 'head'
          ? this.#takeHead(request, bytes, at)
          : this.#takeBody(request, bytes, at)
      if (next < 0) return this.#fail('GH_GATEWAY_RESPONSE_REFUSED')
      at = next
    }
  }

  /** Where the rest begins, or -1. */
  #takeHead(request: UpstreamRequest, bytes: Buffer, at: number): number {
    const next = this.#head.take(bytes, at)
    if (next === MORE && mayBecomeHead(this.#head.part)) {
      request.handler.onResponsePart()
      return bytes.length
    }
    if (next < 0) return -1
    const head = readAnswerHead(this.#head.text, request.bodyless)
    if (head === undefined) return -1
    if (head.status < 200) {
      // RFC 9110 §15.2.2: a switch of protocols that nobody asked for.
      if (head.status === 101 || ++this.#interim > MAX_INTERIM_ANSWERS) return -1
      request.handler.onResponsePart()
      return next
    }
    this.#persistent = head.persistent
    this.#keepAliveMs = head.keepAliveMs
    this.#phase =
      head.body === CHUNKED ? 'chunks' : head.body === UNTIL_CLOSE ? 'until-close' : 'length'
    this.#left = Math.max(0, head.body)
    this.#chunks = head.body === CHUNKED ? chunkedBody() : undefined
    request.handler.onResponseStart(head.status, head.headers, head.body >= 0 ? head.body : -1)
    if (this.#request !== request) return bytes.length
    if (this.#phase === 'length' && this.#left === 0) this.#finish(next === bytes.length)
    else this.#wait(request.options.bodyTimeoutMs)
    return next
  }

  #takeBody(request: UpstreamRequest, bytes: Buffer, at: number): number {
    if (this.#chunks !== undefined) {
      let data = false
      const next = this.#chunks.take(bytes, at, bytes.length, (from, to) => {
        data = true
        if (this.#request === request) request.handler.onResponseData(copied(bytes, from, to))
      })
      if (!data && !this.#chunks.ended && this.#request === request)
        request.handler.onResponsePart()
      if (this.#request !== request) return bytes.length
      if (this.#chunks.ended) this.#finish(next === bytes.length)
      return next
    }
    const next =
      this.#phase === 'until-close' ? bytes.length : Math.min(bytes.length, at + this.#left)
    this.#left -= next - at
    request.handler.onResponseData(copied(bytes, at, next))
    if (this.#request !== request) return bytes.length
    if (this.#phase === 'length' && this.#left === 0) this.#finish(next === bytes.length)
    return next
  }

  /** The answer is whole. `clean`: nothing came after it. */
  #finish(clean: boolean): void {
    const request = this.#request
    this.#request = undefined
    this.#served++
    this.#interim = 0
    this.#phase = 'head'
    this.#chunks = undefined
    // An answer without a body ends before who asked for a pause goes on.
    if (this.#paused) this.#socket.resume()
    this.#paused = false
    // A bank that answered before it had the whole request may take the rest of it for another one.
    const whole = this.#socket.writableLength === 0 && this.#socket.writable
    if (clean && whole && this.#persistent) this.#owner.idle(this, this.#keepAliveMs)
    else this.#close()
    request?.handler.onResponseEnd()
  }

  /** The bank has said all that it will. */
  #ended(): void {
    if (this.#held !== undefined) this.#endSeen = true
    else if (this.#request !== undefined && this.#phase === 'until-close') this.#finish(false)
    else this.#broken()
  }

  #broken(): void {
    if (this.#closed || this.#endSeen) return
    const begun = this.#phase !== 'head' || this.#head.part !== '' || this.#interim > 0
    const request = this.#request
    if (request !== undefined && !begun && this.#served > 0 && mayRepeat(request)) {
      // RFC 9112 §9.3.1: it closed while idle, and our bytes met its.
      this.#request = undefined
      request.connection = undefined
      request.repeated = true
      this.#close()
      this.#owner.again(request)
      return
    }
    this.#fail(begun ? 'GH_GATEWAY_RESPONSE_REFUSED' : 'GH_GATEWAY_UPSTREAM_UNREACHABLE')
  }

  #fail(code: ErrorCode, fault?: CallFault): void {
    const request = this.#request
    this.#request = undefined
    this.#close()
    if (request !== undefined && !request.aborted) request.handler.onResponseError(code, fault)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelDeadline?.()
    this.#socket.destroy()
    this.#owner.gone(this)
  }
}

/** RFC 9110 §9.2.1: a safe method, so that a second time is no second time; and once only. */
function mayRepeat({ options, repeated }: UpstreamRequest): boolean {
  return !repeated && (options.method === 'GET' || options.method === 'HEAD')
}

function copied(bytes: Buffer, from: number, to: number): Buffer {
  return Buffer.from(bytes.subarray(from, to))
}

/** Whether more bytes could make a head of it: what is none already need not be waited for. */
function mayBecomeHead(text: string): boolean {
  return HEAD_BEGIN.startsWith(text.slice(0, HEAD_BEGIN.length)) && !/(?:^|[^\r])\n/.test(text)
}
