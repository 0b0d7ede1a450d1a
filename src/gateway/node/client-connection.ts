/**
 * One connection of a client: requests are read one after the other, and none before the answer to the one before it has left, so that
 * answers cannot change places. Bytes that no request claims end it.
 */
import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { ErrorCode, Scheduler } from '../../lib/index.ts'
import type { Answer } from '../core/index.ts'
import { answerText } from './answer-text.ts'
import { HeadText, MORE, TOO_LARGE } from './head-text.ts'
import type { NodeLimits } from './limits.ts'
import { type ReadBody, RequestBody } from './request-body.ts'
import type { Transport } from './tls-listener.ts'
import { mayBecomeRequest, readRequestHead, type RequestText } from './request-reader.ts'

/** What the connections of one server share. */
export interface ConnectionParts {
  readonly limits: NodeLimits
  readonly scheduler: Scheduler
  /** A whole `Date` line. */
  readonly dateLine: () => string
  /** The lines that say how long a connection stays. */
  readonly keepAliveLines: string
  /** Turns of the server's watch so far: what is late is found by it. */
  readonly turn: () => number
  /** The server stops: every answer is the last of its connection. */
  readonly draining: boolean
  /** Answers the request, now or later, through `connection`. */
  open(connection: ClientConnection, request: RequestText): void
  /** Bytes that are no request: the answer to them. `cause` is a word of ours. */
  refuse(code: ErrorCode, cause: RefusalCause, peer: string): Answer
  gone(connection: ClientConnection): void
}

export type RefusalCause =
  | 'NOT_A_REQUEST'
  | 'HEAD_TOO_LARGE'
  | 'HEAD_LATE'
  | 'HEAD_CUT'
  | 'CONNECT'
  | 'NOT_OUR_PROXY'
/** Of a request that was read, and is none for here. */
const OF_A_REQUEST: ReadonlySet<RefusalCause> = new Set<RefusalCause>(['CONNECT', 'NOT_OUR_PROXY'])

/** Who answers a request. */
export interface ClientHandler {
  /** The client takes more of a streamed answer. */
  onDrain(): void
  /** The operating system has the whole answer, or the client has gone. Called once, last. */
  onClosed(whole: boolean): void
}

/** How often a server looks for what is late. */
export const TURN_MS = 1_000
/** Bytes of later requests that are read before the answer to this one has left; then the client waits. */
const MAX_AHEAD_BYTES = 16_384
/** What a client that was told of the end may still send before it is cut: a cut takes unread answers with it. */
const MAX_IGNORED_BYTES = 262_144
const IGNORE_MS = 2_000
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

export class ClientConnection {
  readonly peer: string
  readonly transport: Transport | undefined
  readonly #parts: ConnectionParts
  readonly #socket: Socket
  readonly #head: HeadText
  /** `head`: reads a request; `busy`: owes an answer; `flushing`: the client takes it; `ending`: there is nothing more to say. */
  #phase: 'head' | 'busy' | 'flushing' | 'ending' = 'head'
  /** Turn of the watch at which what is waited for is late. */
  #due: number
  #requestDue = 0
  /** Read and not claimed yet. */
  #held: Buffer | undefined
  #paused = false
  #ignored = 0
  #handler: ClientHandler | undefined
  /** This answer is the last one. */
  #last = false
  /** The request has a body that nobody has read. */
  #unread = false
  #old = false
  #body: RequestBody | undefined
  #bodyDone: ((result: ReadBody) => void) | undefined
  #streams: 'no' | 'length' | 'chunks' = 'no'
  #unwatch: (() => void) | undefined

