/** How the authorization server is: its keys, whose clients it has and how consents stand. For whoever runs it; no customer is in it. */
import type { Clock } from '../lib/index.ts'
import { countClients, countConsents, listSigningKeys, type Store } from '../store/index.ts'
import { STATUSES } from './consents/machine.ts'
import { KEY_LIFE_MS, PUBLISHED_AHEAD_MS } from './key-ring.ts'

export interface ServerReport {
  readonly issuer: string
  /** By algorithm, oldest first. */
  readonly keys: readonly {
    readonly id: string
    readonly algorithm: string
    /** Milliseconds since the epoch. */
    readonly createdAt: number
    /** With which it signs now; the others are public before or after. */
    readonly signs: boolean
  }[]
  /** When the next key is made; it signs a day later. Milliseconds since the epoch; `null`: there is none yet. */
  readonly nextKeyAt: number | null
  /** `registered`: by state, counted as far as `countedTo`. */
  readonly clients: {
    readonly configured: number
    readonly registered: Readonly<Record<string, number>>
  }
  /** By status, those that there are; counted as far as `countedTo`. */
  readonly consents: Readonly<Record<string, number>>
  readonly countedTo: number
}

/** Of one kind: a bank has a million consents, and to count them all would keep payments waiting. */
export const COUNTED_TO = 10_000
const STATES = ['active', 'pending', 'suspended', 'removed'] as const

export async function serverReport({
  issuer,
  store,
  clock,
  configured,
}: {
  readonly issuer: string
  readonly store: Store
  readonly clock: Pick<Clock, 'now'>
  /** Clients of the configuration. */
  readonly configured: number
}): Promise<ServerReport> {
  const rows = await store.run(listSigningKeys, null)
  const now = clock.now()
  const byAlgorithm = [...Map.groupBy(rows, ({ algorithm }) => algorithm).entries()].toSorted(
    ([one], [other]) => (one < other ? -1 : 1),
  )
  const keys = byAlgorithm.flatMap(([algorithm, of]) => {
    const ready = of.findLastIndex(({ createdAt }) => createdAt <= now - PUBLISHED_AHEAD_MS)
    return of.map(({ id, createdAt }, at) => ({
      id,
      algorithm,
      createdAt,
      signs: at === Math.max(0, ready),
    }))
  })
  const newest = byAlgorithm.flatMap(([, of]) => of.at(-1)?.createdAt ?? [])
  const limit = COUNTED_TO
  return {
    issuer,
    keys,
    nextKeyAt: newest.length === 0 ? null : Math.min(...newest) + KEY_LIFE_MS,
    clients: { configured, registered: await store.run(countClients, { states: STATES, limit }) },
    consents: await store.run(countConsents, { statuses: STATUSES, limit }),
    countedTo: limit,
  }
}
