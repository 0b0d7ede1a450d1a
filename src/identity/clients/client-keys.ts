/**
 * The keys of clients that keep them at an address of their own (`jwks_uri`): read on a schedule, and when a client comes with a key that is not
 * known; judged, kept, and told to gateways, which verify its messages with them. An address that does not answer, or not with a key set, leaves
 * what was read last in force for a day.
 */
import { type Clock, keyedFlights, type Scheduler, singleFlight } from '../../lib/index.ts'
import {
  claimKeySet,
  clientsOfKeySet,
  dueKeySets,
  findKeySet,
  forgetKeySets,
  keepKeySet,
  type KeySetRow,
  type Store,
  tellConfiguredKeys,
} from '../../store/index.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { Evidence, EvidenceEntry } from '../evidence.ts'
import { type Fetch, fetchKeys, guardedFetch } from '../outbound.ts'
import { commonKeys, judgeKeySet, type JudgedKeySet, kidsOf } from './key-set.ts'

export interface ClientKeysOptions {
  readonly fetch: Fetch
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly evidence: Evidence
  /** Clients of the configuration at this moment; those that registered are in the store. */
  readonly configured: () => readonly ClientMetadata[]
  /** Told when something could not be looked at or kept. */
  readonly say: (failure: unknown) => void
}
export interface ClientKeys {
  /** For the library: key sets are those that count here, asked for anew if that may be; everything else goes out. */
  readonly fetch: Fetch
  /** Asks every address whose turn it is. */
  look(): Promise<void>
  stop(): void
}

/** An address is asked this often, give or take a tenth, so that those that began together do not stay together. */
export const KEYS_EVERY_MS = 300_000
/** What was read last counts for so long after its address ceased to answer. */
export const KEYS_MAX_AGE_MS = 86_400_000
/** However many come with keys that nobody knows, an address is asked this often. */
export const ASKED_AGAIN_MS = 10_000
/** Addresses of the schedule that are asked at once; and those of requests beside them. */
export const KEYS_AT_ONCE = 8
export const MAX_ASKED_BY_REQUESTS = 32
const LOOK_EVERY_MS = 5_000
const FORGET_EVERY_MS = 3_600_000
const CLIENTS_AT_ONCE = 500

const UNANSWERED: JudgedKeySet = {
  kind: 'unreadable',
  problem: 'its address does not answer with a key set of at most 64 KB',
}