  /** `transport`: how its requests come; absent: over plain HTTP. */
  constructor(socket: Socket, parts: ConnectionParts, transport?: Transport) {
    this.transport = transport
    this.#socket = socket
    this.#parts = parts
    this.peer = socket.remoteAddress ?? ''
    this.#head = new HeadText(parts.limits.maxHeaderBytes)
    this.#due = this.#in(parts.limits.headersTimeoutMs)
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('end', () => this.#clientEnded())
    socket.on('drain', () => this.#handler?.onDrain())
    socket.on('error', () => undefined) // `close` follows
    socket.on('close', () => this.#closed())
  }

  /** Nothing has come of a request. */
  get idle(): boolean {
    return this.#phase === 'head' && this.#head.part === ''
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Called at each turn of the server's watch. */
  look(turn: number): void {
    if (turn < this.#due) return
    if (this.#phase === 'busy') this.#bodyEnds({ ok: false, code: 'GH_GATEWAY_REQUEST_TIMEOUT' })
    else if (this.#phase === 'head' && this.#head.part !== '')
      this.refuse('GH_GATEWAY_REQUEST_TIMEOUT', 'HEAD_LATE')
    else this.#socket.destroy()
  }

  // --- what who answers asks for ---

  /**
   * Said by who answers before it does anything else. `length`: bytes of the body, -1 in chunks, 0 when there is none. `last`: the client
   * wants no other answer on this connection.
   */
  carries(handler: ClientHandler, length: number, last: boolean): void {
    this.#handler = handler
    this.#unread = length !== 0
    this.#last = last
  }

  /** `done` is called once, or never if the client leaves. */
  readBody(
    request: RequestText,
    length: number,
    maxBytes: number,
    expects: boolean,
    done: (result: ReadBody) => void,
  ): void {
    if (expects) this.#socket.write(CONTINUE, 'latin1')
    this.#body = new RequestBody(length, maxBytes, request.rawHeaders)
    this.#bodyDone = done
    this.#due = this.#requestDue
    this.#again()
  }

  /** Sends a whole answer. `body` is `null` when the answer has none; `headers` are without framing. */
  answer(
    status: number,
    headers: readonly string[],
    body: string | Uint8Array | null,
    bodyless: boolean,
  ): void {
    if (this.#phase !== 'busy') return
    const head = answerText(status, headers)
    if (head === undefined) return this.destroy()
    const framed = `${head}${this.#persistence()}`
    const socket = this.#socket
    if (bodyless || body === null) {
      // RFC 9110 §15.3.6: a 205 says that it has none; a 204, a 304 and the answer to a HEAD end with their head.
      const says = status === 205 || !bodyless
      socket.write(says ? `${framed}content-length: 0\r\n\r\n` : `${framed}\r\n`, 'latin1')
    } else if (typeof body === 'string') {
      const length = Buffer.byteLength(body)
      const text = `${framed}content-length: ${length}\r\n\r\n`
      // As many bytes as UTF-16 units is ASCII: one write with the head, without encoding it.
      if (length === body.length) socket.write(text + body, 'latin1')
      else {
        socket.cork()
        socket.write(text, 'latin1')
        socket.write(body, 'utf8')
        socket.uncork()
      }
    } else {
      socket.cork()
      socket.write(`${framed}content-length: ${body.length}\r\n\r\n`, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    this.#answered()
  }

  /** Sends the head of an answer whose body follows by `write`. `length` in bytes, or -1. */
  begin(status: number, headers: readonly string[], length: number): void {
    const head = answerText(status, headers)
    if (head === undefined || this.#phase !== 'busy') return this.destroy()
    this.#streams = 'length'
    // RFC 9112 §6.3-8: what an old client is sent without a length ends with the connection.
    if (length < 0 && this.#old) this.#last = true
    else if (length < 0) this.#streams = 'chunks'
    const framing =
      length >= 0
        ? `content-length: ${length}\r\n`
        : this.#streams === 'chunks'
          ? 'transfer-encoding: chunked\r\n'
          : ''
    this.#socket.write(`${head}${this.#persistence()}${framing}\r\n`, 'latin1')
    this.#watch()
  }

  /** False: no more until `onDrain`. */
  write(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (this.#streams !== 'chunks') return socket.write(bytes)
    if (bytes.length === 0) return true
    socket.cork()
    socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    socket.write(bytes)
    const more = socket.write('\r\n', 'latin1')
    socket.uncork()
    return more
  }

  finish(): void {
    if (this.#streams === 'chunks') this.#socket.write('0\r\n\r\n', 'latin1')
    this.#answered()
  }

  /** Answers bytes that are no request, or none that we carry, and ends. */
  refuse(code: ErrorCode, cause: RefusalCause): void {
    if (this.#phase !== 'head' && !OF_A_REQUEST.has(cause)) return
    const { status, headers, body } = this.#parts.refuse(code, cause, this.peer)
    this.#phase = 'busy'
    this.#last = true
    this.answer(status, headers, body, false)
  }

  // --- what the client sends ---

  #take(bytes: Buffer): void {
    if (this.#phase === 'ending') {
      this.#ignored += bytes.length
      if (this.#ignored > MAX_IGNORED_BYTES) this.#socket.destroy()
      return
    }
    const held = this.#held
    this.#held = undefined
    this.#advance(held === undefined ? bytes : Buffer.concat([held, bytes]))
  }

  #advance(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#phase === 'head') at = this.#takeHead(bytes, at)
      else if (this.#body !== undefined) at = this.#takeBody(this.#body, bytes, at)
      else return this.#hold(bytes, at)
    }
  }

  #hold(bytes: Buffer, at: number): void {
    if (this.#phase === 'ending') return
    this.#held = at === 0 ? bytes : bytes.subarray(at)
    if (this.#held.length <= MAX_AHEAD_BYTES || this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  /** Goes on with what was held. */
  #again(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#advance(held)
    if (!this.#paused || this.#held !== undefined) return
    this.#paused = false
    this.#socket.resume()
  }

  #takeHead(bytes: Buffer, at: number): number {
    const { limits } = this.#parts
    const head = this.#head
    const seen = head.part.length
    if (seen === 0) {
      this.#requestDue = this.#in(limits.requestTimeoutMs)
      this.#due = this.#in(limits.headersTimeoutMs)
    }
    const next = head.take(bytes, at)
    if (next < 0) {
      if (next === TOO_LARGE) this.refuse('GH_GATEWAY_HEADERS_TOO_LARGE', 'HEAD_TOO_LARGE')
      else if (next === MORE && !mayBecomeRequest(head.part, seen))
        this.refuse('GH_GATEWAY_REQUEST_MALFORMED', 'NOT_A_REQUEST')
      return bytes.length
    }
    const request = readRequestHead(head.text)
    if (request === undefined) {
      this.refuse('GH_GATEWAY_REQUEST_MALFORMED', 'NOT_A_REQUEST')
      return bytes.length
    }
    this.#phase = 'busy'
    this.#due = Infinity
    this.#old = request.version === '1.0'
    this.#parts.open(this, request)
    return next
  }

  #takeBody(body: RequestBody, bytes: Buffer, at: number): number {
    const next = body.take(bytes, at)
    if (body.result !== undefined) this.#bodyEnds(body.result)
    return next
  }

  #bodyEnds(result: ReadBody): void {
    const done = this.#bodyDone
    this.#body = undefined
    this.#bodyDone = undefined
    this.#due = Infinity
    this.#unread = !result.ok
    done?.(result)
  }

  /** Who says that it will send nothing more has left, as most who say it have: what it is owed is not asked of a bank for nobody. */
  #clientEnded(): void {
    this.#last = true
    if (this.#phase === 'head' && this.#head.part !== '')
      this.refuse('GH_GATEWAY_REQUEST_MALFORMED', 'HEAD_CUT')
    else if (this.#phase === 'busy') this.#socket.destroy()
    else this.#socket.end()
  }

  // --- the end of an answer ---

  /** What the client is told of this connection, and the date. */
  #persistence(): string {
    // What the client still sends of an unread body would be the start of its next request.
    if (this.#parts.draining || this.#unread) this.#last = true
    const { dateLine, keepAliveLines } = this.#parts
    const strict = this.transport === undefined ? '' : STRICT
    return strict + dateLine() + (this.#last ? 'connection: close\r\n' : keepAliveLines)
  }

  #answered(): void {
    const socket = this.#socket
    this.#streams = 'no'
    this.#body = undefined
    this.#bodyDone = undefined
    // Usually the operating system has it all by now. What it has not stays in memory for as long as the client likes.
    if (socket.writableLength === 0) return this.#flushed()
    this.#phase = 'flushing'
    this.#due = Infinity
    this.#watch()
    socket.write(NOTHING, () => {
      if (this.#phase === 'flushing') this.#flushed()
    })
  }

  /** Cuts a client that does not take its answer in time. */
  #watch(): void {
    const { scheduler, limits } = this.#parts
    this.#unwatch ??= scheduler.after(limits.answerTimeoutMs, () => this.#socket.destroy())
  }

  #flushed(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    const handler = this.#handler
    this.#handler = undefined
    if (this.#last) {
      this.#phase = 'ending'
      this.#held = undefined
      this.#due = this.#in(IGNORE_MS)
      this.#socket.end()
      // A client that reads slowly may still have all that was said before the end.
      this.#socket.resume()
    } else {
      this.#phase = 'head'
      this.#due = this.#in(this.#parts.limits.keepAliveTimeoutMs)
    }
    handler?.onClosed(true)
    if (this.#phase === 'head') this.#again()
  }

  #closed(): void {
    this.#unwatch?.()
    this.#phase = 'ending'
    this.#held = undefined
    this.#body = undefined
    const handler = this.#handler
    this.#handler = undefined
    handler?.onClosed(false)
    this.#parts.gone(this)
  }

  /** The first turn of the watch that is at least so many milliseconds away. */
  #in(ms: number): number {
    return this.#parts.turn() + Math.ceil(ms / TURN_MS) + 1
  }
}

const NOTHING = Buffer.alloc(0)
/** RFC 6797 §7.2: over TLS, and nowhere else. */
const STRICT = 'strict-transport-security: max-age=31536000\r\n'
