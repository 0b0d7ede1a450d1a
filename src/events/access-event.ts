/**
 * Access event, version 1: one per decision, and one per request that was refused before there was a request. It maps to OCSF 1.9
 * API Activity (6003) with profile `security_control`; the mapping is noted per member. Holds no token, no body, no account number:
 * customers and consents appear as keyed hashes (`subject`, `consent`), the third party by its `client_id` (a company, not a person).
 */
import type { RuleFailure } from '../decide/index.ts'
import type { ErrorCode } from '../lib/index.ts'
import type { DeletionRecord } from './deletion-record.ts'
import type { IdentityEvent } from './identity-event.ts'
import type { ScaEvent } from './sca-event.ts'

export interface AccessEvent {
  /** Version of the format. */
  readonly v: 1
  /** A request that was understood; the other kinds are below. */
  readonly kind: 'access'
  /** Decision id, unique; OCSF `metadata.uid`. */
  readonly id: string
  /** Milliseconds since the epoch when the request arrived; OCSF `time`. */
  readonly at: number
  /** Name of the API in the configuration; `null` when no API has the path. */
  readonly api: string | null
  /** OCSF `api.operation`. */
  readonly operation: string | null
  /** OCSF `http_request.http_method`. */
  readonly method: string
  /** Path template, or `null` when nothing matched; never the raw path (it holds account ids). OCSF `http_request.url.path`. */
  readonly route: string | null
  /** Digest of the plan that decided. */
  readonly plan: string
  /** OCSF `actor.app_uid`. */
  readonly client: string | null
  /** `hmac:` + 16 hex digits; OCSF `actor.user.uid`. */
  readonly subject: string | null
  /** `hmac:` + 16 hex digits. */
  readonly consent: string | null
  /** OCSF `action_id` 1 Allowed, 2 Denied, 4 Modified (`trimmed`); `failed` = allowed, but no answer of the bank left. */
  readonly outcome: 'allowed' | 'trimmed' | 'denied' | 'failed'
  /** Why it was refused or failed: see errors.md. OCSF `status_code`. */
  readonly code: ErrorCode | null
  /** Status the client got; OCSF `http_response.code`. 0: allowed, and nobody here has seen an answer yet, or ever will (`dataPlane`). */
  readonly status: number
  /** Rules of the operation evaluated, in plan order, and those that failed. */
  readonly ran: number
  /** Rules that failed: which, with which code, and whether that refused the request or was only observed. */
  readonly failed: readonly RuleFailure[]
  /** The id that both sides know, such as `x-fapi-interaction-id`; OCSF `http_request.uid`. */
  readonly interaction: string | null
  /** Where the request stands in a distributed trace. Absent in events from before there was one. */
  readonly trace?: TraceRecord
  /** Address of the connection; OCSF `src_endpoint.ip`. */
  readonly peer: string
  /** What the decision was made of; `null` where nothing was gathered. */
  readonly facts: FactsRecord | null
  /** What came from the bank; `null` when it was not asked. */
  readonly response: ResponseRecord | null
  /** The address of the bank API that was called, where nothing was said to whoever answers there. Absent otherwise, and in events of before. */
  readonly upstream?: UpstreamRecord
  /** Decision id of the first request with the same idempotency key, whose answer this one got or waits for; or, where a consent pays once, of the request that used it. */
  readonly first?: string
  /** Who carried the request, if it was not Gatehouse itself: then how it ended is in that proxy's access log, under this decision id. */
  readonly dataPlane?: 'envoy'
  /** From the request's head to the event, in microseconds; OCSF `duration` in milliseconds. */
  readonly durationMicros: number
  /** Where the time went, beside the bank's own (`response.upstreamMicros`). Absent in a refusal that waited for nothing. */
  readonly spent?: SpentRecord
}

/** Why a call of the bank API ended before anything was said. For the bank's own people: none of it is in an answer. */
export interface UpstreamRecord {
  /** Scheme, host and port. */
  readonly address: string
  /** What was found there. */
  readonly fault: UpstreamFault
  /** What its name led to, where that is what was refused. */
  readonly resolved?: string
}

/** `address-refused`: where its name leads, no call may go. `ours-refused`: it refused us, or shares no version of TLS with us. The others: of its certificate. */
export type UpstreamFault =
  | 'address-refused'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-name'
  | 'certificate-revoked'
  | 'certificate-untrusted'
  | 'ours-refused'

