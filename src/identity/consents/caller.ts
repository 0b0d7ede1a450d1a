/** Who calls: a token of a client's own (client credentials), from this server, bound to what the request proves. Nothing less is a caller. */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../lib/index.ts'
import type { IssuerKeys, VerifiedToken } from '../../proof/index.ts'
import { createProofReader, createTokenVerifier, parseKeySet } from '../../proof/index.ts'
import type { Presented } from '../certificates.ts'

export interface CallerGateOptions {
  readonly issuer: string
  /** Audiences of tokens that count here. */
  readonly audiences: ReadonlySet<string>
  /** The public keys of this server, as JSON of a JWK set. */
  readonly keySet: () => string
  readonly presented: Presented
  readonly clock: Clock
  /** False: this proof was brought before. */
  readonly first: (client: string, jti: string, exp: number) => Promise<boolean>
  /** Whether it is a client at this moment: a token may be older than a suspension. */
  readonly isClient: (client: string) => Promise<boolean>
  /** A token that is no JWT, if this server issued it and it is in force. */
  readonly opaque: (token: string) => Promise<OpaqueToken | undefined>
}
/** As the library keeps it. */
export interface OpaqueToken {
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  readonly audience: string
  readonly jkt: string | undefined
  readonly x5t: string | undefined
}
export interface Caller {
  readonly client: string
  readonly scopes: ReadonlySet<string>
}

/** RFC 9449 §11.1: how old a proof may be, and how far ahead a clock. */
const MAX_PROOF_AGE_SECONDS = 60
const MAX_AHEAD_SECONDS = 15
const MAX_TOKEN_CHARS = 8_192

export function callerGate(options: CallerGateOptions) {
  const { issuer, audiences, clock, presented } = options
  const proofs = createProofReader()
  const verifier = createTokenVerifier([
    {
      issuer,
      algorithms: ['ES256'],
      claims: {
        client: 'client_id',
        subject: 'sub',
        consent: 'consent_id',
        scope: 'scope',
        grant: 'grant_id',
      },
      keys: ownKeys(options.keySet),
    },
  ])

  /** `undefined`: nobody who may call. */
  return async function judge(request: IncomingMessage): Promise<Caller | undefined> {
    const caller = await holderOf(request)
    return caller && (await options.isClient(caller.client)) ? caller : undefined
  }

  async function holderOf(request: IncomingMessage): Promise<Caller | undefined> {
    const authorizations = request.headersDistinct['authorization'] ?? []
    const [scheme = '', token = '', more] = (authorizations[0] ?? '').split(' ')
    if (authorizations.length !== 1 || more !== undefined || token.length > MAX_TOKEN_CHARS)
      return undefined
    const read = token.split('.', 3).length === 3 ? await ofJwt(token) : await ofOpaque(token)
    if (read === undefined) return undefined
    const { client, scopes, jkt, x5t } = read
    if (jkt !== undefined) {
      if (scheme.toLowerCase() !== 'dpop') return undefined
      return (await proven(request, token, client, jkt)) ? { client, scopes } : undefined
    }
    if (x5t === undefined || scheme.toLowerCase() !== 'bearer') return undefined
    const certificate = presented.trusted(request) ? presented.of(request) : undefined
    const thumbprint = certificate && hash('sha256', certificate.raw, 'base64url')
    return thumbprint === x5t ? { client, scopes } : undefined
  }

  async function ofJwt(token: string) {
    const now = clock.now()
    const judged = await verifier.verify(token, now)
    if (!judged.ok || !isOwn(judged.token, now / 1000)) return undefined
    const { clientId, scopes, confirmation } = judged.token
    return {
      client: clientId,
      scopes,
      jkt: confirmation?.key,
      x5t: confirmation?.certificate,
    }
  }
  /** Of the client itself, no customer's: a customer's token is for the customer's data, not for asking for more. */
  function isOwn(token: VerifiedToken, now: number): boolean {
    const { type, expiresAt = 0, notBefore = 0, consentId, clientId, subject } = token
    return (
      type === 'at+jwt' &&
      expiresAt > now &&
      notBefore <= now + MAX_AHEAD_SECONDS &&
      consentId === '' &&
      clientId !== '' &&
      (subject === clientId || subject === '') &&
      token.audiences.length === 1 &&
      audiences.has(token.audiences[0] ?? '')
    )
  }
  async function ofOpaque(token: string) {
    const found = token === '' ? undefined : await options.opaque(token)
    if (found === undefined || !audiences.has(found.audience)) return undefined
    const { clientId: client, scopes, jkt, x5t } = found
    return { client, scopes, jkt, x5t }
  }

  async function proven(
    request: IncomingMessage,
    token: string,
    client: string,
    jkt: string,
  ): Promise<boolean> {
    const texts = request.headersDistinct['dpop'] ?? []
    const read = texts.length === 1 ? proofs.read(texts[0] ?? '') : undefined
    if (read === undefined || !read.ok) return false
    const { key, id, method, origin, path, issuedAt, tokenHash } = read.proof
    const [asked = ''] = (request.url ?? '').split('?')
    const age = clock.now() / 1000 - issuedAt
    return (
      key === jkt &&
      method === request.method &&
      origin === new URL(issuer).origin &&
      path === asked &&
      tokenHash === hash('sha256', token, 'base64url') &&
      age <= MAX_PROOF_AGE_SECONDS &&
      -age <= MAX_AHEAD_SECONDS &&
      options.first(client, id, issuedAt + MAX_PROOF_AGE_SECONDS)
    )
  }
}

/** Read anew when the set is another text. */
function ownKeys(keySet: () => string): IssuerKeys {
  let text: string | undefined
  let read: ReturnType<typeof parseKeySet>
  return {
    ready: Promise.resolve(),
    known(kid, algorithm) {
      const now = keySet()
      if (now !== text) [text, read] = [now, parseKeySet(now)]
      return read?.keys.find((key) => key.kid === kid && key.algorithm === algorithm)
    },
    refetched: () => undefined,
    status: { keys: 0, loadedAt: 0, problems: [] },
    close: () => undefined,
  }
}
