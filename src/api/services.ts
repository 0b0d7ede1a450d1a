/** What the management API shows of a running instance, and the few things it does. `app` implements it. */
import type { EventGroup, EventPage, Grouping, IndexProgress } from '../audit/index.ts'
import type { ControlAction, ControlEvent, StoredEvent } from '../events/index.ts'
import type { ConsentPage, ConsentsAsked, ConsentView, ServerReport } from '../identity/index.ts'
import type { ErrorCode, JsonObject } from '../lib/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import type { PastObservations } from '../posture/index.ts'
import type { SecretStatus } from '../store/index.ts'
import type { ScaServices } from './sca-services.ts'

export interface ApiServices {
  /** Of strong customer authentication. */
  readonly sca: ScaServices
  status(): InstanceStatus
  /** The policy that runs, without schema programs. */
  policy(): Pick<CompiledPolicy, 'effective' | 'findings'> & { readonly digest: string }
  /** Every observation of the store. */
  observations(): Promise<readonly unknown[]>
  /** What was known at a time, in milliseconds since the epoch. */
  pastObservations(at: number): Promise<PastObservations>
  inventory(): Promise<readonly unknown[]>
  /** Events after a position, oldest first. */
  events(query: EventQuery): Promise<readonly StoredEvent[]>
  /** @throws GH_AUDIT_INDEX_NOT_READY, GH_AUDIT_QUERY_INVALID, GH_AUDIT_TIME_INVALID, GH_AUDIT_QUERY_TOO_WIDE */
  queryEvents(question: EventQuestion): Promise<EventAnswer>
  /** Third parties that registered, by id, after one; none: there are no more. */
  clients(after: string): Promise<readonly RegisteredClient[]>
  /** `undefined`: nobody has this id. */
  client(id: string): Promise<ClientView | undefined>
  /** `undefined`: the authorization server has none of this id, or there is none. */
  consent(id: string): Promise<ConsentView | undefined>
  /** `null`: there is none in this process. */
  authorizationServer(): Promise<AuthorizationServerStatus | null>
  /** Consents of the authorization server; none, if there is none. */
  consents(asked: ConsentsAsked): Promise<ConsentPage>
  /** `undefined`: no event has this id. */
  explain(id: string): Promise<Explanation | undefined>
  /** Asks for a change; `body` as it came, for who asks is judged and recorded even where it is nonsense. */
  control(action: ControlAction, body: unknown): Promise<ControlOutcome>
}

/** The authorization server of this process; `address`: where it listens. */
export type AuthorizationServerStatus = ServerReport & { readonly address: string }

/** A third party that registered at the authorization server. */
export interface RegisteredClient {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly organization: string | null
  readonly registerStatus: string | null
  readonly roles: readonly string[]
  /** Milliseconds since the epoch. */
  readonly registeredAt: number
}

/** What a third party may do, what became of it, and what it did last. */
export interface ClientView {
  readonly id: string
  readonly name: string
  readonly status: string
  /** A file of the feed, or registered at the authorization server. */
  readonly origin: 'file' | 'registered'
  readonly details: JsonObject
  /** The newest first; of a file there is none. */
  readonly history: readonly {
    readonly at: number
    readonly what: string
    readonly by: string
    readonly reason: string | null
    readonly record: JsonObject | null
  }[]
  /** The newest last. */
  readonly lastEvents: readonly {
    readonly id: string
    readonly at: number
    readonly api: string
    readonly operation: string
    readonly outcome: string
    readonly code: string | null
  }[]
}

/** What became of a change that was asked for. A refusal changed nothing. */
export interface ControlOutcome {
  readonly outcome: ControlEvent['outcome']
  readonly code: ErrorCode | null
  readonly before: string | null
  readonly after: string | null
  /** Differences, or what is wrong. */
  readonly details: readonly string[]
  /** Id of the event that records it; `null`: it could not be recorded. */
  readonly event: string | null
}

