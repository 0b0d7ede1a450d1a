/** Takes away records that have ended, a bounded number at a time, and keeps count of the kinds that strangers can make. */
import { type Clock, type Scheduler, singleFlight } from '../lib/index.ts'
import { countAuthorizations, forgetAuthorizations, type Store } from '../store/index.ts'

export interface UpkeepOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Told when ended records cannot be taken away. */
  readonly say: (failure: unknown) => void
  /** Records of one kind that may be there; the default is for a bank of millions of customers. */
  readonly maxOfKind?: number
}
export interface Upkeep {
  /** Counts one more of this kind. False: that would be more than may be there. */
  roomFor(model: string): boolean
  /** Takes away and counts at once. */
  look(): Promise<void>
  stop(): void
}

const LOOK_EVERY_MS = 60_000
const FORGET_AT_ONCE = 500
const MAX_OF_KIND = 1_000_000
/** What a request makes before anybody knows whether its customer exists; grants and tokens need a customer's word. */
const COUNTED: readonly string[] = [
  'BackchannelAuthenticationRequest',
  'Interaction',
  'PushedAuthorizationRequest',
  'ReplayDetection',
  'Session',
]

export function recordUpkeep(options: UpkeepOptions): Upkeep {
  const { store, clock, scheduler, say, maxOfKind = MAX_OF_KIND } = options
  const counts = new Map(COUNTED.map((model) => [model, 0]))

  async function look(): Promise<void> {
    const ended = { now: clock.now(), limit: FORGET_AT_ONCE }
    while ((await store.run(forgetAuthorizations, ended)) === FORGET_AT_ONCE);
    for (const model of COUNTED)
      counts.set(model, await store.run(countAuthorizations, { model, limit: maxOfKind }))
  }
  const flight = singleFlight(look)
  const stop = scheduler.every(LOOK_EVERY_MS, () => void flight.start().catch(say))
  return {
    roomFor(model) {
      const count = counts.get(model)
      if (count === undefined) return true
      if (count >= maxOfKind) return false
      counts.set(model, count + 1)
      return true
    },
    look: flight.next,
    stop,
  }
}
