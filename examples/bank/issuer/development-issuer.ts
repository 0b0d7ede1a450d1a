/**
 * DEVELOPMENT ISSUER. Gives an access token to anybody who asks, for any customer. It stands in for the authorization server until
 * Gatehouse has its own; a production profile refuses to know it. Listens on loopback only; its keys live as long as its process.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const DEVELOPMENT_ISSUER = 'http://127.0.0.1:9081/DEVELOPMENT-ONLY'
export const AUDIENCE = 'https://api.examplebank.example'

export interface TokenRequest {
  readonly client: string
  readonly subject: string
  readonly consent: string
  readonly scope?: string
  /** Seconds; at most 600. */
  readonly lifetime?: number
  /** Thumbprint of the client certificate that the token is bound to (RFC 8705); absent: a bearer token. */
  readonly certificate?: string
}

export interface DevelopmentIssuer {
  readonly server: Server
  issue(request: TokenRequest): Promise<string>
}

export async function startDevelopmentIssuer(
  port: number,
  clock: () => number,
): Promise<DevelopmentIssuer> {
  const kid = `development-${randomUUID().slice(0, 8)}`
  // Made while the rest starts: who asks for the keys early waits for them.
  const keys = generateKeyPair('PS256', { modulusLength: 2048 }).then(
    async ({ privateKey, publicKey }) => {
      const jwk: JWK = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'PS256' }
      return { privateKey, jwk }
    },
  )

  const issue = async (request: TokenRequest): Promise<string> => {
    const now = Math.floor(clock() / 1000)
    return new SignJWT({
      client_id: request.client,
      consent_id: request.consent,
      scope: request.scope ?? 'accounts',
      ...(request.certificate !== undefined && { cnf: { 'x5t#S256': request.certificate } }),
    })
      .setProtectedHeader({ alg: 'PS256', typ: 'at+jwt', kid })
      .setIssuer(DEVELOPMENT_ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(request.subject)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.min(600, request.lifetime ?? 600))
      .setJti(randomUUID())
      .sign((await keys).privateKey)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://issuer.invalid')
    if (request.method !== 'GET') response.writeHead(405).end()
    else if (url.pathname === '/jwks.json') {
      void keys.then(({ jwk }) =>
        response
          .writeHead(200, { 'content-type': 'application/jwk-set+json' })
          .end(JSON.stringify({ keys: [jwk] })),
      )
    } else if (url.pathname === '/DEVELOPMENT-ONLY/token') {
      const { client, subject, consent } = Object.fromEntries(url.searchParams)
      if (client === undefined || subject === undefined || consent === undefined) {
        response
          .writeHead(400, { 'content-type': 'text/plain' })
          .end('client, subject and consent are needed\n')
        return
      }
      const scope = url.searchParams.get('scope')
      void issue({ client, subject, consent, ...(scope === null ? {} : { scope }) }).then((token) =>
        response
          .writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
          .end(token),
      )
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, issue }
}
