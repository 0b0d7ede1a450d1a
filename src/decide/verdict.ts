/** What the kernel answers. Outcomes are values; a rule that throws is a `Deny` with `GH_GATEWAY_RULE_FAILED`. */
import type { CanonicalPayment, ErrorCode } from '../lib/index.ts'
import type { Projected } from '../schema/index.ts'
import type { FactName, Facts, RequestFacts, Resume } from './facts.ts'
import type { Preflight } from './preflight.ts'
import type { Plan, RuleName } from './plan.ts'

export interface Need {
  readonly kind: 'need'
  readonly facts: readonly FactName[]
  /** Whose record `namedConsent` asks for. */
  readonly consentId?: string
  /** Where the signature that is asked for stands. */
  readonly signedIn?: SignedIn
  /** Where the token is asked for: whose tokens the operation takes, so that one which says nothing itself is shown to nobody else; absent: it does not say. */
  readonly issuers?: readonly string[]
  /** Which payments `initiated` asks for. */
  readonly initiated?: InitiatedAsked
  readonly resume: Resume
}

export interface InitiatedAsked {
  readonly of: Initiated
  /** Whose they are: those of others are not found. */
  readonly scope: readonly string[]
  /** As the bank named them. */
  readonly ids: readonly string[]
}
export type Initiated = 'payment' | 'basket'

/** `header`: lower case, the field of a detached JWS. */
export type SignedIn =
  | { readonly form: 'detached-jws'; readonly header: string }
  | { readonly form: 'http-signature' }
  | { readonly form: 'message' }

/** Taken all or none, after every other rule: a refused request has spent nothing. */
export interface Claims {
  readonly kind: 'claim'
  readonly claims: readonly Claim[]
  /** Of rules that only observe: counted apart, so that nobody spends anything, and what they would have refused can be told. */
  readonly watched?: readonly QuotaClaim[]
  readonly resume: Resume
}
export type Claim =
  | OnceClaim
  | QuotaClaim
  | {
      /** Once for each key: the same key with the same content gets the first answer, with another content none. */
      readonly kind: 'reserve'
      /** Whose key it is, and for what: keys of others are other keys. */
      readonly scope: readonly string[]
      readonly idempotencyKey: string
      /** What must be the same under the same key; to be hashed, never kept. */
      readonly content: string
      readonly ttlSeconds: number
    }
  | InitiateClaim
  | UseClaim
  | RepeatClaim

/** Never again within its time, by whomever. */
export interface OnceClaim {
  readonly kind: 'once'
  /** To be hashed. */
  readonly key: string
  readonly ttlSeconds: number
  /** The rule that asks. */
  readonly rule: RuleName
}

/**
 * What a customer authenticated pays once. It is used when the bank takes the request, given back when the bank refuses it (4xx), and in
 * doubt while nobody knows; who comes for something else in the meantime is refused.
 */
export interface UseClaim {
  readonly kind: 'use'
  /** Whose authentication, and of what; to be hashed. */
  readonly of: readonly string[]
  /** What it is used for, where several requests are one use: steps of one authorisation. To be hashed; absent: for this request alone. */
  readonly for?: readonly string[]
  /** How many payments are paid with it. */
  readonly payments: number
  /** The caller's own consent that holds what is paid, whose keeper is to hear of it; absent: there is none. */
  readonly consent?: string
  readonly ttlSeconds: number
  /** The rule that asks. */
  readonly rule: RuleName
}

/** The consent was used: what came before has its answer again, or goes on as the same use; nothing else passes. Takes nothing. */
export interface RepeatClaim {
  readonly kind: 'repeat'
  /** The rule that asks. */
  readonly rule: RuleName
}

/** What the bank makes is to be known when it is authorised: kept under the id that its answer gives, before the answer leaves. Takes nothing. */
export interface InitiateClaim {
  readonly kind: 'initiate'
  readonly of: Initiated
  readonly scope: readonly string[]
  /** Where it stands, beside its id. */
  readonly resource: string
  /** Member of the answer that names it. */
  readonly idIn: string
  readonly content:
    | { readonly payments: readonly CanonicalPayment[] }
    | { readonly paymentIds: readonly string[] }
  readonly ttlSeconds: number
}

/** So many units of one key within any window of this length. */
export interface QuotaClaim {
  readonly kind: 'quota'
  /** Whose units they are, and of what; to be hashed. Keys of others are other keys. */
  readonly key: string
  readonly limit: number
  readonly windowSeconds: number
  /** Units that the request takes; absent: one. */
  readonly cost?: number
  /** The rule that asks; absent: the first that claims anything. */
  readonly rule?: RuleName
  /** What the quota is called in the fields `RateLimit` and `RateLimit-Policy`: a word, nobody's name; absent: it is not told. */
  readonly policy?: string
  /** Counted in the store, where it outlives the process; absent: in the memory of one gateway. */
  readonly durable?: {
    /** As what an earlier answer may have offered this page, see `offeredPage`; empty: it can be no further page. To be hashed. */
    readonly asked: readonly string[]
    /** The query names a page. */
    readonly paged: boolean
    /** Loose names of members and parameters that name a page. */
    readonly paging: readonly string[]
    /** What is asked for, without the page. */
    readonly visit: string
  }
}

