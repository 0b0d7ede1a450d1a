/**
 * Where operators' changes to a running gateway are taken, one after the other. Order: *who asks → prepare apart → record, synced → take
 * effect*. What could not be recorded is not done; what was refused is recorded too, with who asked for it.
 */
import type { ControlOutcome } from '../api/index.ts'
import type { ControlAction, ControlEvent, EventSink } from '../events/index.ts'
import type { Clock, ErrorCode } from '../lib/index.ts'
import { GatehouseError, isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'
import type { Log } from './log.ts'

/** What is asked, as far as it could be read; an action judges its own members. */
export interface Asked {
  readonly who: string
  readonly uid: number | null
  readonly via: ControlEvent['via']
  readonly reason: string | null
  readonly apis: readonly string[]
  readonly forSeconds: number | null
  /** Milliseconds since the epoch. */
  readonly until: number | null
  /** Name of a hold. */
  readonly hold: string | null
  /** Id of a consent. */
  readonly consent: string | null
  /** `client_id`. */
  readonly client: string | null
  /** How customers were told. */
  readonly notice: string | null
  /** Of a client (RFC 7591); judged by whoever takes it. */
  readonly metadata: JsonObject | null
  /** Of an exemption or a fraud report of strong customer authentication; judged by whoever takes it. */
  readonly proposal: JsonObject | null
}

/** An action made ready: nothing of it is in force yet. */
export interface Prepared {
  readonly outcome: ControlEvent['outcome']
  readonly code?: ErrorCode
  readonly before: string | null
  readonly after: string | null
  readonly details: readonly string[]
  /** Puts it in force; only of outcome `done`, only once recorded. What could not follow is said, and undoes nothing. */
  readonly commit?: () => Promise<readonly string[]>
  /** Lets go of what was prepared; called when it does not come into force. */
  readonly discard?: () => void
}

export type Action = (asked: Asked) => Promise<Prepared> | Prepared

export interface ControlDesk {
  ask(action: ControlAction, body: unknown, via: ControlEvent['via']): Promise<ControlOutcome>
}

/** Changes that wait for the one under way; more are turned away at once. */
export const MAX_WAITING_CHANGES = 8
export const MAX_OPERATOR_CHARS = 128
export const MAX_REASON_CHARS = 500
export const RECORD_TRIES = 5
export const MAX_DETAILS = 50
const MAX_DETAIL_CHARS = 500
const MAX_APIS = 1_000
const NO_NAME = '?'

export function controlDesk(parts: {
  /** One that is not here is refused. */
  readonly actions: Readonly<Partial<Record<ControlAction, Action>>>
  readonly events: EventSink
  readonly clock: Clock
  readonly uuid: () => string
  readonly log: Log
  /** Between two tries to record something. */
  readonly pause: () => Promise<void>
}): ControlDesk {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function handle(action: ControlAction, asked: Asked): Promise<ControlOutcome> {
    const prepared = await prepare(action, asked)
    const recorded = await record(action, asked, prepared)
    if (recorded === undefined) {
      prepared.discard?.()
      return told(
        action,
        asked,
        { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_UNRECORDED' },
        null,
      )
    }
    if (prepared.outcome !== 'done' || prepared.commit === undefined)
      return told(action, asked, prepared, recorded)
    try {
      const late = await prepared.commit()
      return told(action, asked, { ...prepared, details: [...prepared.details, ...late] }, recorded)
    } catch (error) {
      prepared.discard?.()
      const failed = refusedBy(error)
      return told(action, asked, failed, (await record(action, asked, failed)) ?? recorded)
    }
  }

  async function prepare(action: ControlAction, asked: Asked): Promise<Prepared> {
    if (asked.who === '') return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_OPERATOR' }
    const act = parts.actions[action]
    if (act === undefined) return { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_FAILED' }
    try {
      return await act(asked)
    } catch (error) {
      return refusedBy(error)
    }
  }

  /** The id of the event, synced; `undefined`: it could not be written. */
  function record(
    action: ControlAction,
    { who, uid, via, reason, apis, client }: Asked,
    prepared: Prepared,
  ): Promise<string | undefined> {
    const { outcome, before, after } = prepared
    const event: ControlEvent = {
      v: 1,
      kind: 'control',
      id: parts.uuid(),
      at: parts.clock.now(),
      action,
      who: who === '' ? 'nobody' : who,
      uid,
      via,
      apis,
      reason,
      outcome,
      code: prepared.code ?? null,
      before,
      after,
      details: bounded(prepared.details),
      ...(client === null ? {} : { client }),
    }
    return attempt(event, RECORD_TRIES)
  }

  /** A disk that only hesitates is worth a moment to an operator; a record that came through late has the same id. */
  async function attempt(event: ControlEvent, tries: number): Promise<string | undefined> {
    const failure = await new Promise<Error | undefined>((resolve) =>
      parts.events.append(event, 'strict', resolve),
    )
    if (failure === undefined) return event.id
    if (tries <= 1) return undefined
    await parts.pause()
    return attempt(event, tries - 1)
  }

  function told(
    action: ControlAction,
    { who, via, apis, reason }: Asked,
    { outcome, code, before, after, details }: Prepared,
    event: string | null,
  ): ControlOutcome {
    const line = outcome === 'refused' ? parts.log.warn : parts.log.info
    const first = details[0] === undefined ? '' : `: ${details[0]}`
    line(`${action}-${outcome}`, `${who} asked for ${action}${first}`, {
      who,
      via,
      reason,
      apis: apis.length === 0 ? undefined : apis.join(' '),
      cause: code,
      before,
      after,
      event,
    })
    return { outcome, code: code ?? null, before, after, details: bounded(details), event }
  }

  return {
    async ask(action, body, via) {
      const asked = readAsked(body, via)
      if (waiting >= MAX_WAITING_CHANGES) {
        const busy = { ...NOTHING, outcome: 'refused', code: 'GH_CONTROL_BUSY' } as const
        return told(action, asked, busy, (await record(action, asked, busy)) ?? null)
      }
      waiting++
      const turn = last.then(() => handle(action, asked))
      last = turn.catch(() => undefined)
      try {
        return await turn
      } finally {
        waiting--
      }
    },
  }
}

export const NOTHING = { before: null, after: null, details: [] } as const

export function refusedBy(error: unknown): Prepared {
  const code = error instanceof GatehouseError ? error.code : 'GH_CONTROL_FAILED'
  // Of a failure that is not ours only its kind is said: its text may quote what it stumbled over.
  const detail =
    error instanceof Error
      ? error instanceof GatehouseError
        ? error.message
        : error.name
      : 'unknown'
  return { ...NOTHING, outcome: 'refused', code, details: [detail] }
}

function bounded(details: readonly string[]): readonly string[] {
  const cut = details
    .slice(0, MAX_DETAILS)
    .map((text) => (text.length > MAX_DETAIL_CHARS ? `${text.slice(0, MAX_DETAIL_CHARS)}…` : text))
  const more = details.length - cut.length
  return more > 0 ? [...cut, `and ${more} more`] : cut
}

/** Nothing in it is trusted: what is no sound value counts as not said, so that the refusal can be recorded as well. */
function readAsked(body: unknown, via: Asked['via']): Asked {
  // Sound: an object of unknowns.
  const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (value: unknown, max: number): string => {
    if (typeof value !== 'string' || value.length > max) return ''
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(value)
      ? ''
      : value.trim()
  }
  const { who, uid, reason, apis, forSeconds, until, hold, client, consent, notice, metadata } =
    said
  const { proposal } = said
  const why = text(reason, MAX_REASON_CHARS)
  return {
    who: text(who, MAX_OPERATOR_CHARS),
    uid: typeof uid === 'number' && Number.isSafeInteger(uid) && uid >= 0 ? uid : null,
    via,
    reason: why === '' ? null : why,
    // What is no name stays as a name that nothing has: left out, it would turn "these" into "all".
    apis:
      apis === undefined
        ? []
        : Array.isArray(apis)
          ? apis.slice(0, MAX_APIS).map((name) => text(name, 64) || NO_NAME)
          : [NO_NAME],
    forSeconds: typeof forSeconds === 'number' && Number.isFinite(forSeconds) ? forSeconds : null,
    until: typeof until === 'number' && Number.isSafeInteger(until) ? until : null,
    hold: text(hold, 64) || null,
    client: text(client, 256) || null,
    consent: text(consent, 128) || null,
    notice: text(notice, MAX_REASON_CHARS) || null,
    // Sound: it was parsed from JSON.
    metadata: isJsonObject(metadata as JsonValue) ? (metadata as JsonObject) : null,
    proposal: isJsonObject(proposal as JsonValue) ? (proposal as JsonObject) : null,
  }
}
