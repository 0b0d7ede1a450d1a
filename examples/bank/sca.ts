/**
 * How a bank's own programs ask for strong customer authentication, without a third party and without OAuth's journeys: `/sca/v1` of the
 * authorization server (docs/openapi/sca-v1.json), called as a client of the configuration with `oauth4webapi`: an assertion, and tokens that are
 * bound to a key (DPoP).
 */
import { generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'
import { type Bank, connection } from '../third-party/bank.ts'

/** One of the bank's programs, as the configuration has it (`identity.clients`), and its private key. */
export interface OwnClient {
  readonly metadata: object
  readonly key: JsonWebKey
}
export interface Said {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}
/** What is below `/sca/v1`. */
export interface ScaCalls {
  get(path: string): Promise<Said>
  post(path: string, body?: object): Promise<Said>
}

/** A new one, with a key of its own. */
export function ownClient(id: string): OwnClient {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = { kid: randomUUID(), use: 'sig', alg: 'ES256' }
  const metadata = {
    client_id: id,
    client_name: id,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    dpop_bound_access_tokens: true,
    scope: 'sca',
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), ...names }] },
  }
  return { metadata, key: { ...privateKey.export({ format: 'jwk' }), ...names } }
}

/** `keyFile`: of the client's private key, as a JWK. @throws Error when the bank refuses a token */
export async function scaClient(bank: Bank, id: string, keyFile: string): Promise<ScaCalls> {
  const options = { [oauth.customFetch]: connection(bank) }
  const issuer = new URL(bank.issuer)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const jwk = JSON.parse(readFileSync(keyFile, 'utf8')) as JsonWebKey & { readonly kid: string } // sound: `ownClient` made it
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  const client: oauth.Client = { client_id: id }
  const proofs = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.PrivateKeyJwt({ key, kid: jwk.kid }),
    { scope: 'sca' },
    { ...options, DPoP: proofs },
  )
  const token = await oauth.processClientCredentialsResponse(server, client, answer)

  async function send(method: 'GET' | 'POST', path: string, body?: object): Promise<Said> {
    const response = await oauth
      .protectedResourceRequest(
        token.access_token,
        method,
        new URL(`/sca/v1${path}`, bank.issuer),
        new Headers(body === undefined ? {} : { 'content-type': 'application/json' }),
        body === undefined ? null : JSON.stringify(body),
        { ...options, DPoP: proofs },
      )
      .catch((error: unknown) => {
        if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response
        throw error
      })
    const text = await response.text()
    // Sound: its answers are JSON objects, or empty.
    const read = text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>)
    return { status: response.status, body: read }
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
  }
}
