/** A bank and its third party for the benchmark of the rules: certificates, keys, and requests ready to be sent. */
import { createHash, constants, randomUUID, sign, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificates } from '../../src/app/index.ts'
import { jwks, publicJwk, segment, signed, signingKey } from '../../test/support/token-issuer.ts'
import { ORDER } from '../gateway/bodies.ts'

export const ISSUER = 'https://as.bench.example'
export const AUDIENCE = 'https://api.bank.example'
export const ORIGIN = 'https://api.bench.example'
export const BASE = {
  ais: '/ais',
  pis: '/pis',
  unsigned: '/unsigned',
  answered: '/answered',
} as const
export const ORGANIZATION = 'PSDGB-FCA-123456'
/** Customers whose tokens are remembered. */
const CUSTOMERS = 64
const TOKEN_SECONDS = 600

export interface BenchWorld {
  readonly certificates: string
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  /** Reads with a token that is bound to the certificate, and with `proofs` to a DPoP key as well: each with a proof of its own. */
  reads(count: number, proofs: boolean): readonly string[]
  /** `signed`: with a detached JWS over the body. `answered`: the answer is signed as well. */
  payments(count: number, kind: 'unsigned' | 'signed' | 'answered'): readonly string[]
}

/** Leaves the key sets for the gateway in the folder, and the key that it signs answers with. */
export function benchWorld(folder: string): BenchWorld {
  const certificates = join(folder, 'certs')
  makeCertificates({
    dir: certificates,
    organization: 'Bench DEVELOPMENT ONLY',
    organizationIdentifier: ORGANIZATION,
    hosts: ['localhost', '127.0.0.1'],
    days: 30,
    now: Date.now(),
  })
  const pem = (name: string): string => readFileSync(join(certificates, `${name}.pem`), 'utf8')
  const issuer = signingKey('as-1', 'PS256')
  const client = signingKey('sign-1', 'PS256')
  const proof = signingKey('proof-1', 'ES256')
  const answers = signingKey('answers-1', 'PS256').privateKey
  writeFileSync(join(folder, 'issuer.json'), jwks(issuer))
  writeFileSync(join(folder, 'client.json'), jwks(client))
  const answerKey = answers.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(join(folder, 'answers.pem'), answerKey, { mode: 0o600 })
  const thumbprint = createHash('sha256')
    .update(new X509Certificate(pem('qwac')).raw)
    .digest('base64url')
  const { crv, kty, x, y } = publicJwk(proof)
  const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  const proofHeader = { typ: 'dpop+jwt', alg: 'ES256', jwk: { crv, kty, x, y } }

  function token(changes: object, key?: string): string {
    const now = Math.floor(Date.now() / 1000)
    return signed(
      issuer,
      { alg: 'PS256', typ: 'at+jwt', kid: 'as-1' },
      {
        iss: ISSUER,
        aud: AUDIENCE,
        iat: now,
        exp: now + TOKEN_SECONDS,
        jti: randomUUID(),
        client_id: 'tpp-1',
        cnf: { 'x5t#S256': thumbprint, ...(key !== undefined && { jkt: key }) },
        ...changes,
      },
    )
  }
  const head = (method: string, target: string, lines: readonly string[]): string =>
    [
      `${method} ${target} HTTP/1.1`,
      'Host: api.bench.example',
      'Accept: application/json',
      // The customer is there: accesses without her are four a day, and counted in the store.
      'x-fapi-customer-ip-address: 203.0.113.7',
      ...lines,
      '\r\n',
    ].join('\r\n')

  return {
    certificates,
    tls: { ca: pem('ca'), cert: pem('qwac'), key: pem('qwac-key') },
    reads(count, proofs) {
      const tokens = Array.from({ length: CUSTOMERS }, (_, at) =>
        token(
          { sub: `customer-${at}`, consent_id: `consent-${at}`, scope: 'accounts' },
          proofs ? jkt : undefined,
        ),
      )
      const path = `${BASE.ais}/accounts/A1/transactions`
      return Array.from({ length: proofs ? count : CUSTOMERS }, (_, at) => {
        const text = tokens[at % CUSTOMERS] ?? ''
        if (!proofs) return head('GET', path, [`Authorization: Bearer ${text}`])
        const claims = {
          jti: `${at}-${randomUUID()}`,
          htm: 'GET',
          htu: ORIGIN + path,
          iat: Math.floor(Date.now() / 1000),
          ath: createHash('sha256').update(text).digest('base64url'),
        }
        return head('GET', path, [
          `Authorization: DPoP ${text}`,
          `DPoP: ${signed(proof, proofHeader, claims)}`,
        ])
      })
    },
    payments(count, kind) {
      const details = [
        {
          type: 'payment_initiation',
          instructedAmount: { currency: 'GBP', amount: '165.88' },
          creditorName: 'ACME Inc',
          creditorAccount: {
            schemeName: 'UK.OBIE.SortCodeAccountNumber',
            identification: '08080021325698',
          },
          endToEndIdentification: 'BENCH.1',
        },
      ]
      const text = token({
        sub: 'customer-pay',
        consent_id: 'consent-pay',
        scope: 'payments',
        authorization_details: details,
      })
      const body = JSON.stringify({
        Data: {
          ConsentId: 'consent-pay',
          Initiation: { ...ORDER, SupplementaryData: { Note: 'x'.repeat(1_600) } },
        },
        Risk: {},
      })
      const signature = kind === 'unsigned' ? 'none' : detached(body)
      const base = { unsigned: BASE.unsigned, signed: BASE.pis, answered: BASE.answered }[kind]
      const path = `${base}/domestic-payments`
      return Array.from(
        { length: count },
        () =>
          head('POST', path, [
            `Authorization: Bearer ${text}`,
            'Content-Type: application/json',
            `Content-Length: ${Buffer.byteLength(body)}`,
            `x-idempotency-key: ${randomUUID()}`,
            // The specification asks for one; whether anybody looks at it is up to the rule.
            `x-jws-signature: ${signature}`,
          ]) + body,
      )
    },
  }

  function detached(body: string): string {
    const [iat, iss, tan] = ['iat', 'iss', 'tan'].map((name) => `http://openbanking.org.uk/${name}`)
    const header = segment({
      alg: 'PS256',
      kid: 'sign-1',
      [String(iat)]: Math.floor(Date.now() / 1000),
      [String(iss)]: 'bench/app',
      [String(tan)]: 'openbanking.org.uk',
      crit: [iat, iss, tan],
    })
    const bytes = sign('sha256', Buffer.from(`${header}.${segment(body)}`), {
      key: client.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    })
    return `${header}..${bytes.toString('base64url')}`
  }
}
