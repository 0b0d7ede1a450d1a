/** One request to a bank API, from its dispatch to the end of its answer. */
import type { Buffer } from 'node:buffer'
import type { ErrorCode } from '../../lib/index.ts'
import type { UpstreamHeaders, UpstreamRecord } from '../core/index.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Why nothing was said there; `resolved` is the address that its name led to. */
export type CallFault = Pick<UpstreamRecord, 'fault' | 'resolved'>

/** Who asked. Nothing is called after `onResponseEnd`, `onResponseError` or `abort`. */
export interface UpstreamHandler {
  /** What goes no further came: part of a head, an interim answer (RFC 9110 §15.2), the size of a chunk, trailers. */
  onResponsePart(): void
  /** `bytes` is the length announced, -1 if none is. */
  onResponseStart(status: number, headers: UpstreamHeaders, bytes: number): void
  onResponseData(chunk: Buffer): void
  onResponseEnd(): void
  /** `fault`: of a call that was not made, because of who or what is there. */
  onResponseError(code: ErrorCode, fault?: CallFault): void
}

export interface UpstreamRequestOptions {
  /** Latin1, with the empty line at its end. */
  readonly head: string
  readonly body: string | undefined
  readonly method: string
  /** From the request's last byte to the end of the head, as a pause between bytes; the whole is the caller's to bound. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the body. */
  readonly bodyTimeoutMs: number
}

export class UpstreamRequest {
  readonly options: UpstreamRequestOptions
  readonly handler: UpstreamHandler
  /** The answer to a HEAD has no body, whatever it announces. */
  readonly bodyless: boolean
  aborted = false
  /** Sent a second time, because the first connection was on its way out. */
  repeated = false
  /** Bytes of it went to a socket: the bank may have it. */
  sent = false
  /** Owned by the connection that carries this request. */
  connection: UpstreamConnection | undefined

  constructor(options: UpstreamRequestOptions, handler: UpstreamHandler) {
    this.options = options
    this.handler = handler
    this.bodyless = options.method === 'HEAD'
  }

  /** The answer is of no use to anybody any more. */
  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.connection?.abandon(this)
  }

  pause(): void {
    this.connection?.pause(this)
  }

  resume(): void {
    this.connection?.resume(this)
  }
}