export function clientKeys(options: ClientKeysOptions): ClientKeys {
  const { store, clock, scheduler, evidence, say } = options
  const underWay = keyedFlights<void>()
  const askedAt = new Map<string, number>()
  let stopped = false
  /** The clients of the configuration of which gateways were told last. */
  let told: string | undefined

  function nextTurn(): number {
    const [chance = 0] = options.randomBytes(1)
    return clock.now() + Math.round(KEYS_EVERY_MS * (0.9 + (0.2 * chance) / 255))
  }

  /** Joins whoever asks there already. */
  const ask = (uri: string): Promise<void> =>
    underWay.start(uri, () => {
      askedAt.set(uri, clock.monotonic())
      return read(uri)
    })

  async function read(uri: string): Promise<void> {
    const at = clock.now()
    const answer = await fetchKeys(options.fetch, uri).then(judgeKeySet, () => UNANSWERED)
    const before = (await store.run(findKeySet, { uri })) ?? unknown(uri)
    const next = after(before, answer, at)
    const { keys, problem } = next
    if (keys === before.keys && problem === before.problem) {
      await keep(next, before)
      return
    }
    let recorded: readonly Recorded[] = []
    try {
      recorded = await record(before, next)
    } catch (failure) {
      // What counts no more waits for no disk; what counts from now on is recorded first, the next time.
      await keep({ ...before, keys: commonKeys(before.keys, keys) }, before)
      throw failure
    }
    if (await keep(next, before)) return
    for (const { id, entry } of recorded)
      await evidence.write({ ...entry, outcome: 'refused', error: 'another_was_first' }, id)
  }

  const keep = (set: KeySetRow, before: KeySetRow): Promise<boolean> =>
    store.run(keepKeySet, { set, since: before.readAt, dueAt: nextTurn(), at: clock.now() })

  /** Clients of the configuration that keep their keys at an address. */
  const elsewhere = () =>
    options.configured().flatMap(({ client_id: id, jwks_uri }) => {
      const uri = normal(jwks_uri)
      return uri === undefined ? [] : [{ id, uri }]
    })

  /** Another configuration, or the first: its clients are asked, and told of, as those that registered. */
  async function tellConfigured(): Promise<void> {
    const clients = elsewhere()
    const now = JSON.stringify(clients)
    if (now === told) return
    await store.run(tellConfiguredKeys, { clients, at: clock.now() })
    told = now
  }

  async function record(before: KeySetRow, next: KeySetRow): Promise<readonly Recorded[]> {
    const written: Recorded[] = []
    const said = {
      action: 'client-keys',
      outcome: next.keys === before.keys && next.problem !== null ? 'refused' : 'done',
      by: 'gatehouse',
      why: next.problem ?? undefined,
      keys: kidsOf(next.keys),
    } as const
    for await (const client of clientsAt(next.uri)) {
      const entry = { ...said, client }
      written.push({ id: await evidence.write(entry), entry })
    }
    return written
  }

  async function* clientsAt(uri: string): AsyncGenerator<string> {
    for (const { id, uri: at } of elsewhere()) if (at === uri) yield id
    let after = ''
    for (;;) {
      const page = await store.run(clientsOfKeySet, { uri, after, limit: CLIENTS_AT_ONCE })
      yield* page
      after = page.at(-1) ?? ''
      if (page.length < CLIENTS_AT_ONCE) return
    }
  }

  async function look(): Promise<void> {
    await tellConfigured()
    for (const [uri, at] of askedAt)
      if (clock.monotonic() - at >= ASKED_AGAIN_MS) askedAt.delete(uri)
    for (;;) {
      const now = clock.now()
      const due = await store.run(dueKeySets, { now, limit: KEYS_AT_ONCE })
      await Promise.all(
        due.map(async (uri) => {
          // Of those who run beside one store, one asks.
          if (await store.run(claimKeySet, { uri, now, dueAt: nextTurn() }))
            await ask(uri).catch(say)
        }),
      )
      if (stopped || due.length < KEYS_AT_ONCE) return
    }
  }

  async function forget(): Promise<void> {
    await store.run(forgetKeySets, { except: elsewhere().map(({ uri }) => uri) })
  }

  const flight = singleFlight(look)
  const stops = [
    scheduler.every(LOOK_EVERY_MS, () => void flight.start().catch(say)),
    scheduler.every(FORGET_EVERY_MS, () => void forget().catch(say)),
  ]
  const outside = guardedFetch(options.fetch)
  return {
    async fetch(url, request) {
      if (request.method !== 'GET') return outside(url, request)
      const uri = String(url)
      const asked = askedAt.get(uri)
      const recently = asked !== undefined && clock.monotonic() - asked < ASKED_AGAIN_MS
      const full = underWay.size >= MAX_ASKED_BY_REQUESTS
      if (underWay.has(uri) || (!recently && !full)) await ask(uri).catch(say)
      const { keys } = (await store.run(findKeySet, { uri })) ?? unknown(uri)
      if (keys === null) throw new TypeError('its keys cannot be had')
      // Without word of how long it may be kept: a minute, then a key that is not known is asked about again.
      return new Response(keys, { status: 200 })
    },
    look: flight.next,
    stop() {
      stopped = true
      for (const stop of stops) stop()
    },
  }
}

interface Recorded {
  readonly id: string
  readonly entry: EvidenceEntry
}

const unknown = (uri: string): KeySetRow => ({ uri, keys: null, readAt: null, problem: null })

const normal = (uri: string | undefined): string | undefined =>
  uri === undefined ? undefined : URL.parse(uri)?.href

function after(before: KeySetRow, answer: JudgedKeySet, at: number): KeySetRow {
  const { uri, keys, readAt } = before
  const { problem } = answer
  if (answer.kind === 'read') return { uri, keys: answer.keys, readAt: at, problem }
  const counts = readAt !== null && at - readAt < KEYS_MAX_AGE_MS
  return { uri, keys: counts ? keys : null, readAt, problem }
}
