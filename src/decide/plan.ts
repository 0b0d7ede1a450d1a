/**
 * The plan: everything the kernel knows about policy, as data. `policy` compiles it, gateways run it, `explain` and replays read it.
 * Serialisable with `JSON.stringify`; `digest` is over the canonical JSON of the rest.
 */
import type { EgressList, ErrorCode, PaymentField, PaymentMapping } from '../lib/index.ts'
import type { Initiated } from './verdict.ts'
import type { FieldPath, LinkPlace, NodeId, RowRule, SchemaProgram } from '../schema/index.ts'

export interface Plan {
  readonly format: 1
  /** `sha256:` + 64 hex digits over the canonical JSON of the plan without this member. */
  readonly digest: string
  readonly issuers: readonly PlanIssuer[]
  readonly apis: readonly PlanApi[]
}

export interface PlanIssuer {
  /** Compared exactly with `iss`. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Allowed `typ` values, lower case without `application/` (RFC 9068 §2.1: `at+jwt`). */
  readonly types: readonly string[]
  /** `issuer`: it says itself where they are (RFC 8414). */
  readonly jwks: { readonly file: string } | { readonly url: string } | { readonly issuer: string }
  readonly claims: {
    readonly client: string
    readonly subject: string
    readonly consent: string
    /** Absent: `consent` names a claim. */
    readonly consentIn?: 'scope' | 'authorization_details'
    readonly scope: string
    readonly grant: string
    /** Absent: nothing that it says of strong customer authentication is believed. */
    readonly sca?: string
  }
  readonly clockSkewSeconds: number
  /** Asked about tokens that are no JWT (RFC 7662); absent: such a token is none. The secret is no part of a plan. */
  readonly introspection?: {
    readonly endpoint: string
    readonly clientId: string
    readonly signed: boolean
    readonly cacheSeconds: number
    /** Its tokens begin like this, and no others do; absent: it is asked about what no other claims. */
    readonly tokenPrefix?: string
    /** What has no prefix may be shown to others that say the same, and theirs to it, in the order of the issuers; absent: it may not. */
    readonly tryInOrder?: true
  }
}
export type SignatureAlgorithm = 'PS256' | 'ES256' | 'EdDSA'

export type PlanApi = ActiveApi | ClosedApi

/** An API whose policy does not compile: every request to it gets 503, every other API goes on. */
export interface ClosedApi {
  readonly state: 'closed'
  readonly name: string
  readonly basePath: string
  readonly code: ErrorCode
  readonly reason: string
}

export interface ActiveApi {
  readonly state: 'active'
  readonly name: string
  /** `''` or `/a/b`, no trailing slash; matched by whole segments, case-sensitive. */
  readonly basePath: string
  readonly template: { readonly name: string; readonly version: string; readonly digest: string }
  readonly upstream: PlanUpstream
  /** Origins under which clients call (`htu` of a DPoP proof); absent: none is known, and no proof can be judged. */
  readonly publicOrigins?: readonly string[]
  /** How reads are recorded whose rule `logging.audit` does not say so. Writes are always strict. */
  readonly audit: 'strict' | 'buffered'
  /** Reads may go on from a bounded memory queue, or on facts up to an hour old, with an alarm. */
  readonly degraded: boolean
  /** How old the feed may be before this API refuses. */
  readonly feedAllowanceMs: number
  /** The schemas of all operations; `NodeId`s below point into it. */
  readonly schema: SchemaProgram
  readonly operations: readonly PlanOperation[]
  /** Distinct rule instances; operations refer to them by index. */
  readonly rules: readonly PlanRule[]
}