export interface Match {
  readonly api: string
  readonly operation: string
  readonly method: string
  /** Template with its base path: the low-cardinality route. */
  readonly route: string
  /** Decoded path parameters by name. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface RuleFailure {
  readonly rule: RuleName | 'gateway.baseline'
  readonly control: string
  readonly code: ErrorCode
  /** `observed`: the request went on. */
  readonly effect: 'denied' | 'observed'
  /** For the event and `explain`: names the fact, never holds a token or an account number. */
  readonly detail: string
}

export interface Trail {
  readonly planDigest: string
  /**
   * How many of the operation's rules, in plan order from the first, were gone through. Of these, the failed ones are listed, those
   * that are `off` in the plan did not run, and the others passed.
   */
  readonly ran: number
  readonly failed: readonly RuleFailure[]
}

export type Verdict = Allow | Deny

export interface Allow {
  readonly kind: 'allow'
  readonly match: Match
  /** What goes upstream: rebuilt from what was judged, below the base path. `/accounts/1` and `a=b` (no `?`). */
  readonly forward: { readonly path: string; readonly query: string }
  readonly trail: Trail
}

export interface Deny {
  readonly kind: 'deny'
  readonly code: ErrorCode
  readonly rule: RuleFailure['rule']
  readonly match?: Match
  /** Set although no operation matched, when the base path did. */
  readonly api?: string
  /** Methods for the `Allow` header of a 405. */
  readonly allow?: readonly string[]
  readonly trail: Trail
}

export interface ResponseHead {
  readonly status: number
  /** Lower case without parameters; `''` if absent. */
  readonly mediaType: string
  readonly contentEncoding: string
  readonly headers: HeaderNames
}
/** Lower-case names of the upstream's headers. */
export type HeaderNames = readonly string[]

export type Respond =
  /** The body may leave unread; of the headers, those named. */
  | {
      readonly kind: 'pass'
      readonly headers: HeaderNames
      readonly observed?: Observed
      readonly sign?: SignAnswer
    }
  /** The body must be read whole (UTF-8) and put through `apply`. */
  | {
      readonly kind: 'project'
      readonly headers: HeaderNames
      /** Those of `headers` that leave when the text that leaves is not the one that came. */
      readonly changedHeaders: HeaderNames
      /** `ascii`: the bytes of the text, where it is known to be ASCII; saves time and changes no answer. */
      readonly apply: (text: string, ascii?: Uint8Array) => Applied
      readonly sign?: SignAnswer
    }
  /** The body never leaves; a problem document with this status and code goes instead. */
  | { readonly kind: 'replace'; readonly status: number; readonly code: ErrorCode }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly reason: string }

/** It leaves with a signature in this field (lower case, in neither list of headers). */
export interface SignAnswer {
  readonly header: string
  /** The bank signed the body that it sent: good for as long as it is that one. */
  readonly byBank: boolean
}

/** What rules about answers found and let pass. */
export type Observed = readonly RuleFailure[]

export type Applied = ((Projected | SignedAnswer) & { readonly observed?: Observed }) | Withheld

/** A rule keeps the answer back, whatever could be projected of it. */
export interface Withheld {
  readonly ok: false
  readonly reason: 'withheld'
  readonly failure: RuleFailure
  /** Of the problem document that goes instead; absent: as the code has it. */
  readonly status?: number
}

/** The bank signed the body and the projection trimmed it: what is left carries a signature that lies (DESIGN §3). */
export interface SignedAnswer {
  readonly ok: false
  readonly reason: 'signed'
  readonly at: ''
}

/**
 * One per plan. Pure: the same facts give the same answer, for ever; with one exception that only refuses: an operation that passed every
 * check and still cannot be prepared at its first request closes its API from then on.
 */
export interface Kernel {
  readonly plan: Plan
  next(facts: Facts): Need | Claims | Verdict
  /** Name of the API that a request target is meant for; `undefined`: none, or the target is malformed. */
  apiAt(target: string): string | undefined
  /** The answer to a preflight of a page that may read; `undefined`: it is none, or the page may not. The bank never hears of one. */
  preflight(request: RequestFacts): Preflight | undefined
  /** `facts` are those the allow was given for. */
  respond(allow: Allow, facts: Facts, head: ResponseHead): Respond
}