/** How long each part took, in microseconds. Parts do not overlap; one that did not happen is absent. */
export interface SpentRecord {
  /** From the request's head to the verdict, without what was waited for. */
  readonly decide?: number
  /** Waiting for a key set or for the issuer's word about a token. */
  readonly token?: number
  /** Waiting for the request's body. */
  readonly body?: number
  /** Waiting for what may be taken only once, such as an idempotency key. */
  readonly claims?: number
  /** Waiting until the intent was on disk, before the call. */
  readonly intent?: number
  /** Judging, trimming and writing the answer anew. */
  readonly answer?: number
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
  /** 0–9999, from client and plan: where a fraction of requests is enforced, this decides. */
  readonly bucket: number
  /** Age of the feed, in milliseconds. */
  readonly feedAgeMs: number
  /** What the token was; `null`: it was not looked at. */
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
    /** How the customer was authenticated and when (`acr`, `auth_time`), as the token says; `null`: it does not. Absent in events of before it was recorded. */
    readonly authentication?: null | {
      readonly acr?: string
      readonly at?: number
      /** What became of strong customer authentication of a payment, and under which decision; `null`: the token does not say. Absent in events of before it was recorded. */
      readonly sca?: null | {
        readonly outcome: 'authenticated' | 'exempt'
        readonly decision: string
        readonly exemption?: string
      }
    }
    /** What the token is bound to (RFC 7800 `cnf`), as it says; `null`: a bearer token. Absent in events of before it was recorded. */
    readonly bound?: null | { readonly certificate?: string; readonly key?: string }
  }
  /** The DPoP proof that came with the token. Absent: the token came as a bearer token. */
  readonly proof?: ProofRecord
  /** As the feed had it; `null`: unknown, or not looked at. */
  readonly clientStatus: string | null
  /** Number of the client's organisation at its authority, as the feed had it. Absent: the feed does not say. */
  readonly clientOrganization?: string
  /** What the register of that authority says, as the feed had it. Absent: the feed does not say. */
  readonly clientRegister?: { readonly status?: string; readonly roles?: readonly string[] }
  /** How the request came. Absent: over plain HTTP, and in events of before there was anything else. */
  readonly transport?: TransportRecord
  /** What the consent was at that moment; `null`: unknown, or not looked at. */
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
    /** What it holds was paid; absent: it was not, as far as the gateway knew. */
    readonly used?: boolean
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
  /** Of a signed message; absent: no rule asked for a signature, or none came. */
  readonly signature?: {
    readonly kind: 'invalid' | 'verified'
    /** Key that signed it. */
    readonly kid?: string
    /** Seconds since the epoch. */
    readonly issuedAt?: number
    /** `sha256:` over signature field and body: what a kept message can be compared with. */
    readonly proof?: string
    /** The signature itself, as it came: whoever keeps the message can verify it again. Absent in events of before, and where it is long. */
    readonly field?: string
    /** Digest of the body (RFC 3230), which is signed. */
    readonly digest?: string
    /** Thumbprint of the certificate that came with it (RFC 8705 §3.1). */
    readonly certificate?: string
  }
  /** The kill switch was on: what would have refused was only observed. Absent: it was off. */
  readonly observeAll?: true
}

/** What was known of a DPoP proof (RFC 9449); the address in it is not recorded. */
export interface ProofRecord {
  /** `verified`: it was signed by the key in it. */
  readonly kind: 'absent' | 'invalid' | 'verified'
  /** What was wrong with it. */
  readonly why?: string
  /** RFC 7638 thumbprint of its key. */
  readonly key?: string
  /** `htm` was the method of the request. */
  readonly ofMethod?: boolean
  /** `ath` was the hash of the token. */
  readonly ofToken?: boolean
  /** `iat`, seconds since the epoch. */
  readonly issuedAt?: number
  /** What its nonce was to this gateway. */
  readonly nonce?: 'absent' | 'good' | 'aging' | 'unknown'
  /** Whether its `jti` came for the first time. */
  readonly use?: 'new' | 'seen' | 'full' | 'before-start'
}

/** The connection of a request, and the client certificate that was proven on it: that of a company, not of a person. */
export interface TransportRecord {
  /** Version of TLS; `null`: none. OCSF `tls.version`. */
  readonly tls: '1.2' | '1.3' | null
  /** `null`: none came. */
  readonly certificate: null | CertificateRecord
}

/** A client certificate, trusted or not. */
export interface CertificateRecord {
  /** Whether there was a path to an anchor of a trust store. */
  readonly kind: 'trusted' | 'untrusted'
  /** RFC 8705 §3.1; OCSF `tls.certificate.fingerprints`. */
  readonly thumbprint: string
  /** Why it is not trusted. */
  readonly why?: string
  /** Name of the trust store of its anchor. */
  readonly trustStore?: string
  /** Authorities above it. */
  readonly depth?: number
  /** Beginning of what holds for the whole path to the anchor, in milliseconds since the epoch. */
  readonly notBefore?: number
  /** Its end, in the same way. */
  readonly notAfter?: number
  /** What was known of its revocation. */
  readonly revocation?: 'good' | 'revoked' | 'unknown' | 'unasked'
  /** Until when that was known, in milliseconds since the epoch. */
  readonly revocationUntil?: number
  /** `organizationIdentifier` of its subject. */
  readonly organization?: string
  /** PSD2 roles. */
  readonly roles?: readonly string[]
}

