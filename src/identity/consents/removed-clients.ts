/**
 * Consents of third parties that were removed: what customers had allowed ends too, so that nothing stands as if somebody could still use it
 * (RFC 7592 §2.3). A payment that is at the bank goes on, and its consent ends when the bank has answered. A process that dies goes on here.
 */
import type { Clock } from '../../lib/index.ts'
import { endedClient, type EndingClient, endingClients, type Store } from '../../store/index.ts'
import type { ConsentBook } from './consent-book.ts'
import { UNDER_WAY_MS } from './told-uses.ts'
import type { Consent, ConsentStatus } from './consent.ts'
import type { Act } from './machine.ts'

export interface ConsentsEnded {
  readonly ended: number
  /** Of which a payment is at the bank. */
  readonly atBank: number
  /** There may be more. */
  readonly more: boolean
}
export interface RemovedClients {
  /** As many as whoever asks should wait for; `undefined`: it was not removed, or nothing of it is left. */
  end(client: string): Promise<ConsentsEnded | undefined>
  /** All of all; one that cannot be ended holds up no other. @throws what the first of those threw */
  look(): Promise<void>
}

/** What was begun before the removal has its answer by then: nothing more comes of it. */
export const LOOKED_AFTER_MS = 3_600_000
export const ENDED_AT_ONCE = 500
const CLIENTS_AT_ONCE = 200
const IN_FORCE: readonly ConsentStatus[] = ['authorised', 'partly-authorised', 'awaiting']

export function removedClients({
  store,
  clock,
  book,
}: {
  readonly store: Store
  readonly clock: Clock
  readonly book: ConsentBook
}): RemovedClients {
  async function mayEnd({ id, kind }: Consent): Promise<boolean> {
    if (kind !== 'payment') return true
    const sent = clock.now() - UNDER_WAY_MS
    return !(await book.usesOf(id)).some(({ state, at }) => state === 'pending' && at > sent)
  }

  async function endSome(client: EndingClient, most: number): Promise<ConsentsEnded> {
    const failures: unknown[] = []
    let ended = 0
    let atBank = 0
    for (const status of IN_FORCE)
      for (let from: string | null = ''; from !== null;) {
        const page = await book.page({ client: client.id, status, from, limit: ENDED_AT_ONCE })
        from = page.next
        for (const consent of page.consents) {
          if (ended >= most) return { ended, atBank, more: true }
          try {
            if (!(await mayEnd(consent))) atBank++
            else if ((await book.settle(consent.id, endedBy(client))).ok) ended++
          } catch (error) {
            failures.push(error)
          }
        }
      }
    if (failures.length > 0) throw failures[0]
    return { ended, atBank, more: false }
  }

  return {
    async end(id) {
      const [client] = await store.run(endingClients, { id, after: '', limit: 1 })
      return client && endSome(client, ENDED_AT_ONCE)
    },
    async look() {
      const failures: unknown[] = []
      for (let after: string | undefined = ''; after !== undefined;) {
        const next: { id: null; after: string; limit: number } = {
          id: null,
          after,
          limit: CLIENTS_AT_ONCE,
        }
        const clients = await store.run(endingClients, next)
        for (const client of clients)
          try {
            const { atBank } = await endSome(client, Infinity)
            if (atBank === 0 && clock.now() - client.removedAt > LOOKED_AFTER_MS)
              await store.run(endedClient, { id: client.id })
          } catch (error) {
            failures.push(error)
          }
        after = clients.length < CLIENTS_AT_ONCE ? undefined : clients.at(-1)?.id
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

function endedBy({ id, by, actor, reason }: EndingClient): Act {
  return by === 'bank'
    ? { kind: 'terminate', staff: actor, why: reason ?? 'its third party was removed' }
    : { kind: 'cancel', client: id }
}
