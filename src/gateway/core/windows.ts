/**
 * Sliding windows in the memory of one gateway. A window of `w` seconds is counted in slices of `w / 10`; what counts is the slice of now
 * and the ten before it. So in no interval of `w` are more units let through than the limit, whenever it begins, and nobody is refused
 * whom an exact window of `1.1 w` would let through. Time is monotonic: who sets the clock changes no window.
 */
import { hash } from 'node:crypto'
import type { QuotaClaim } from '../../decide/index.ts'

/** Windows that are counted at once. A gateway with more of them lets nobody begin a new one until another has ended. */
export const MAX_WINDOWS = 200_000
/** Slices of a window. */
export const SLICES = 10
const COUNTED = SLICES + 1
const SECRET_BYTES = 32

export interface QuotaState {
  readonly claim: QuotaClaim
  /** Units that are left. */
  readonly remaining: number
  /** Seconds until units come back that are enough for this request again, where it was refused; else until the next come back. */
  readonly resetSeconds: number
}

export type WindowsTaking =
  | { readonly kind: 'taken'; readonly states: readonly QuotaState[]; undo(): void }
  | { readonly kind: 'refused'; readonly states: readonly QuotaState[]; readonly by: QuotaState }
  /** There is no room for a window that is not counted yet. */
  | { readonly kind: 'full' }

export interface Windows {
  /** All or none. `apart`: of rules that only observe, in windows of their own. `now`: milliseconds that only go forward. */
  take(claims: readonly QuotaClaim[], now: number, apart?: boolean): WindowsTaking
  readonly size: number
}

class Window {
  readonly #counts = new Array<number>(COUNTED).fill(0)
  readonly #sliceMs: number
  #at = 0
  #sum = 0

  constructor(windowSeconds: number) {
    this.#sliceMs = (windowSeconds * 1000) / SLICES
  }

  /** Units that count at this time. */
  units(now: number): number {
    const at = Math.floor(now / this.#sliceMs)
    const passed = Math.min(at - this.#at, COUNTED)
    for (let step = 1; step <= passed; step++) {
      const index = (this.#at + step) % COUNTED
      this.#sum -= this.#counts[index] ?? 0
      this.#counts[index] = 0
    }
    if (passed > 0) this.#at = at
    return this.#sum
  }

  /** Call `units` first. Gives the slice, for `give`. */
  add(units: number): number {
    const index = this.#at % COUNTED
    this.#counts[index] = (this.#counts[index] ?? 0) + units
    this.#sum += units
    return this.#at
  }

  /** Gives back what was taken in that slice, if it still counts. */
  give(units: number, slice: number): void {
    if (this.#at - slice >= COUNTED) return
    const index = slice % COUNTED
    this.#counts[index] = (this.#counts[index] ?? 0) - units
    this.#sum -= units
  }

  /** Seconds, rounded up, until at least so many units have come back; at least 1. */
  secondsUntil(units: number, now: number): number {
    let back = 0
    for (let slice = this.#at - SLICES; slice <= this.#at; slice++) {
      if (slice < 0) continue
      back += this.#counts[slice % COUNTED] ?? 0
      if (back > 0 && back >= units)
        return Math.max(1, Math.ceil(((slice + COUNTED) * this.#sliceMs - now) / 1000))
    }
    return Math.max(1, Math.ceil((COUNTED * this.#sliceMs) / 1000))
  }
}

interface Counted {
  readonly claim: QuotaClaim
  readonly window: Window
  /** Units that counted before the request. */
  readonly before: number
}

function costOf({ cost = 1 }: QuotaClaim): number {
  return cost
}

/** Units that would have to come back first. */
function overBy({ claim, before }: Counted): number {
  return Math.max(0, before + costOf(claim) - claim.limit)
}

/** Windows of one length, longest untouched first. */
type OneLength = Map<string, Window>

/** `randomBytes`: for the key of the hashes under which windows are kept. */
export function createWindows(
  randomBytes: (count: number) => Uint8Array,
  max = MAX_WINDOWS,
): Windows {
  const secret = Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')
  const byLength = new Map<number, OneLength>()
  let size = 0

  /** Windows that nobody touched for their length count nothing any more. */
  function makeRoom(now: number): boolean {
    for (const length of byLength.values())
      for (const [key, window] of length) {
        if (window.units(now) > 0) break
        length.delete(key)
        size--
      }
    return size < max
  }

  function find(
    { key, windowSeconds }: QuotaClaim,
    now: number,
    apart: boolean,
  ): Window | undefined {
    let length = byLength.get(windowSeconds)
    if (length === undefined) byLength.set(windowSeconds, (length = new Map()))
    const id = hash('sha256', `${secret}${apart ? 'o' : 'e'}${key}`, 'base64url')
    let window = length.get(id)
    if (window === undefined) {
      if (size >= max && !makeRoom(now)) return undefined
      window = new Window(windowSeconds)
      size++
    } else length.delete(id)
    length.set(id, window)
    return window
  }

  return {
    take(claims, now, apart = false) {
      const counted: Counted[] = []
      for (const claim of claims) {
        const window = find(claim, now, apart)
        if (window === undefined) return { kind: 'full' }
        counted.push({ claim, window, before: window.units(now) })
      }
      const refused = counted.some((one) => overBy(one) > 0)
      let by: QuotaState | undefined
      const states = counted.map((one): QuotaState => {
        const { claim, window, before } = one
        const state = {
          claim,
          remaining: Math.max(0, claim.limit - before - (refused ? 0 : costOf(claim))),
          resetSeconds: window.secondsUntil(overBy(one), now),
        }
        // Of those that are over, the one that is over longest: before that, another try would fail again.
        if (overBy(one) > 0 && state.resetSeconds > (by?.resetSeconds ?? 0)) by = state
        return state
      })
      if (by !== undefined) return { kind: 'refused', by, states }
      const slices = counted.map(({ claim, window }) => window.add(costOf(claim)))
      return {
        kind: 'taken',
        states,
        undo() {
          counted.forEach(({ claim, window }, at) => window.give(costOf(claim), slices[at] ?? 0))
        },
      }
    },
    get size() {
      return size
    },
  }
}