/** What the bank answered, and what of it was held back. */
export interface ResponseRecord {
  /** HTTP status of the bank's answer. */
  readonly upstreamStatus: number
  /** From the call to the end of the answer, in microseconds. */
  readonly upstreamMicros: number
  /** Bytes of the body that the bank sent; 0 if it did not say and the body was passed on as it came. */
  readonly bytes: number
  /** Members that did not leave. */
  readonly removedFields: number
  /** Items of collections that did not leave. */
  readonly removedRows: number
  /** Sampled; `null` when this request was not in the sample. */
  readonly shape: ShapeSample | null
  /** Absent: the answer left without a signature, or before there was any. */
  readonly signature?: AnswerSignatureRecord
}

/** The signature of the answer that left. */
export interface AnswerSignatureRecord {
  /** Who signed it. */
  readonly by: 'bank' | 'gateway'
  /** Key of the gateway; absent: the bank signed it. */
  readonly kid?: string
  /** `sha256:` over signature field and body: what a kept message can be compared with. */
  readonly proof: string
}

/** Key-path hash → value class. Never a value, never a key. */
export type ShapeSample = Readonly<Record<string, ValueClass>>
/** What a value looks like. */
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
  /** Version of the format. */
  readonly v: 1
  /** There was no request to decide about. */
  readonly kind: 'refused'
  /** Decision id, unique; OCSF `metadata.uid`. */
  readonly id: string
  /** Milliseconds since the epoch; OCSF `time`. */
  readonly at: number
  /** Why: see errors.md; OCSF `status_code`. */
  readonly code: ErrorCode
  /** A word for what was wrong, e.g. `NOT_A_REQUEST`, `HEAD_TOO_LARGE`; records from before 0.2 have Node's (`HPE_…`). Never bytes of the request. */
  readonly cause: string
  /** Address of the connection; OCSF `src_endpoint.ip`. */
  readonly peer: string
}

/** Something the product did or found, said for the record: start, stop, plan activated, an API closed, a gap in the audit. */
export interface NoticeEvent {
  /** Version of the format. */
  readonly v: 1
  /** No decision about a request. */
  readonly kind: 'notice'
  /** Unique. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What happened. Those of clients are identity events now; records of before have them here. */
  readonly what:
    | 'started'
    | 'stopped'
    | 'plan-activated'
    | 'api-closed'
    | 'finding'
    | 'audit-gap'
    | 'events-deleted'
    | 'client-registered'
    | 'client-changed'
    | 'client-removed'
    | 'client-refused'
  /** The API that it is about; `null`: the installation. */
  readonly api: string | null
  /** The finding's code: see errors.md. */
  readonly code: ErrorCode | null
  /** One sentence, without anything that names a person or opens a door. */
  readonly detail: string
  /** Of `events-deleted`: proof of what was deleted; the same stands in a file of the spool's folder. */
  readonly deleted?: DeletionRecord
}

/**
 * What an operator asked of the running gateway, done or not. Who asked is what the asking process says of itself: the control socket
 * is open to the owner of the installation alone (mode 0600), so a claim can be false only among that owner's own processes.
 */
export interface ControlEvent {
  /** Version of the format. */
  readonly v: 1
  /** Tells it from the other kinds. */
  readonly kind: 'control'
  /** One per change that was asked for. A record that a slow disk took late may stand twice, or with another outcome: the last counts. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What was asked for. */
  readonly action: ControlAction
  /** Name as claimed; `gatehouse` for what the gateway does by itself. */
  readonly who: string
  /** User id as claimed. */
  readonly uid: number | null
  /** The control socket, SIGHUP, the gateway itself, or a command while nothing ran. */
  readonly via: 'socket' | 'signal' | 'gatehouse' | 'command'
  /** Names of APIs; empty: the whole installation. */
  readonly apis: readonly string[]
  /** Why, in the words of who asked. */
  readonly reason: string | null
  /** A refusal changed nothing. */
  readonly outcome: 'done' | 'unchanged' | 'refused'
  /** Why it was refused. */
  readonly code: ErrorCode | null
  /** What was in force: a digest, a time, or `null` for nothing. */
  readonly before: string | null
  /** What is in force now. */
  readonly after: string | null
  /** One line per difference or mistake, a bounded number of them. */
  readonly details: readonly string[]
  /** `client_id` that it is about. Absent: none, and in events of before it was recorded. */
  readonly client?: string
}
export type ControlAction =
  | 'reload'
  | 'observe-all'
  | 'observe-all-end'
  | 'hold'
  | 'hold-release'
  | 'client-suspend'
  | 'client-resume'
  | 'client-approve'
  | 'client-register'
  | 'client-remove'
  | 'consent-end'
  | 'sca-propose'
  | 'sca-approve'
  | 'sca-stop'
  | 'sca-fraud'
  | 'sca-enrol'
  | 'sca-enrol-approve'
  | 'sca-revoke'
  | 'sca-registers'

export type GatehouseEvent =
  | AccessEvent
  | RefusedEvent
  | NoticeEvent
  | ControlEvent
  | IdentityEvent
  | ScaEvent