export interface PlanUpstream {
  /** `http://127.0.0.1:9000` */
  readonly origin: string
  /** Further addresses of the same API, each asked as the first is. Absent: there is one. */
  readonly others?: readonly string[]
  /** Prepended to the path below `basePath`; `''` or `/x`. */
  readonly pathPrefix: string
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly maxResponseBytes: number
  /** After so many failures without a success between, nothing is sent for `openMs`. Absent in plans of before there was one: it is always asked. */
  readonly breaker?: { readonly failures: number; readonly openMs: number }
  /** When one of several addresses is taken out of the turn: after `failures` in a row, for `baseMs`, twice as long each time up to `maxMs`. */
  readonly ejection?: {
    readonly failures: number
    readonly baseMs: number
    readonly maxMs: number
    /** Of the addresses, at most so many at a time. */
    readonly maxPercent: number
  }
  /** How many requests may go to a second address: so many of a hundred, and `burst` at once. Absent: none. */
  readonly retries?: { readonly percent: number; readonly burst: number }
  /** Where its calls may go (`egress.allowlist`); `observed`: what is elsewhere is told, and called. Absent: wherever the guard lets them. */
  readonly egress?: EgressList & { readonly observed?: true }
  /** How each address is asked whether it serves. Absent: none is. */
  readonly health?: {
    /** Path and query, as it is sent. */
    readonly path: string
    readonly intervalMs: number
    readonly timeoutMs: number
    /** So many good answers in a row bring an address back, so many bad ones take it out. */
    readonly healthyAfter: number
    readonly unhealthyAfter: number
  }
  /** What the certificate of the bank must name beside being believed; absent: its host, by the anchors of the machine. */
  readonly tls?: {
    /** API whose anchors, certificate and key are used; they are no part of a plan. */
    readonly api: string
    readonly minVersion: '1.2' | '1.3'
    /** A client certificate is shown. */
    readonly mutual: boolean
    /** Exactly this DNS name or address. */
    readonly serverName?: string
    /** Exactly this URI, beside the name. */
    readonly uri?: string
  }
}

export interface PlanOperation {
  /** `operationId`, or `GET /path` where the specification gives none. Unique in the API. */
  readonly id: string
  readonly method: string
  /** Path template below `basePath`: `/accounts/{AccountId}/balances`. */
  readonly path: string
  /** Indexes into `rules`, cheapest first: the order they run in. */
  readonly rules: readonly number[]
  readonly parameters: readonly PlanParameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: readonly PlanContent[] }
  readonly responses: readonly PlanResponse[]
}

export interface PlanParameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required: boolean
  readonly schema: NodeId
  /** The schema is (or may be) an array: repeated or comma-separated values are allowed. */
  readonly list: 'repeat' | 'comma' | false
}
export interface PlanContent {
  /** Lower case, without parameters: `application/json`. */
  readonly mediaType: string
  readonly schema?: NodeId
}
export interface PlanResponse {
  /** `200`, `4XX` or `default`. */
  readonly status: string
  readonly headers: readonly string[]
  readonly content: readonly PlanContent[]
}

export type Mode = 'off' | 'observe' | 'enforce'
/** Five levels, weakest last. A mandate ignores mode, fraction and kill switch. */
export type Level = 'mandate' | 'profile' | 'class' | 'api' | 'operation'

interface RuleBase<N extends string, P> {
  readonly name: N
  /** The control it enforces. */
  readonly control: string
  readonly mode: Mode
  /** Share of requests that it enforces, in parts of 10,000 (the rest is observed); absent: all. */
  readonly fraction?: number
  readonly origin: { readonly level: Level; readonly source: string }
  readonly params: P
}

