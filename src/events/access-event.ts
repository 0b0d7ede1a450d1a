/**
 * Access event, version 1: one per decision, and one per request that was refused before there was a request. It maps to OCSF 1.9
 * API Activity (6003) with profile `security_control`; the mapping is noted per member. Holds no token, no body, no account number:
 * customers and consents appear as keyed hashes (`subject`, `consent`), the third party by its `client_id` (a company, not a person).
 */
import type { RuleFailure } from '../decide/index.ts'
import type { ErrorCode } from '../lib/index.ts'

export interface AccessEvent {
  readonly v: 1
  readonly kind: 'access'
  /** Decision id, unique; OCSF `metadata.uid`. */
  readonly id: string
  /** Milliseconds since the epoch when the request arrived; OCSF `time`. */
  readonly at: number
  readonly api: string | null
  /** OCSF `api.operation`. */
  readonly operation: string | null
  readonly method: string
  /** Path template, or `null` when nothing matched; never the raw path (it holds account ids). OCSF `http_request.url.path`. */
  readonly route: string | null
  readonly plan: string
  /** OCSF `actor.app_uid`. */
  readonly client: string | null
  /** `hmac:` + 16 hex digits; OCSF `actor.user.uid`. */
  readonly subject: string | null
  /** `hmac:` + 16 hex digits. */
  readonly consent: string | null
  /** OCSF `action_id` 1 Allowed, 2 Denied, 4 Modified (`trimmed`); `failed` = allowed, but no answer of the bank left. */
  readonly outcome: 'allowed' | 'trimmed' | 'denied' | 'failed'
  readonly code: ErrorCode | null
  /** Status the client got; OCSF `http_response.code`. */
  readonly status: number
  /** Rules of the operation evaluated, in plan order, and those that failed. */
  readonly ran: number
  readonly failed: readonly RuleFailure[]
  readonly interaction: string | null
  /** Where the request stands in a distributed trace. Absent in events from before there was one. */
  readonly trace?: TraceRecord
  readonly peer: string
  readonly facts: FactsRecord | null
  readonly response: ResponseRecord | null
  readonly durationMicros: number
}

/** W3C Trace Context, lower-case hex; OCSF `metadata.correlation_uid` is `id`. */
export interface TraceRecord {
  /** 32 digits. */
  readonly id: string
  /** 16 digits: our part of it, the parent of the bank's. */
  readonly span: string
  /** 16 digits: the caller's part; `null`: the trace began here. */
  readonly parent: string | null
}

export type GatheredFact = 'token' | 'client' | 'consent' | 'body'

/** The facts, redacted: enough to decide again under another plan, or to say "undecidable". */
export interface FactsRecord {
  readonly bucket: number
  readonly feedAgeMs: number
  readonly token: null | {
    readonly kind: 'absent' | 'invalid' | 'verified'
    readonly code?: ErrorCode
    readonly issuer?: string
    readonly type?: string
    readonly audiences?: readonly string[]
    readonly scopes?: readonly string[]
    readonly ageSeconds?: number
    readonly lifetimeSeconds?: number
    readonly revoked?: boolean
    /** Seconds since the epoch, exactly as the token says. Absent where the token does not say, and in events of before. */
    readonly issuedAt?: number
    readonly expiresAt?: number
    readonly notBefore?: number
  }
  readonly clientStatus: string | null
  readonly consent: null | {
    readonly status: string
    readonly permissions: readonly string[]
    readonly accounts: number
    readonly sameClient: boolean
    readonly sameSubject: boolean
    readonly expiresInSeconds: number | null
    readonly revoked: boolean
    /** Milliseconds since the epoch, exactly as the consent says; absent where it does not say, and in events of before. */
    readonly validFrom?: number
    readonly expiresAt?: number
    readonly transactionsFrom?: number
    readonly transactionsTo?: number
  }
  /** Selector names (`path:AccountId`) and whether each value was in the consent. */
  readonly objects: Readonly<Record<string, boolean>>
  /** Names only, of declared query parameters present. */
  readonly query: readonly string[]
  /**
   * What was looked up before the decision. A fact that is not named here is not known: neither that it was there nor that it was not.
   * Absent in events of before this and the members below were recorded.
   */
  readonly gathered?: readonly GatheredFact[]
  /** Query parameters that no specification declares: how many. Their names were made up by a stranger. Absent: none. */
  readonly undeclaredQuery?: number
  /** Declared header parameters present, in lower case. Absent: none. */
  readonly headers?: readonly string[]
  /**
   * Parameters that may name somebody's object, compared by the plan or not: which came, of which every value is an account of the
   * consent, of which every value is the customer of the token. Labels such as `path:AccountId`.
   */
  readonly named?: {
    readonly present: readonly string[]
    readonly ofConsent: readonly string[]
    readonly ofSubject: readonly string[]
  }
  /** Absent: no body was announced. */
  readonly body?: {
    /** Bytes by `content-length`; `null` for a body in chunks. */
    readonly announced: number | null
    /** Once it was read. */
    readonly bytes?: number
    readonly mediaType?: string
  }
}

export interface ResponseRecord {
  readonly upstreamStatus: number
  readonly upstreamMicros: number
  readonly bytes: number
  readonly removedFields: number
  readonly removedRows: number
  /** Sampled; `null` when this request was not in the sample. */
  readonly shape: ShapeSample | null
}

/** Key-path hash → value class. Never a value, never a key. */
export type ShapeSample = Readonly<Record<string, ValueClass>>
export type ValueClass =
  | 'null'
  | 'bool'
  | 'int'
  | 'decimal'
  | 'text'
  | 'uuid'
  | 'date'
  | 'iban'
  | 'pan'
  | 'email'
  | 'url'
  | 'empty'

/** Refused before there was a request: TLS, malformed HTTP, header too large. */
export interface RefusedEvent {
  readonly v: 1
  readonly kind: 'refused'
  readonly id: string
  readonly at: number
  readonly code: ErrorCode
  /** Node's error code, e.g. `HPE_INVALID_METHOD`; never bytes of the request. */
  readonly cause: string
  readonly peer: string
}

/** Something the product did or found, said for the record: start, stop, plan activated, an API closed, a gap in the audit. */
export interface NoticeEvent {
  readonly v: 1
  readonly kind: 'notice'
  readonly id: string
  readonly at: number
  readonly what: 'started' | 'stopped' | 'plan-activated' | 'api-closed' | 'finding' | 'audit-gap'
  readonly api: string | null
  readonly code: ErrorCode | null
  readonly detail: string
}

export type GatehouseEvent = AccessEvent | RefusedEvent | NoticeEvent
