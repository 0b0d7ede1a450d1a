/** What the authorization server did, as events: synced before it counts, with customers and consents as keyed hashes. */
import type { EventSink, IdentityEvent } from '../../events/index.ts'
import { createDecisionIds, type Pseudonym } from '../../gateway/core/index.ts'
import type { Evidence } from '../../identity/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'

export interface IdentityEventParts {
  readonly events: EventSink
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** For ids: a cryptographic source. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly pseudonym: Pseudonym
}

/** Words of our own and of libraries are shorter; nothing that was sent makes an event large. */
export const MAX_TEXT_CHARS = 256

/**
 * How long an act waits for a disk that does not answer at once: a gateway's client is told within a tenth of a second, but a customer who agrees and
 * a third party that registers had rather wait than begin again. A record that got there after all stands twice, under one id.
 */
export const RECORD_AGAIN_AFTER_MS = [100, 200, 400, 800, 1_500] as const

export function identityEvents({
  events,
  clock,
  scheduler,
  randomBytes,
  pseudonym,
}: IdentityEventParts): Evidence {
  const newId = createDecisionIds(randomBytes)
  const append = (event: IdentityEvent): Promise<Error | undefined> =>
    new Promise((resolve) => events.append(event, 'strict', resolve))
  return {
    async write(entry, correcting) {
      const at = clock.now()
      const event: IdentityEvent = {
        v: 1,
        kind: 'identity',
        id: correcting ?? newId(at),
        at,
        action: entry.action,
        outcome: entry.outcome,
        code: entry.outcome === 'refused' ? 'GH_IDENTITY_REFUSED' : null,
        error: bounded(entry.error),
        why: bounded(entry.why),
        by: entry.by,
        client: bounded(entry.client),
        subject: pseudonym('subject', entry.subject ?? ''),
        consent: pseudonym('consent', entry.consent ?? ''),
        before: bounded(entry.before),
        after: bounded(entry.after),
        purpose: bounded(entry.purpose),
        keys: entry.keys ?? [],
        caller: bounded(entry.caller),
        ...(entry.authentication === undefined
          ? {}
          : { authentication: entry.authentication.slice(0, MAX_TEXT_CHARS) }),
      }
      let failure = await append(event)
      for (const ms of RECORD_AGAIN_AFTER_MS) {
        if (failure === undefined) break
        await new Promise<void>((resolve) => scheduler.after(ms, resolve))
        failure = await append(event)
      }
      if (failure !== undefined)
        throw new GatehouseError('GH_IDENTITY_UNRECORDED', undefined, { cause: failure })
      return event.id
    },
  }
}

function bounded(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text.slice(0, MAX_TEXT_CHARS)
}
