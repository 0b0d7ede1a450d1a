/**
 * DEVELOPMENT ISSUER. Gives an access token to anybody who asks, for any customer, and takes it for granted that the customer said yes. It
 * stands in for the authorization server until Gatehouse has its own; a production profile refuses to know it. Listens on loopback only; its
 * keys live as long as its process.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Intent } from '../payments.ts'
import { authorisedDetail, consentRecord, type PaymentDetail } from './authorise.ts'

export const DEVELOPMENT_ISSUER = 'http://127.0.0.1:9081/DEVELOPMENT-ONLY'
export const AUDIENCE = 'https://api.examplebank.example'

export interface TokenRequest {
  readonly client: string
  /** Absent, with the consent: the client acts for itself. */
  readonly subject?: string
  readonly consent?: string
  /** Else `accounts`. */
  readonly scope?: string
  /** Seconds; at most 600. */
  readonly lifetime?: number
  /** Thumbprint of the client certificate that the token is bound to (RFC 8705). */
  readonly certificate?: string
  /** Thumbprint of the key that the token is bound to (RFC 9449); with neither it is a bearer token. */
  readonly key?: string
  /** What the customer authenticated (RFC 9396). */
  readonly details?: readonly PaymentDetail[]
}

export interface DevelopmentIssuer {
  readonly server: Server
  issue(request: TokenRequest): Promise<string>
  /** The customer says yes to a payment: its consent goes into the feed, and its token is given. @throws Error for an intent that there is not */
  authorise(intent: string, subject: string, certificate: string): Promise<string>
}

export interface IssuerOptions {
  readonly port: number
  readonly clock: () => number
  /** Finds what was proposed to the bank. */
  readonly intent?: (id: string) => Intent | undefined
  /** Puts a consent into the feed. */
  readonly keepConsent?: (record: object) => void
  /** Thumbprint of a certificate of the example by its name, such as `qwac-ais`. */
  readonly thumbprint?: (name: string) => string | undefined
}

export async function startDevelopmentIssuer(options: IssuerOptions): Promise<DevelopmentIssuer> {
  const { port, clock, intent, keepConsent, thumbprint } = options
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
    const { client, subject = client, consent, certificate, key, details } = request
    const bound = certificate !== undefined || key !== undefined
    return new SignJWT({
      client_id: client,
      ...(consent !== undefined && { consent_id: consent }),
      scope: request.scope ?? 'accounts',
      ...(details !== undefined && { authorization_details: details }),
      ...(bound && { cnf: { 'x5t#S256': certificate, jkt: key } }),
    })
      .setProtectedHeader({ alg: 'PS256', typ: 'at+jwt', kid })
      .setIssuer(DEVELOPMENT_ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.min(600, request.lifetime ?? 600))
      .setJti(randomUUID())
      .sign((await keys).privateKey)
  }

  const authorise: DevelopmentIssuer['authorise'] = async (id, subject, certificate) => {
    const found = intent?.(id)
    if (found === undefined) throw new Error(`nothing was proposed as ${id}`)
    keepConsent?.(consentRecord(found, subject, clock()))
    return issue({
      client: found.client,
      subject,
      consent: id,
      scope: 'payments',
      certificate,
      details: [authorisedDetail(found)],
    })
  }

  /** @throws Error with what is missing or not known */
  async function token(query: URLSearchParams): Promise<string> {
    const word = (name: string): string | undefined => query.get(name) ?? undefined
    const [client, subject, consent, payment] = ['client', 'subject', 'consent', 'payment'].map(
      word,
    )
    const named = word('certificate')
    const certificate = named === undefined ? undefined : thumbprint?.(named)
    if (named !== undefined && certificate === undefined)
      throw new Error(`there is no certificate ${named}`)
    if (payment !== undefined && subject !== undefined && certificate !== undefined)
      return authorise(payment, subject, certificate)
    if (client === undefined)
      throw new Error('client is needed, or payment, subject and certificate')
    const [scope, key] = [word('scope'), word('jkt')]
    return issue({
      client,
      ...(subject !== undefined && { subject }),
      ...(consent !== undefined && { consent }),
      ...(scope !== undefined && { scope }),
      ...(certificate !== undefined && { certificate }),
      ...(key !== undefined && { key }),
    })
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://issuer.invalid')
    const plain = { 'content-type': 'text/plain', 'cache-control': 'no-store' }
    if (request.method !== 'GET') response.writeHead(405).end()
    else if (url.pathname === '/jwks.json') {
      void keys.then(({ jwk }) =>
        response
          .writeHead(200, { 'content-type': 'application/jwk-set+json' })
          .end(JSON.stringify({ keys: [jwk] })),
      )
    } else if (url.pathname === '/DEVELOPMENT-ONLY/token') {
      token(url.searchParams).then(
        (text) => response.writeHead(200, plain).end(text),
        (error: Error) => response.writeHead(400, plain).end(`${error.message}\n`),
      )
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, issue, authorise }
}
