/** Third parties and their requests, made ahead: signing them would cost the machine more than answering them does. */
import { createHash, randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import type { Errand } from './journeys.ts'

export const ISSUER = 'https://login.bank.example'
export const API = 'https://api.bank.example'
export const CUSTOMER = 'cust-amira'
const REDIRECT = 'https://third-party.example/callback'
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const VERIFIER = 'a-code-verifier-of-43-characters-or-rather-more'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

export const OWN_TOKEN = { grant_type: 'client_credentials', scope: 'accounts' }
const NO_GRANTS = { grant_types: [], response_types: [], redirect_uris: [] }

interface Party {
  readonly metadata: ClientMetadata
  readonly key: CryptoKey
  readonly proof: { readonly key: CryptoKey; readonly jwk: JWK }
}
/** Another server's address, its token endpoint among others of its. */
export interface Elsewhere {
  readonly issuer: string
  readonly tokenPath: string
}
export interface World {
  readonly clients: readonly ClientMetadata[]
  /** `POST /token` by client credentials, each with an assertion and a proof of its own. */
  tokens(count: number, client?: 'tpp' | 'opaque'): Promise<readonly string[]>
  /** The same of another server than ours; proofs grow old, so that it is not for many at once. */
  tokensElsewhere(count: number, at: Elsewhere): Promise<readonly string[]>
  /** `POST /introspect`, each with an assertion of its own. */
  questions(count: number, token: string): Promise<readonly string[]>
  /** The same of a gateway that shows its certificate: there is nothing to sign. */
  questionsByCertificate(token: string): readonly string[]
  /** What a third party sends in a journey, signed ahead: its own work is not the server's. */
  errand(): Promise<Errand>
  form(
    client: 'tpp' | 'opaque' | 'gateway',
    path: string,
    fields: Readonly<Record<string, string>>,
    issuer?: string,
  ): Promise<{ readonly body: URLSearchParams; readonly headers: Readonly<Record<string, string>> }>
}

/** `subject`: of the certificate of the gateway that shows one. */
export async function identityWorld(subject: string): Promise<World> {
  const grants = ['authorization_code', 'refresh_token', 'client_credentials']
  const third = { redirect_uris: [REDIRECT], grant_types: grants, dpop_bound_access_tokens: true }
  const parties = {
    tpp: await party('tpp', third),
    opaque: await party('opaque', { ...third, access_token_format: 'opaque' }),
    gateway: await party('gateway', NO_GRANTS),
    certified: await party('certified', {
      ...NO_GRANTS,
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject,
    }),
  }
  const form: World['form'] = async (name, path, fields, issuer = ISSUER) => {
    const { key, metadata, proof } = parties[name]
    const now = Math.floor(Date.now() / 1000)
    const id = metadata.client_id
    const client_assertion = await new SignJWT({
      iss: id,
      sub: id,
      aud: issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 300,
    })
      .setProtectedHeader({ alg: 'ES256', kid: id })
      .sign(key)
    const dpop = await new SignJWT({
      jti: randomUUID(),
      htm: 'POST',
      htu: `${issuer}${path}`,
      iat: now,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: proof.jwk })
      .sign(proof.key)
    const body = new URLSearchParams({
      client_id: id,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion,
      ...fields,
    })
    return { body, headers: path.endsWith('/token') ? { dpop } : {} }
  }
  const texts = async (
    count: number,
    name: 'tpp' | 'opaque' | 'gateway',
    path: string,
    fields: Readonly<Record<string, string>>,
    issuer = ISSUER,
  ): Promise<readonly string[]> => {
    const made: string[] = []
    for (let at = 0; at < count; at++) {
      const { body, headers } = await form(name, path, fields, issuer)
      made.push(asText(new URL(issuer + path), headers, body))
    }
    return made
  }
  return {
    clients: Object.values(parties).map(({ metadata }) => metadata),
    tokens: (count, client = 'tpp') => texts(count, client, '/token', OWN_TOKEN),
    tokensElsewhere: (count, { issuer, tokenPath }) =>
      texts(count, 'tpp', tokenPath, OWN_TOKEN, issuer),
    questions: (count, token) => texts(count, 'gateway', '/introspect', { token }),
    questionsByCertificate: (token) => [
      asText(
        new URL('/introspect', ISSUER),
        {},
        new URLSearchParams({ client_id: 'certified', token }),
      ),
    ],
    async errand() {
      const [push, redeem] = await Promise.all([
        form('tpp', '/par', {
          response_type: 'code',
          redirect_uri: REDIRECT,
          scope: 'openid accounts',
          state: 'of-a-benchmark',
          code_challenge: CHALLENGE,
          code_challenge_method: 'S256',
        }),
        form('tpp', '/token', {
          grant_type: 'authorization_code',
          redirect_uri: REDIRECT,
          code_verifier: VERIFIER,
        }),
      ])
      const sent = ({ body, headers }: typeof push) => ({ body: String(body), headers })
      return { push: sent(push), redeem: sent(redeem) }
    },
    form,
  }
}

function asText(
  { pathname, host }: URL,
  headers: Readonly<Record<string, string>>,
  body: URLSearchParams,
): string {
  const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`)
  return (
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/x-www-form-urlencoded\r\n` +
    `${lines.join('')}content-length: ${Buffer.byteLength(String(body))}\r\n\r\n${body}`
  )
}

async function party(id: string, more: Partial<ClientMetadata>): Promise<Party> {
  const [own, proof] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ])
  const jwk = { ...(await exportJWK(own.publicKey)), kid: id, use: 'sig', alg: 'ES256' }
  return {
    metadata: {
      client_id: id,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [jwk] },
      ...more,
    },
    key: own.privateKey,
    proof: { key: proof.privateKey, jwk: await exportJWK(proof.publicKey) },
  }
}
