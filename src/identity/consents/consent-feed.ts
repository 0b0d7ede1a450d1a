/**
 * Consents as gateways read them (DESIGN §2): a snapshot of those in force, then every change in the order in which it was written. Each look
 * that could read everything is a heartbeat; when none can, the age grows, and gateways deny.
 */
import type { Change, Feed, FeedSubscriber } from '../../feed/index.ts'
import type { Clock, JsonObject, Scheduler } from '../../lib/index.ts'
import { changedConsents, type FoundConsent, liveConsents, type Store } from '../../store/index.ts'
import type { Sealing } from '../sealing.ts'
import { openConsent } from './consent-book.ts'
import type { Consent } from './consent.ts'
import { authenticatedUntil } from './reauthentication.ts'
import type { Regime } from './regime.ts'

export interface ConsentFeedOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly regimeOf: (consent: Consent) => Regime | undefined
  /** Told when it cannot be read. */
  readonly say: (failure: unknown) => void
}
export interface ConsentFeed extends Feed {
  /** Something was written here: looks at once. */
  hint(): void
  /** Looks; resolves when what stands in the store is published. */
  refresh(): Promise<void>
  close(): void
}

/** How late another node hears of a change, at most, beside its own work. */
export const LOOK_EVERY_MS = 250
const AT_ONCE = 500

export function consentFeed(options: ConsentFeedOptions): ConsentFeed {
  const { store, sealing, clock, scheduler, regimeOf, say } = options
  /** With the place up to which each has been told. */
  const subscribers = new Map<FeedSubscriber, number>()
  let heardAt: number | undefined
  let looking: Promise<void> | undefined
  let again = false
  let closed = false

  const changeOf = (found: FoundConsent): Change => {
    const consent = openConsent(sealing, found)
    const value = found.live ? recordOf(consent, regimeOf(consent), clock.now()) : null
    return { seq: found.changed, at: consent.changedAt, kind: 'consent', key: found.id, value }
  }

  function tell(found: FoundConsent): void {
    const change = changeOf(found)
    for (const [subscriber, place] of subscribers)
      if (change.seq > place) {
        subscribers.set(subscriber, change.seq)
        subscriber.change(change)
      }
  }
  async function look(): Promise<void> {
    do {
      again = false
      const at = clock.now() // before looking: what is changed meanwhile counts as not yet seen
      for (;;) {
        if (closed || subscribers.size === 0) return
        const after = Math.min(...subscribers.values())
        const found = await store.run(changedConsents, { after, limit: AT_ONCE })
        for (const one of found) tell(one)
        if (found.length < AT_ONCE) break
      }
      heardAt = at
      for (const subscriber of subscribers.keys()) subscriber.heartbeat(at)
    } while (again)
  }
  function start(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }
  function hint(): void {
    again = true
    void start().catch(say)
  }

  const stop = scheduler.every(LOOK_EVERY_MS, () => void start().catch(say))
  return {
    async snapshot() {
      const changes: Change[] = []
      let from: number | undefined
      for (let after = ''; ;) {
        const page = await store.run(liveConsents, { after, limit: AT_ONCE })
        // The first page's: what is changed while the others are read comes again as a change.
        from ??= page.place
        changes.push(...page.consents.map(changeOf))
        const last = page.consents.at(-1)
        if (last === undefined || page.consents.length < AT_ONCE) break
        after = last.id
      }
      return { seq: from, changes }
    },
    subscribe(fromSeq, subscriber) {
      if (heardAt !== undefined) subscriber.heartbeat(heardAt)
      subscribers.set(subscriber, fromSeq)
      hint()
      return () => subscribers.delete(subscriber)
    },
    hint,
    async refresh() {
      await looking
      await start()
    },
    close() {
      closed = true
      stop()
    },
  }
}

/** What `schemas/consent.schema.json` describes, with times as milliseconds; `null`: no gateway may serve under it. */
export function recordOf(
  consent: Consent,
  regime: Regime | undefined,
  now: number,
): JsonObject | null {
  if (regime === undefined) return null
  const until = authenticatedUntil(consent, regime.area, now)
  const ends = [consent.expiresAt, until].filter((time) => time !== undefined)
  const times = {
    validFrom: consent.validFrom,
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
    transactionsFrom: consent.transactionsFrom,
    transactionsTo: consent.transactionsTo,
    frequencyPerDay: consent.frequencyPerDay,
  }
  const record: Record<string, JsonObject[string]> = {
    id: consent.id,
    client: consent.client,
    subject: consent.authorisations[0]?.subject ?? '',
    status: regime.statusWord(consent),
    permissions: regime.permissionsOf?.(consent) ?? consent.permissions,
    accounts: consent.accounts,
  }
  for (const [name, time] of Object.entries(times)) if (time !== undefined) record[name] = time
  if (consent.payments.length > 0) record['authorizationDetails'] = consent.payments
  return record
}
