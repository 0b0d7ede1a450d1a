/**
 * Notifications that are owed (CIBA Core §10.2): on record before the answer counts, sent at once by whoever answered, and otherwise by any
 * process that looks, until the third party took one, said that it never will, or could not know the request any more. At least once: the
 * `auth_req_id` is the same each time, and a third party that asks twice is answered once.
 */
import type { Client, Provider, Token } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import {
  forgetNotifications,
  oweNotification,
  type OwedNotification,
  postponeNotification,
  settleNotification,
  type Store,
  takeNotifications,
} from '../store/index.ts'
import { sealedAs, type Sealing } from './sealing.ts'

export interface Notifications {
  /** Before the answer is written; of a client that is not notified nothing is owed. */
  owe(request: Token): Promise<void>
  /** The third party took it. */
  sent(id: string): Promise<void>
  /** Sends what is due. */
  look(): Promise<void>
}
export interface NotificationsOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  /** The one of this moment. */
  readonly provider: () => Provider
  /** Told of a third party that could not be notified, when nobody tries any more; it may ask all the same. */
  readonly say: (failure: unknown) => void
}

/** Whoever answered has tried by then, and a try is over. */
export const FIRST_LOOK_MS = 10_000
const AT_ONCE = 50
/** Between two tries, twice as long each time; the request ends before there are many. */
export const RETRY_MS = 5_000
export const MAX_TRIES = 6

export function notifications(options: NotificationsOptions): Notifications {
  const { store, sealing, clock, say } = options
  const rowId = (id: string): string => sealing.hashed('notification', id)
  const settle = (id: string): Promise<null> => store.run(settleNotification, { id })

  async function send({ id, tries, body }: OwedNotification): Promise<void> {
    const name = sealing.open(sealedAs.notification(id), body)
    const provider = options.provider()
    const request = await provider.BackchannelAuthenticationRequest.find(name)
    const client = request && (await provider.Client.find(request.clientId))
    if (request === undefined || request.consumed !== undefined || !isNotified(client))
      return void (await settle(id))
    const later = { id, dueAt: clock.now() + RETRY_MS * 2 ** (tries - 1) }
    // Its answer is not there: a process died before it wrote it, and whoever goes on owes this too.
    if (request.grantId === undefined && request.error === undefined)
      return void (await store.run(postponeNotification, later))
    try {
      await client.backchannelPing(request)
    } catch (failure) {
      if (tries < MAX_TRIES && mayComeThrough(failure))
        return void (await store.run(postponeNotification, later))
      say(failure)
    }
    await settle(id)
  }

  return {
    async owe(request) {
      const client = await options.provider().Client.find(request.clientId)
      if (!isNotified(client)) return
      const id = rowId(request.jti)
      await store.run(oweNotification, {
        id,
        dueAt: clock.now() + FIRST_LOOK_MS,
        endsAt: (request.exp ?? 0) * 1000,
        body: sealing.seal(sealedAs.notification(id), request.jti),
      })
    },
    sent: async (id) => void (await settle(rowId(id))),
    async look() {
      const failures: unknown[] = []
      for (;;) {
        const now = clock.now()
        const of = { now, heldUntil: now + FIRST_LOOK_MS, limit: AT_ONCE }
        const due = await store.run(takeNotifications, of)
        const done = await Promise.allSettled(due.map(send))
        failures.push(...done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])))
        if (due.length < AT_ONCE) break
      }
      const old = { now: clock.now(), limit: AT_ONCE }
      while ((await store.run(forgetNotifications, old)) === AT_ONCE);
      if (failures.length > 0) throw failures[0]
    },
  }
}

function isNotified(client: Client | undefined): client is Client {
  return client?.backchannelTokenDeliveryMode === 'ping'
}

/** Whoever answered that the request is wrong says so again; not what may pass (RFC 9110 §15.5.9, RFC 6585 §4, RFC 8470 §5.2). */
function mayComeThrough(failure: unknown): boolean {
  const { response } = Object(failure) as { readonly response?: { readonly status?: number } } // sound: as the library makes it
  const { status = 0 } = response ?? {}
  return status < 300 || status >= 500 || [408, 425, 429].includes(status)
}
