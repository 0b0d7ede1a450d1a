/**
 * How long each part of a request took. A part is what was waited for: a key set or an introspection, the body, what may be taken only
 * once, the intent on disk. Parts do not overlap; what is in none of them was spent on deciding.
 */
import type { SpentRecord } from '../../events/index.ts'
import type { Clock } from '../../lib/index.ts'

export type Part = Exclude<keyof SpentRecord, 'decide' | 'answer'>

export class Stopwatch {
  readonly #clock: Clock
  readonly #startedAt: number
  #part: Part | undefined
  #partAt = 0
  #waited = 0
  #decide = -1
  #answer = -1
  /** Made when something is waited for: most requests wait for nothing but the bank. */
  #parts: Partial<Record<Part, number>> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = clock.monotonic()
  }

  /** Since the request's head, in microseconds. */
  get micros(): number {
    return micros(this.#clock.monotonic() - this.#startedAt)
  }

  /** The part that is waited for from now on; ends another one. */
  begin(part: Part): void {
    this.end()
    this.#part = part
    this.#partAt = this.#clock.monotonic()
  }

  /** What was waited for is there. */
  end(): void {
    if (this.#part === undefined) return
    const took = this.#clock.monotonic() - this.#partAt
    this.#parts ??= {}
    this.#parts[this.#part] = (this.#parts[this.#part] ?? 0) + micros(took)
    this.#waited += took
    this.#part = undefined
  }

  /** The verdict is there, at this reading of the monotonic clock. */
  decided(at: number): void {
    this.end()
    this.#decide = micros(Math.max(0, at - this.#startedAt - this.#waited))
  }

  /** The answer was judged, trimmed and written anew between these readings of the monotonic clock. */
  judged(from: number, to: number): void {
    this.#answer = micros(to - from)
  }

  /** `undefined`: there was neither a verdict nor anything to wait for. */
  get record(): SpentRecord | undefined {
    this.end()
    if (this.#decide < 0 && this.#parts === undefined) return undefined
    return {
      ...(this.#decide >= 0 && { decide: this.#decide }),
      ...this.#parts,
      ...(this.#answer >= 0 && { answer: this.#answer }),
    }
  }
}

const micros = (milliseconds: number): number => Math.round(milliseconds * 1000)
