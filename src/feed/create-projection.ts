/** Holds the newest of a feed in tables. Records are swapped whole and never changed in place, so readers may keep a reference. */
import { type ClientId, type Clock, isJsonObject, type JsonValue } from '../lib/index.ts'
import { type Change, type Feed, loadFeed } from './change.ts'
import { type ConsentValue, consentTable } from './consent-table.ts'
import type { Projection } from './projection.ts'
import type { ClientRecord } from './records.ts'

/** A projection that says how much it holds. */
export interface CountedProjection extends Projection {
  counts(): Readonly<Record<'clients' | 'consents' | 'revocations', number>>
}

/** Up to date with the feed's snapshot when it resolves. */
export async function createProjection(feed: Feed, clock: Clock): Promise<CountedProjection> {
  const clients = new Map<string, ClientRecord>()
  /** JWK sets that are told by themselves. */
  const keys = new Map<string, JsonValue>()
  /** Records with one of those, as they were told without it. */
  const completed = new Map<string, ClientRecord>()
  const consents = consentTable()
  const revocations = new Set<string>()
  let seq = 0
  /** Monotonic: a wall clock that is set back would make an old feed young, and revocations would go unheard. */
  let heardAt: number | undefined

  /** The record as it was told, with the keys that were told apart from it where it has none. */
  function keepClient(id: string, record: ClientRecord | undefined): void {
    const jwks = keys.get(id)
    completed.delete(id)
    if (record === undefined) clients.delete(id)
    else if (jwks === undefined || record.jwks !== undefined) clients.set(id, record)
    else {
      completed.set(id, record)
      // Sound: whoever tells keys judged them as a JWK set.
      clients.set(id, { ...record, jwks } as ClientRecord)
    }
  }

  function apply({ seq: number, kind, key, value }: Change): void {
    seq = number
    switch (kind) {
      case 'client':
        keepClient(key, value === null ? undefined : clientOf(value))
        break
      case 'consent':
        if (value === null) consents.delete(key)
        else if (typeof value === 'string') consents.setSealed(key, value)
        else consents.set(key, value as unknown as ConsentValue) // sound: the publisher read it by the consent format
        break
      case 'revocation':
        if (value === null) revocations.delete(key)
        else revocations.add(key)
        break
      case 'key':
        if (isJsonObject(value) && value['jwks'] !== undefined) keys.set(key, value['jwks'])
        else keys.delete(key)
        keepClient(key, completed.get(key) ?? clients.get(key))
        break
      default:
        kind satisfies never
    }
  }

  seq = await loadFeed(feed, apply)
  feed.subscribe(seq, {
    change: apply,
    heartbeat: (at) => {
      heardAt = clock.monotonic() - Math.max(0, clock.now() - at)
    },
  })

  return {
    client: (id) => clients.get(id),
    consent: (id) => consents.get(id),
    revoked: (key) => revocations.has(key),
    ageMs: () => (heardAt === undefined ? Infinity : Math.max(0, clock.monotonic() - heardAt)),
    get seq() {
      return seq
    },
    counts: () => ({
      clients: clients.size,
      consents: consents.size,
      revocations: revocations.size,
    }),
  }
}

interface ClientValue extends Omit<ClientRecord, 'roles'> {
  readonly id: ClientId
  readonly roles?: readonly string[]
}

function clientOf(value: JsonValue): ClientRecord {
  const { roles, ...read } = value as unknown as ClientValue // sound: the publisher read it by the client format
  return roles === undefined ? read : { ...read, roles: new Set(roles) }
}
