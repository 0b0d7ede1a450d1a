/**
 * Tokens that say nothing themselves: their issuer is asked (RFC 7662), and where it signs its answers the signature is what counts
 * (RFC 9701). What it said is remembered for a moment by the hash of the token, never longer than the token lives; a token that means nothing
 * for a shorter one. An issuer that does not answer refuses its own tokens and nobody else's.
 */
import { hash } from 'node:crypto'
import {
  type Clock,
  type ErrorCode,
  isJsonObject,
  type JsonObject,
  keyedFlights,
  Recent,
} from '../lib/index.ts'
import { tokenOf, type TokenJudgement, type TrustedIssuer } from './access-token.ts'
import { parseCompactJws } from './compact-jws.ts'
import { judgeSignature } from './issuer-signature.ts'
import { parseStrictObject } from './strict-json.ts'

export interface IntrospectionPorts {
  /** Sends a form, follows nothing. Rejects when nothing came in time, or too much. */
  post(
    url: string,
    request: {
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly timeoutMs: number
      readonly maxBytes: number
    },
  ): Promise<{ readonly status: number; readonly mediaType: string; readonly text: string }>
}

/** How the gateway says there who it is (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2). */
export interface ClientAuthentication {
  readonly headers: Readonly<Record<string, string>>
  /** Members of the form. */
  readonly fields: Readonly<Record<string, string>>
}

export interface IntrospectionOptions {
  readonly issuer: TrustedIssuer
  readonly endpoint: string
  readonly clientId: string
  /** Asked for at each call: secrets and keys may change. @throws when there is none */
  readonly authenticate: () => ClientAuthentication
  /** Answers must be signed (RFC 9701). */
  readonly signed: boolean
  readonly cacheSeconds: number
  readonly ports: IntrospectionPorts
  readonly clock: Clock
}

export interface Introspection {
  judge(token: string): TokenJudgement | Promise<TokenJudgement>
}

export const MAX_INTROSPECTION_BYTES = 65_536
export const INTROSPECTION_TIMEOUT_MS = 3_000
/** Questions under way; more tokens than that at once are not asked about. */
export const MAX_INTROSPECTIONS = 64
/** How long a token that means nothing is not asked about again. */
export const INACTIVE_MS = 1_000
/** Tokens that meant nothing, remembered. */
export const INACTIVE_LIMIT = 10_000

const UNAVAILABLE: TokenJudgement = { ok: false, code: 'GH_GATEWAY_TOKEN_UNCHECKED' }
const INACTIVE: TokenJudgement = { ok: false, code: 'GH_GATEWAY_TOKEN_INACTIVE' }

export function createIntrospection(options: IntrospectionOptions): Introspection {
  const { clock, ports, endpoint, signed } = options
  /** By hash: milliseconds since the epoch until which it is believed to mean nothing. */
  const inactive = new Recent<number>(INACTIVE_LIMIT)
  const asking = keyedFlights<TokenJudgement>()

  async function ask(token: string): Promise<TokenJudgement> {
    const began = clock.now()
    let answer
    try {
      const { headers, fields } = options.authenticate()
      answer = await ports.post(endpoint, {
        headers: {
          ...headers,
          accept: signed ? 'application/token-introspection+jwt' : 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ token, token_type_hint: 'access_token', ...fields }).toString(),
        timeoutMs: INTROSPECTION_TIMEOUT_MS,
        maxBytes: MAX_INTROSPECTION_BYTES,
      })
    } catch {
      return UNAVAILABLE // why is between the issuer and us, and may name the secret
    }
    if (answer.status !== 200) return UNAVAILABLE
    const said = signed ? await signedClaims(options, answer) : plainClaims(answer)
    return said === undefined ? UNAVAILABLE : believed(options, said, began)
  }

  return {
    judge(token) {
      const digest = hash('sha256', token, 'base64url')
      const until = inactive.get(digest)
      if (until !== undefined && until > clock.now()) return INACTIVE
      // Everybody who brings the same token waits for the same answer.
      if (!asking.has(digest) && asking.size >= MAX_INTROSPECTIONS) return UNAVAILABLE
      return asking.start(digest, async () => {
        const judgement = await ask(token).catch(() => UNAVAILABLE)
        if (!judgement.ok && judgement.code === 'GH_GATEWAY_TOKEN_INACTIVE')
          inactive.set(digest, clock.now() + INACTIVE_MS)
        return judgement
      })
    },
  }
}

interface Said {
  readonly status: number
  readonly mediaType: string
  readonly text: string
}

function plainClaims({ mediaType, text }: Said): JsonObject | undefined {
  return mediaType === 'application/json' ? parseStrictObject(text) : undefined
}

/** RFC 9701 §5: signed by the issuer, for us. */
async function signedClaims(
  { issuer, clientId, clock }: IntrospectionOptions,
  { mediaType, text }: Said,
): Promise<JsonObject | undefined> {
  if (mediaType !== 'application/token-introspection+jwt') return undefined
  const parts = parseCompactJws(text)
  if (parts === undefined) return undefined
  const { header, payload } = parts
  // §5: an access token must not pass for an answer, nor an answer for an access token.
  const { typ } = header
  if (typeof typ !== 'string' || !/^(?:application\/)?token-introspection\+jwt$/i.test(typ))
    return undefined
  if (!(await judgeSignature(issuer, parts, clock.now())).ok) return undefined
  const audiences = Array.isArray(payload['aud']) ? payload['aud'] : [payload['aud']]
  if (payload['iss'] !== issuer.issuer || !audiences.includes(clientId)) return undefined
  const said = payload['token_introspection']
  return isJsonObject(said) ? said : undefined
}

/** What the issuer says of an active token, for as long as it may be remembered. */
function believed(
  { issuer, cacheSeconds }: IntrospectionOptions,
  said: JsonObject,
  now: number,
): TokenJudgement {
  if (said['active'] !== true) return said['active'] === false ? INACTIVE : UNAVAILABLE
  // Refresh tokens are active too (RFC 7662 §2.1); only an access token has a type of use.
  const kind = typeof said['token_type'] === 'string' ? said['token_type'].toLowerCase() : ''
  if (kind !== 'bearer' && kind !== 'dpop') return refuse('GH_GATEWAY_TOKEN_INACTIVE')
  if (said['iss'] !== undefined && said['iss'] !== issuer.issuer)
    return refuse('GH_GATEWAY_TOKEN_ISSUER')
  const token = tokenOf(issuer, 'at+jwt', said)
  return token === undefined
    ? refuse('GH_GATEWAY_TOKEN_MALFORMED')
    : { ok: true, token, key: { usableUntil: now + cacheSeconds * 1_000 } }
}

function refuse(code: ErrorCode): TokenJudgement {
  return { ok: false, code }
}
