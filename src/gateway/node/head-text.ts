/** The bytes of a head, gathered up to its empty line, however they come. One for each connection, used again for each head. */
import { Buffer } from 'node:buffer'

const HEAD_END = Buffer.from('\r\n\r\n', 'latin1')

/** What `take` answers when the head has not ended. */
export const MORE = -1
export const TOO_LARGE = -2

export class HeadText {
  readonly #maxBytes: number
  #part = ''
  /** The whole head, latin1, without its empty line; good once `take` has told where the rest begins. */
  text = ''

  /** `maxBytes` counts the empty line. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What came of a head that has not ended, latin1. */
  get part(): string {
    return this.#part
  }

  /** Where in `bytes` the rest begins after this head, or `MORE`, or `TOO_LARGE`. */
  take(bytes: Buffer, at: number): number {
    const found = this.#part === '' ? bytes.indexOf(HEAD_END, at) : -1
    if (found >= 0) {
      const next = found + HEAD_END.length
      if (next - at > this.#maxBytes) return TOO_LARGE
      this.text = bytes.toString('latin1', at, found)
      return next
    }
    const held = this.#part.length
    // The end may lie across the seam.
    const all = this.#part + bytes.toString('latin1', at)
    const end = all.indexOf('\r\n\r\n', Math.max(0, held - HEAD_END.length + 1))
    if (end < 0) {
      this.#part = all
      return all.length > this.#maxBytes ? TOO_LARGE : MORE
    }
    if (end + HEAD_END.length > this.#maxBytes) return TOO_LARGE
    this.text = all.slice(0, end)
    this.#part = ''
    return at + end + HEAD_END.length - held
  }

  forget(): void {
    this.#part = ''
  }
}
