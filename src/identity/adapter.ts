/**
 * Where `oidc-provider` keeps what it must remember. The library finds a code and then consumes it, and looks for an id before it saves
 * it: between the two, another request may do the same. Here the store decides in one statement who was first, and everybody else is refused.
 */
import { type Adapter, errors, type Payload } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import {
  claimAuthorization,
  consumeAuthorization,
  findAuthorization,
  findFirstAuthorization,
  type FoundRecord,
  type NewRecord,
  putAuthorization,
  removeAuthorization,
  removeGranted,
  type Store,
  type UnitRef,
} from '../store/index.ts'
import { sealedAs, type Sealing } from './sealing.ts'

export interface RecordAdapterOptions {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  /** Told, and waited for, before a grant goes: what gateways must refuse from then on. */
  readonly grantEnds: (grantId: string) => Promise<void>
  /** False: there are so many records of this kind that no more are taken. */
  readonly roomFor: (model: string) => boolean
}

/** The id was brought before. Refused as bad client authentication where nobody knows better (replays.ts does). */
export class Replayed extends errors.InvalidClientAuth {}

/** Larger ones are refused; the pushed request with the most that a body may hold is smaller. */
export const MAX_RECORD_CHARS = 262_144
/** How long a customer has for one interaction, in seconds. */
export const INTERACTION_SECONDS = 600
/** Added to a life, so that clocks may differ and what came late is told from what never was. */
const GRACE_SECONDS = 60
/** What may be used once is remembered while a request that began with it can still end, and longer. */
const ONCE: ReadonlySet<string> = new Set([
  'AuthorizationCode',
  'BackchannelAuthenticationRequest',
  'PushedAuthorizationRequest',
  'RefreshToken',
])
const REPLAYS = 'ReplayDetection'
/**
 * What a request may write several of, one after the other: the operating system has each at once, and the disk all of them before the answer
 * leaves (recording.ts). Whatever else is written is on disk when it is written: others than the library write it too.
 */
const SYNCED_WITH_THE_ANSWER: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'PushedAuthorizationRequest',
  'RefreshToken',
  REPLAYS,
])
/** Where a customer stands in a browser. Nobody waits for the disk: a power cut makes them begin again. */
const OF_A_BROWSER: ReadonlySet<string> = new Set(['Interaction', 'Session'])

type Records = Pick<RecordAdapterOptions, 'store' | 'sealing' | 'clock'>

/** By its id alone, of the first of these kinds that has it; in one question, for whoever asks does not know the kind. */
export function recordFinder({
  store,
  sealing,
  clock,
}: Records): (models: readonly string[], id: string) => Promise<Payload | undefined> {
  return async (models, id) => {
    const names = models.map((model) => ({ model, id: sealing.hashed(model, id) }))
    const found = await store.runBuffered(findFirstAuthorization, { names, now: clock.now() })
    return found === null ? undefined : opened(sealing, found.model, found)
  }
}

function opened(sealing: Sealing, model: string, { id, payload, consumedAt }: FoundRecord) {
  // Sound: it was sealed here, as JSON of an object.
  const kept = JSON.parse(sealing.open(sealedAs.record(model, id), payload)) as Payload
  return consumedAt === null ? kept : { ...kept, consumed: Math.floor(consumedAt / 1000) }
}

export function recordAdapter(options: RecordAdapterOptions): (model: string) => Adapter {
  const { store, sealing, clock, grantEnds, roomFor } = options

  return (model) => {
    const buffered = SYNCED_WITH_THE_ANSWER.has(model) || OF_A_BROWSER.has(model)
    const change = <A, R>(unit: UnitRef<A, R>, arg: A): Promise<R> =>
      buffered ? store.runBuffered(unit, arg) : store.run(unit, arg)
    const idOf = (id: string): string => sealing.hashed(model, id)

    async function read(by: 'id' | 'uid' | 'user_code', value: string) {
      const found = await store.runBuffered(findAuthorization, {
        model,
        by,
        value,
        now: clock.now(),
      })
      return found === null ? undefined : opened(sealing, model, found)
    }

    function recordOf(id: string, payload: Payload, expiresIn: number | undefined): NewRecord {
      const text = JSON.stringify(payload)
      if (text.length > MAX_RECORD_CHARS)
        throw new errors.InvalidRequest('the request is too large')
      const hashed = idOf(id)
      const named = (kind: string, value: unknown): string | null =>
        typeof value === 'string' ? sealing.hashed(kind, value) : null
      const kept = GRACE_SECONDS + (ONCE.has(model) ? INTERACTION_SECONDS : 0)
      return {
        model,
        id: hashed,
        grantId: named('grant', payload['grantId']),
        uid: named('uid', payload['uid']),
        userCode: named('user code', payload['userCode']),
        payload: sealing.seal(sealedAs.record(model, hashed), text),
        expiresAt:
          expiresIn === undefined ? null : clock.now() + Math.ceil(expiresIn + kept) * 1000,
      }
    }

    return {
      async upsert(id, payload, expiresIn) {
        if (!roomFor(model)) throw new errors.TemporarilyUnavailable('too much is going on')
        const record = recordOf(id, payload, expiresIn)
        if (model !== REPLAYS) await change(putAuthorization, record)
        else if (!(await change(claimAuthorization, { record, now: clock.now() })))
          throw new Replayed('it was used before')
      },
      // Of an id that may come once, writing it tells whether it was there.
      find: async (id) => (model === REPLAYS ? undefined : read('id', idOf(id))),
      findByUid: (uid) => read('uid', sealing.hashed('uid', uid)),
      findByUserCode: (userCode) => read('user_code', sealing.hashed('user code', userCode)),
      async consume(id) {
        if (await change(consumeAuthorization, { model, id: idOf(id), now: clock.now() })) return
        throw model === 'PushedAuthorizationRequest'
          ? new errors.InvalidRequestUri('request_uri was used before')
          : new errors.InvalidGrant('it was used before')
      },
      async destroy(id) {
        if (model === 'Grant') await grantEnds(id)
        const gone = { model, id: idOf(id) }
        if (OF_A_BROWSER.has(model)) await store.runBuffered(removeAuthorization, gone)
        else await store.run(removeAuthorization, gone)
      },
      async revokeByGrantId(grantId) {
        await store.run(removeGranted, { model, grantId: sealing.hashed('grant', grantId) })
      },
    }
  }
}
