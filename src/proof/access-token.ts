/**
 * JWT access tokens (RFC 9068, RFC 7519, RFC 8725): the signature and who made it. It believes nothing of a token before that, looks
 * at no key for an algorithm the issuer does not use, and never follows `jku`, `x5u`, `jwk` or `x5c`. Audience, type and times are
 * judged by the kernel: they are policy.
 */
import {
  type AuthenticatedPayments,
  type ErrorCode,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  readAuthorizationDetails,
} from '../lib/index.ts'
import { parseCompactJws } from './compact-jws.ts'
import { readConsentId } from './consent-id.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { judgeSignature, type SignatureJudgement } from './issuer-signature.ts'
import type { OpaqueTokens } from './opaque-tokens.ts'
import { readScaClaim, type ScaClaim } from './sca-claim.ts'
import type { KeyAlgorithm } from './verification-key.ts'

export interface TrustedIssuer {
  /** Compared exactly with `iss`. */
  readonly issuer: string
  readonly algorithms: readonly KeyAlgorithm[]
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
  readonly keys: IssuerKeys
}

export type TokenJudgement =
  | { readonly ok: false; readonly code: ErrorCode }
  | {
      readonly ok: true
      readonly token: VerifiedToken
      /** The proof lasts while `key.usableUntil` lies ahead: milliseconds since the epoch. */
      readonly key: { readonly usableUntil: number }
    }

/** What a token with a good signature says. Absent claims are `''`, empty or `undefined`: the kernel refuses what it needs. */
export interface VerifiedToken {
  readonly issuer: string
  /** `typ`, lower case, without `application/` (RFC 7515 §4.1.9). */
  readonly type: string
  readonly audiences: readonly string[]
  readonly clientId: string
  readonly subject: string
  readonly consentId: string
  readonly scopes: ReadonlySet<string>
  /** Seconds since the epoch. */
  readonly expiresAt: number | undefined
  readonly issuedAt: number | undefined
  readonly notBefore: number | undefined
  readonly tokenId: string | undefined
  /** The grant that it was issued under; absent: it does not say. */
  readonly grantId?: string
  /** How the customer was authenticated, and when (RFC 9068 §2.2.1); absent: it does not say. */
  readonly acr?: string
  readonly authenticatedAt?: number
  /** By which methods (RFC 8176); absent: it does not say. */
  readonly amr?: readonly string[]
  /** What became of strong customer authentication; absent: it does not say, or not so that it can be read. */
  readonly sca?: ScaClaim
  /** Payments in `authorization_details` (RFC 9396 §9.1); absent: there are none. */
  readonly payments?: AuthenticatedPayments
  /** RFC 7800 `cnf`: what it is bound to; absent: a bearer token. Empty: bound in a way that is not known here. */
  readonly confirmation?: { readonly certificate?: string; readonly key?: string }
}

export interface TokenVerifier {
  /**
   * Answers at once unless the key is unknown and its source may be asked again, or a token says nothing itself.
   * `accepted`: whose tokens are taken, so that such a one is shown to nobody else; absent: it is not said.
   */
  verify(
    token: string,
    now: number,
    accepted?: readonly string[],
  ): TokenJudgement | Promise<TokenJudgement>
}

/** A verifier for the issuers of a plan. Issuers must be distinct. `opaque` is asked about what is no JWT; absent: nothing else is a token. */
export function createTokenVerifier(
  issuers: readonly TrustedIssuer[],
  opaque?: OpaqueTokens,
): TokenVerifier {
  const table = new Map(issuers.map((issuer) => [issuer.issuer, issuer]))
  return {
    verify: (token, now, accepted) =>
      // Two dots make a JWS (RFC 7515 §7.1): what looks like one is never sent anywhere.
      opaque !== undefined && token.split('.', 3).length < 3
        ? opaque.judge(token, accepted)
        : verifyToken(table, token, now),
  }
}