/** Rule names are the catalogue's policy fields. */
export type PlanRule =
  | RuleBase<'transport.tls', { readonly minVersion: '1.2' | '1.3' }>
  /** `trustStores` absent: any that the listener has. */
  | RuleBase<
      'transport.mtls',
      { readonly trustStores?: readonly string[]; readonly maxDepth: number }
    >
  /** No operation is open unless it says so; a token is needed. */
  | RuleBase<'authz.default', { readonly open: boolean }>
  /** Tokens and listed names never travel in a URL. */
  | RuleBase<'logging.redact', { readonly queryDenied: readonly string[] }>
  | RuleBase<
      'request.validation',
      {
        readonly undeclaredQuery: 'strip' | 'refuse' | 'pass'
        readonly maxBodyBytes: number
        readonly maxDepth: number
      }
    >
  /** Members of bodies that no schema declares; `query`: parameters too. Names that begin with one of `extensions` may stand. */
  | RuleBase<'request.fields', { readonly extensions: readonly string[]; readonly query: boolean }>
  | RuleBase<'token.validation', { readonly issuers: readonly string[] }>
  | RuleBase<'token.lifetime', { readonly maxSeconds: number }>
  | RuleBase<
      'token.senderConstrained',
      {
        readonly methods: readonly BindingMethod[]
        /** Of DPoP proofs. */
        readonly maxAgeSeconds: number
        readonly maxAheadSeconds: number
        readonly nonce: 'optional' | 'required'
      }
    >
  | RuleBase<
      'identity.clientCertificate.roles',
      { readonly roles: readonly string[]; readonly registered: boolean }
    >
  | RuleBase<'identity.clientStatus', { readonly statuses: readonly string[] }>
  | RuleBase<'authz.operations', { readonly anyOf: readonly (readonly string[])[] }>
  | RuleBase<'authz.consent', ConsentParams>
  | RuleBase<'authz.objects', { readonly selectors: readonly ObjectSelector[] }>
  | RuleBase<'request.signature', SignatureParams>
  | RuleBase<'sca.required', ScaParams>
  | RuleBase<'sca.dynamicLinking', LinkingParams>
  | RuleBase<
      'payment.idempotency',
      {
        /** Lower case: where the key comes. */
        readonly header: string
        readonly maxKeyLength: number
        readonly windowSeconds: number
      }
    >
  | RuleBase<'rate', RateParams>
  /** Beside what every request is held to: origins (RFC 6454) whose pages may read answers. */
  | RuleBase<'gateway.baseline', { readonly corsOrigins: readonly string[] }>
  | RuleBase<'rate.unattended', UnattendedParams>
  | RuleBase<'response.fields', ResponseFieldsParams>
  | RuleBase<'response.errors', Record<string, never>>
  /** Answers are what the specification says. */
  | RuleBase<
      'upstream.validation',
      {
        /** While it observes, one answer in so many is compared. */
        readonly watchEvery: number
      }
    >
  | RuleBase<
      'logging.audit',
      {
        readonly interactionHeader: string
        /** Absent: as the API has it. */
        readonly reads?: 'strict' | 'buffered'
      }
    >
  | RuleBase<'egress.allowlist', Readonly<EgressList>>
  | RuleBase<'upstream.tls', { readonly mode: 'verified' | 'mutual' }>
  | RuleBase<'upstream.resilience', Record<string, never>>
export type RuleName = PlanRule['name']
export type RuleOf<N extends RuleName> = Extract<PlanRule, { readonly name: N }>

