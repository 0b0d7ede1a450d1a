/** What the authorization server did, as events: synced before it counts, with customers and consents as keyed hashes. */
import type { EventSink, IdentityEvent } from '../../events/index.ts'
import { createDecisionIds, type Pseudonym } from '../../gateway/core/index.ts'
import type { Evidence } from '../../identity/index.ts'
import { type Clock, GatehouseError } from '../../lib/index.ts'

export interface IdentityEventParts {
  readonly events: EventSink
  readonly clock: Clock
  /** For ids: a cryptographic source. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly pseudonym: Pseudonym
}

/** Words of our own and of libraries are shorter; nothing that was sent makes an event large. */
export const MAX_TEXT_CHARS = 256

export function identityEvents({
  events,
  clock,
  randomBytes,
  pseudonym,
}: IdentityEventParts): Evidence {
  const newId = createDecisionIds(randomBytes)
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
      }
      const failure = await new Promise<Error | undefined>((resolve) =>
        events.append(event, 'strict', resolve),
      )
      if (failure !== undefined)
        throw new GatehouseError('GH_IDENTITY_UNRECORDED', undefined, { cause: failure })
      return event.id
    },
  }
}

function bounded(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text.slice(0, MAX_TEXT_CHARS)
}