function verifyToken(
  table: ReadonlyMap<string, TrustedIssuer>,
  token: string,
  now: number,
): TokenJudgement | Promise<TokenJudgement> {
  const parts = parseCompactJws(token)
  if (parts === undefined) return refuse('GH_GATEWAY_TOKEN_MALFORMED')
  const { header, payload } = parts
  const iss = member(payload, 'iss')
  const issuer = typeof iss === 'string' ? table.get(iss) : undefined
  if (issuer === undefined) return refuse('GH_GATEWAY_TOKEN_ISSUER')
  const judge = (signed: SignatureJudgement): TokenJudgement => {
    if (!signed.ok) return signed
    const token = tokenOf(issuer, text(member(header, 'typ')), payload)
    return token === undefined
      ? refuse('GH_GATEWAY_TOKEN_MALFORMED')
      : { ok: true, key: signed.key, token }
  }
  const signed = judgeSignature(issuer, parts, now)
  return signed instanceof Promise ? signed.then(judge) : judge(signed)
}

/** What claims say that their issuer is known to have made; `undefined` when they cannot be read as what they are called. */
export function tokenOf(
  issuer: Pick<TrustedIssuer, 'issuer' | 'claims'>,
  type: string,
  payload: JsonObject,
): VerifiedToken | undefined {
  // A time that is no number would read as "no limit" (RFC 7519 §2: NumericDate).
  for (const name of ['exp', 'iat', 'nbf'])
    if (Object.hasOwn(payload, name) && seconds(payload[name]) === undefined) return undefined
  const confirmation = readConfirmation(member(payload, 'cnf'))
  if (confirmation === 'malformed') return undefined
  const token = readToken(issuer, type, payload)
  return confirmation === undefined ? token : { ...token, confirmation }
}

function readToken(
  issuer: Pick<TrustedIssuer, 'issuer' | 'claims'>,
  type: string,
  payload: JsonObject,
): VerifiedToken {
  const { claims } = issuer
  const granted = scopes(member(payload, claims.scope))
  const details = member(payload, 'authorization_details')
  const grantId = text(member(payload, claims.grant))
  const acr = member(payload, 'acr')
  const authenticatedAt = seconds(member(payload, 'auth_time'))
  const amr = member(payload, 'amr')
  const sca = claims.sca === undefined ? undefined : readScaClaim(member(payload, claims.sca))
  return {
    issuer: issuer.issuer,
    type: type.toLowerCase().replace(/^application\//, ''),
    audiences: texts(member(payload, 'aud')),
    clientId: text(member(payload, claims.client)),
    subject: text(member(payload, claims.subject)),
    consentId: readConsentId(claims, granted, payload),
    scopes: new Set(granted),
    expiresAt: seconds(member(payload, 'exp')),
    issuedAt: seconds(member(payload, 'iat')),
    notBefore: seconds(member(payload, 'nbf')),
    tokenId: text(member(payload, 'jti')) || undefined,
    ...(grantId !== '' && { grantId }),
    ...(typeof acr === 'string' && { acr }),
    ...(authenticatedAt !== undefined && { authenticatedAt }),
    ...(amr !== undefined && { amr: texts(amr) }),
    ...(sca !== undefined && { sca }),
    ...(details !== undefined && { payments: readAuthorizationDetails(details) }),
  }
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/** A binding that cannot be read must not turn a bound token into one for anybody. */
function readConfirmation(cnf: JsonValue | undefined): VerifiedToken['confirmation'] | 'malformed' {
  if (cnf === undefined) return undefined
  if (!isJsonObject(cnf)) return 'malformed'
  const certificate = member(cnf, 'x5t#S256')
  const key = member(cnf, 'jkt')
  for (const one of [certificate, key])
    if (one !== undefined && !(typeof one === 'string' && THUMBPRINT.test(one))) return 'malformed'
  return {
    ...(typeof certificate === 'string' && { certificate }),
    ...(typeof key === 'string' && { key }),
  }
}

/** RFC 6749 §3.3: a list with spaces; some servers send an array. A mixed array grants nothing. */
function scopes(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '')
  return texts(value)
}

function texts(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return []
  const list = value.filter((item: JsonValue) => typeof item === 'string')
  return list.length === value.length ? list : []
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** RFC 7519 §2 NumericDate: may have a fraction, must be a number. */
function seconds(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function refuse(code: ErrorCode): TokenJudgement {
  return { ok: false, code }
}
