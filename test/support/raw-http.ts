/** HTTP over a bare socket: sends exactly the bytes given and reads whole answers, so that nasty requests stay nasty. */
import { Buffer } from 'node:buffer'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: ReadonlyMap<string, string>
  /** Every header line, in order. */
  readonly lines: readonly string[]
  readonly body: string
}

export class RawConnection {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    const changed = (): void => {
      this.#wake?.()
    }
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      changed()
    })
    this.socket.on('close', () => {
      this.#ended = true
      changed()
    })
    this.socket.on('error', () => {})
  }

  send(text: string | Buffer): void {
    this.socket.write(text)
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#change()
  }

  /** The next whole answer, or `undefined` if the connection ends before there is one. `head`: it has no body. */
  async answer(head = false): Promise<RawAnswer | undefined> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end >= 0) {
        const [first = '', ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n')
        const headers = new Map<string, string>()
        for (const line of lines) {
          const colon = line.indexOf(':')
          const name = line.slice(0, colon).toLowerCase()
          const value = line.slice(colon + 1).trim()
          headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
        }
        const status = Number(first.split(' ')[1])
        const body = head || status === 204 || status === 304 ? '' : this.#body(end + 4, headers)
        if (body !== undefined) {
          if (head || status === 204 || status === 304) this.#bytes = this.#bytes.subarray(end + 4)
          if (status >= 200) return { status, headers, lines, body }
          continue
        }
      }
      if (this.#ended) return undefined
      await this.#change()
    }
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Takes the body off the buffer if it is all there. */
  #body(start: number, headers: ReadonlyMap<string, string>): string | undefined {
    if (headers.get('transfer-encoding') === 'chunked') {
      let at = start
      let text = ''
      for (;;) {
        const line = this.#bytes.indexOf('\r\n', at)
        if (line < 0) return undefined
        const size = Number.parseInt(this.#bytes.toString('latin1', at, line), 16)
        if (this.#bytes.length < line + 4 + size) return undefined
        text += this.#bytes.toString('utf8', line + 2, line + 2 + size)
        at = line + 4 + size
        if (size === 0) break
      }
      this.#bytes = this.#bytes.subarray(at)
      return text
    }
    const length = Number(headers.get('content-length') ?? 0)
    if (this.#bytes.length < start + length) return undefined
    const text = this.#bytes.toString('utf8', start, start + length)
    this.#bytes = this.#bytes.subarray(start + length)
    return text
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