export interface ScaParams {
  /** Values of `acr`, any of which the token must have; absent: none is asked for. */
  readonly acr?: readonly string[]
  /** The token must say what became of strong customer authentication, or have one of `acr`; what is exempt needs none of them. `linked`: and what it says must be of what is to be paid. Absent: it need not. */
  readonly outcome?: 'stated' | 'linked'
  /** Since `auth_time`; absent: however long. */
  readonly maxAgeSeconds?: number
  /** How far back the operation reaches without a fresh authentication; absent: as far as the consent does. */
  readonly history?: HistoryParams
}
/** RTS 2018/389 Art. 10, 10a. */
export interface HistoryParams {
  /** Whole days of UTC before the day of the request. */
  readonly days: number
  /** Since `auth_time`: within it nothing is cut. */
  readonly freshSeconds: number
  /** What a request gets that names older days: fewer rows, or a challenge (RFC 9470). */
  readonly beyond: 'cut' | 'challenge'
  /** Query parameters that name days. */
  readonly dates: readonly string[]
  /** Where the answer says of what day a row is; every test is `within` the window `history`. */
  readonly rows: readonly RowRule[]
}
/** Without the customer present, for each client, customer, account and operation, in any 24 hours. */
export interface UnattendedParams {
  readonly accesses: number
  /** Lower case: headers of which any says that the customer is present. */
  readonly presence: readonly string[]
  /** Query parameters that name a page of an answer. */
  readonly paging: readonly string[]
  /** Where the request names an account. */
  readonly selectors: readonly ObjectSelector[]
}
/** Units within any window of `windowSeconds`; of what is absent there is no limit. */
export interface RateParams {
  readonly windowSeconds: number
  /** Units that one request of the operation takes. */
  readonly cost: number
  readonly perClient?: number
  readonly perConsent?: number
  readonly perSubject?: number
  readonly perOperation?: number
  /** Units of one client within one second. */
  readonly burst?: number
}
/** RFC 8705, RFC 9449. */
export type BindingMethod = 'mtls' | 'dpop'
export interface ConsentParams {
  readonly statuses: readonly string[]
  /** Of each group the consent must hold at least one code; no group: a consent in force is enough. */
  readonly permissions: readonly (readonly string[])[]
  /** No permission is mapped to the operation: refuse, and say so. */
  readonly unmapped: boolean
  /** Why not, for the event and `explain`. */
  readonly unmappedBecause?: string
}
/** Where the request names an object: an account of the consent, the customer who gave it, or the consent itself. */
export interface ObjectSelector {
  readonly in: 'path' | 'query' | 'header' | 'body'
  readonly name: string
  /** Of a body: where the name stands in it. */
  readonly at?: FieldPath
  /** What it names; absent: an account. */
  readonly names?: 'subject' | 'consent'
}
export interface SignatureParams {
  /** How the request is signed; absent: a detached JWS, in plans of before there was anything else. */
  readonly form?: SignatureForm
  /** Lower case: the field that carries a detached JWS. */
  readonly header: string
  /** Of the signature, whatever its form. */
  readonly maxAgeSeconds: number
  readonly trustAnchors: readonly string[]
  /** Bodies signed as they are (RFC 7797) are taken. */
  readonly unencoded: boolean
  /** Of an HTTP signature: it is judged where it comes, and not missed where it does not. Absent: it must come. */
  readonly whenSent?: true
  /** Answers are signed in this field, lower case, where they declare it. Absent: they leave as they come. */
  readonly answers?: { readonly header: string }
  /** Of an HTTP signature: whose seals are taken; absent: those of every trust store. */
  readonly trustStores?: readonly string[]
}
/** OBIE; Berlin Group; Brazil, where the body is the signed message; none: only answers are signed. */
export type SignatureForm = 'detached-jws' | 'http-signature' | 'message' | 'none'
/** What is paid is what was authenticated. */
export interface LinkingParams {
  /** Where the body says what is paid; absent: it says nothing of it, and `made` or `released` does. */
  readonly mapping?: PaymentMapping
  /** Where other bodies of the operation say it: batches beside single payments. */
  readonly alternatives?: readonly PaymentMapping[]
  /** Fields that the body may state though nothing was authenticated about them. */
  readonly free: readonly PaymentField[]
  /** The request only makes it, and the end of its authorisation releases it. */
  readonly made?: {
    readonly of: Initiated
    /** Member of the answer that names it. */
    readonly idIn: string
    /** Of a basket: member of the body that lists the payments in it. */
    readonly members?: string
  }
  /** The request may release what was made before. */
  readonly released?: {
    readonly of: Initiated
    /** Of the path: names it. */
    readonly parameter: string
    /** Where neither token nor consent holds a payment: refused, or left to what the customer proves to the bank in this request. */
    readonly authenticated: 'when-held' | 'required'
    /** Of a consent in force. */
    readonly statuses: readonly string[]
  }
  /** What was authenticated pays once; absent: as often as the request is like it. */
  readonly consent?: 'once'
}
export interface ResponseFieldsParams {
  readonly freeForm: 'keep' | 'strip'
  /** What the template never lets out. */
  readonly drop: readonly FieldPath[]
  /** Dropped unless the consent holds the permission. */
  readonly unless: readonly { readonly permission: string; readonly drop: readonly FieldPath[] }[]
  readonly rows: readonly RowRule[]
  /** Where links stand. Absent: nowhere, and in plans of before they were looked at. */
  readonly links?: readonly LinkPlace[]
  /** Counts of rows and pages, which tell of rows that were left out: they stay behind with them. */
  readonly totals?: readonly FieldPath[]
  /** Row set `directions`: the values of the credit/debit indicator that each permission code lets out. */
  readonly directions: Readonly<Record<string, string>>
  /** A consent that holds none of these codes sees both directions: the specification knows no such codes. Absent: it sees none. */
  readonly directionsWhenNone?: 'all'
}
