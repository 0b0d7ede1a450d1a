/**
 * What gateways left in the store of consents that were used: it is acted on when it is looked at, and whenever somebody asks for the
 * consent. One whose payments are all made ends as consumed; of several payments each is counted. What is in doubt ends nothing.
 */
import { keyedFlights, paymentText, readAuthorizationDetails } from '../../lib/index.ts'
import { type Store, type StoredUse, toldUses, untoldUses, usesOf } from '../../store/index.ts'
import type { Consent } from './consent.ts'

export interface ToldUsesOptions {
  readonly store: Store
  /** By its name for gateways. */
  readonly named: (feedKey: string) => Promise<Consent | undefined>
  /** `at`: when the last of its payments was sent. */
  readonly consume: (consent: Consent, at: number) => Promise<unknown>
}
export interface ToldUses {
  /** Acts on what was left of one consent; false: nothing was. */
  hear(feedKey: string): Promise<boolean>
  /** Acts on everything that was left; one that cannot be acted on holds up no other. @throws what the first of those threw */
  look(): Promise<void>
  /** Oldest first. */
  of(feedKey: string): Promise<readonly StoredUse[]>
}

/** Longer than a request to the bank can last: whoever has not said by then how it ended is not there any more. */
export const UNDER_WAY_MS = 600_000
/** Of one consent, which has at most 32 payments. */
const MAX_USES = 100
const AT_ONCE = 200

export function toldUsesOf({ store, named, consume }: ToldUsesOptions): ToldUses {
  const of = (consent: string) => store.run(usesOf, { consent, limit: MAX_USES })

  /** By consent: who asks while one is heard waits for that, so that its evidence is written once. */
  const flights = keyedFlights<boolean>()
  const hear = (feedKey: string): Promise<boolean> => flights.start(feedKey, () => hearNow(feedKey))

  async function hearNow(feedKey: string): Promise<boolean> {
    const uses = await of(feedKey)
    const untold = uses.filter(({ untold: waits }) => waits)
    if (untold.length === 0) return false
    const consent = await named(feedKey)
    const used = uses.filter(({ state }) => state === 'used')
    const paid = used.reduce((sum, { payments }) => sum + payments, 0)
    // Written first, and once: whoever comes after a crash in between finds it consumed.
    if (consent?.status === 'authorised' && paid >= payableOf(consent))
      await consume(consent, Math.max(...used.map(({ at }) => at)))
    await store.run(toldUses, { ids: untold.map(({ id }) => id) })
    return true
  }

  return {
    hear,
    of,
    async look() {
      const failures: unknown[] = []
      for (;;) {
        const names = await store.run(untoldUses, { limit: AT_ONCE })
        let acted = false
        for (const name of names)
          try {
            if (await hear(name)) acted = true
          } catch (error) {
            failures.push(error)
          }
        // What cannot be acted on would be there again.
        if (names.length < AT_ONCE || !acted) break
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** Payments that gateways let pass, each once: two that say the same are one to them. */
function payableOf({ payments }: Consent): number {
  const read = readAuthorizationDetails(payments)
  if (read.kind !== 'known') return payments.length
  return new Set(read.payments.map((one) => JSON.stringify(one.map(paymentText)))).size
}