export interface InstanceStatus {
  readonly version: string
  readonly pid: number
  readonly startedAt: number
  readonly address: string
  /** Of health, readiness and metrics; `null`: nowhere. */
  readonly monitoring: string | null
  readonly phase: 'starting' | 'serving' | 'draining'
  readonly ready: boolean
  /** Why it is not ready. */
  readonly reasons: readonly string[]
  readonly plan: string
  readonly apis: readonly {
    readonly name: string
    readonly state: 'active' | 'closed'
    readonly reason: string | null
    /** Its refusals are only observed for now. */
    readonly observeAll: boolean
  }[]
  readonly feed: {
    /** As large as a number can be before the first word. */
    readonly ageMs: number
    readonly mistakes: readonly string[]
  }
  readonly events: {
    readonly lastSeq: number
    /** Last of them that the event index has; `null`: it is not open yet. */
    readonly indexedSeq: number | null
    readonly state: 'open' | 'stalled' | 'failed' | 'closed'
    /** Last trouble with the disk, also when it is over. */
    readonly trouble: string | null
    /** Accepted and not synced yet. */
    readonly waiting: number
    /** Kept in memory because the spool refused them. */
    readonly held: number
  }
  readonly issuers: readonly {
    readonly issuer: string
    readonly keys: number
    readonly loadedAt: number
  }[]
  /** `null`: none was asked for since the start. */
  readonly lastReload: LastReload | null
  /** The kill switch; `null`: it is off. */
  readonly observeAll: ObserveAllStatus | null
  /** What the records of the authorization server are sealed under; `null`: there is none. */
  readonly secret: SecretStatus | null
}

export interface LastReload {
  readonly at: number
  readonly outcome: ControlEvent['outcome']
  readonly code: ErrorCode | null
  readonly details: readonly string[]
}

export interface ObserveAllStatus {
  /** Empty: every API. */
  readonly apis: readonly string[]
  readonly since: number
  readonly until: number
  readonly who: string
  readonly reason: string
}

export interface EventQuery {
  /** Position of the last event seen; 0 for the oldest; `undefined` for only the newest `limit`. */
  readonly after: number | undefined
  readonly limit: number
  readonly api: string | undefined
  readonly client: string | undefined
  readonly outcome: string | undefined
}

/** A question about past events, as it was written; absent members do not narrow. */
export interface EventQuestion {
  readonly client?: string | undefined
  readonly api?: string | undefined
  readonly operation?: string | undefined
  readonly code?: string | undefined
  readonly rule?: string | undefined
  readonly outcome?: string | undefined
  /** In clear; hashed with the installation's key where it is answered, and kept nowhere. */
  readonly subject?: string | undefined
  readonly consent?: string | undefined
  /** `2h` before now, a day, or an instant with its zone. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly limit?: number | undefined
  /** Position that an answer gave as `next`. */
  readonly after?: string | undefined
  readonly count?: boolean | undefined
  readonly by?: string | undefined
}

/** What was found, when it was looked for, and how far the index was. */
export type EventAnswer = {
  readonly window: { readonly since: string; readonly until: string }
  readonly index: IndexProgress
} & (
  | ({ readonly kind: 'page' } & EventPage)
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'groups'; readonly by: Grouping; readonly groups: readonly EventGroup[] }
)

/** Why a decision was what it was, in words. */
export interface Explanation {
  readonly id: string
  readonly at: string
  /** One sentence: who asked what, and what became of it. */
  readonly sentence: string
  readonly outcome: string
  readonly status: number
  readonly code: string | null
  readonly title: string | null
  /** The rule that decided, with the control it serves and where it was set. */
  readonly rule: {
    readonly name: string
    readonly control: string
    readonly controlTitle: string
    readonly origin: string
    readonly detail: string
  } | null
  /** Every rule of the operation in order. */
  readonly rules: readonly {
    readonly name: string
    readonly control: string
    readonly origin: string
    readonly result: 'passed' | 'denied' | 'observed' | 'not reached' | 'off'
  }[]
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  /** What the third party's developer, or the bank, can do about it. */
  readonly mend: string | null
  readonly record: {
    readonly partition: number
    readonly seq: number
    readonly hash: string
    readonly plan: string
  }
}
