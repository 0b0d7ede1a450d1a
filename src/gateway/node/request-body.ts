/** A request body, gathered in memory up to a limit, and handed over as text. */
import { Buffer, isUtf8 } from 'node:buffer'
import type { BodyFact } from '../../decide/index.ts'
import type { ErrorCode } from '../../lib/index.ts'
import { mediaTypeOf } from '../core/index.ts'
import { type ChunkedBody, chunkedBody } from './chunked-body.ts'

export type ReadBody =
  | { readonly ok: true; readonly body: BodyFact }
  | { readonly ok: false; readonly code: ErrorCode }

export class RequestBody {
  readonly #maxBytes: number
  readonly #mediaType: string
  readonly #chunks: ChunkedBody | undefined
  readonly #parts: Buffer[] = []
  #bytes = 0
  #left: number
  /** Set once it is read, or will not be. */
  result: ReadBody | undefined

  /** `length` in bytes, or -1: in chunks. */
  constructor(length: number, maxBytes: number, rawHeaders: readonly string[]) {
    this.#left = length
    this.#maxBytes = maxBytes
    this.#mediaType = mediaType(rawHeaders)
    this.#chunks = length < 0 ? chunkedBody() : undefined
  }

  /** Where in `bytes` the rest begins; look at `result` after it. */
  take(bytes: Buffer, at: number): number {
    if (this.#chunks === undefined) {
      const next = Math.min(bytes.length, at + this.#left)
      this.#left -= next - at
      this.#add(bytes.subarray(at, next))
      if (this.#left === 0) this.#end()
      return next
    }
    const next = this.#chunks.take(bytes, at, bytes.length, (from, to) =>
      this.#add(bytes.subarray(from, to)),
    )
    if (next < 0) {
      this.result ??= { ok: false, code: 'GH_GATEWAY_REQUEST_MALFORMED' }
      return bytes.length
    }
    if (this.#chunks.ended) this.#end()
    return next
  }

  #add(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes)
      this.result ??= { ok: false, code: 'GH_GATEWAY_BODY_TOO_LARGE' }
    else this.#parts.push(part)
  }

  #end(): void {
    if (this.result !== undefined) return
    const [first] = this.#parts
    const whole =
      this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts)
    // RFC 8259 §8.1: JSON between systems is UTF-8. Two readers of broken UTF-8 see two bodies.
    this.result = isUtf8(whole)
      ? {
          ok: true,
          body: { kind: 'text', mediaType: this.#mediaType, text: whole.toString('utf8') },
        }
      : { ok: false, code: 'GH_GATEWAY_REQUEST_INVALID' }
  }
}

function mediaType(rawHeaders: readonly string[]): string {
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'content-type') continue
    if (found !== undefined) return '' // two types are none
    found = rawHeaders[at + 1] ?? ''
  }
  return mediaTypeOf(found)
}
