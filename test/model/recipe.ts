/** A request before it is written down: what a third party means to send. Faults change it; `write` makes the wire of it. */
import { constants, createHash, sign } from 'node:crypto'
import { segment, signed, type SigningKey } from '../support/token-issuer.ts'
import { AUDIENCE, BASE, type House, ISSUERS, ORIGIN, PRESENCE } from './house.ts'
import { type Wire } from './rules/wire.ts'
import { thumbprint } from './rules/proof.ts'
import { digestOf, PAYMENT, type World } from './world.ts'

const DIGEST = digestOf(PAYMENT)

export type Changes = Readonly<Record<string, unknown>>
export interface Recipe {
  api: 'accounts' | 'payments' | 'atms' | 'closed'
  operation: string
  method: string
  path: string
  query: [string, string][]
  /** Instead of path and query. */
  target?: string
  headers: [string, string][]
  body: string | undefined
  tls: Wire['tls']
  certificate: string
  scheme: string
  /** `null`: none. */
  token: null | {
    claims: Record<string, unknown>
    header: Record<string, unknown>
    key: SigningKey
    mend?: (text: string) => string
  }
  bound: 'certificate' | 'key' | 'both' | 'nothing'
  proof: null | {
    claims: Record<string, unknown>
    header: Record<string, unknown>
    key: SigningKey
    /** Instead of what would be made. */
    text?: string
    mend?: (text: string) => string
  }
  signature: null | {
    header: Record<string, unknown>
    key: SigningKey
    /** What is signed instead of the body. */
    over?: string
    unencoded?: true
    mend?: (text: string) => string
  }
  idempotencyKey: string | null
  feedAgeMs: number
  killed: boolean
  /** Instead of all of it: what was sent before, once more. */
  again?: Wire
}

const NAME = 'http://openbanking.org.uk/'
export const SIGNED = { iat: `${NAME}iat`, iss: `${NAME}iss`, tan: `${NAME}tan` }

const PARTS = new WeakMap<
  SigningKey,
  { readonly jwk: Record<string, unknown>; readonly jkt: string }
>()
function partsOf(key: SigningKey): { readonly jwk: Record<string, unknown>; readonly jkt: string } {
  let parts = PARTS.get(key)
  if (parts === undefined) {
    const jwk = key.publicKey.export({ format: 'jwk' }) as Record<string, unknown> // sound: a JWK
    PARTS.set(key, (parts = { jwk, jkt: thumbprint(jwk) }))
  }
  return parts
}
export function publicPart(key: SigningKey): Record<string, unknown> {
  return partsOf(key).jwk
}

/** A request to which nobody could object. */
export function good(
  world: World,
  { accounts, payments }: House,
  operation: string,
  now: number,
  chance: () => number,
): Recipe {
  const one = <T>(...list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T // sound: never empty
  const pays = operation.includes('Domestic')
  const asks = operation.endsWith('PaymentConsents')
  const seconds = Math.floor(now / 1000)
  // Tokens live on for a while, as they do.
  const issued = seconds - (seconds % 60) - 60
  const account = one('A1', 'A2')
  const paths: Readonly<Record<string, string>> = {
    GetAccounts: '/accounts',
    GetAccountsAccountId: `/accounts/${account}`,
    GetAccountsAccountIdBalances: `/accounts/${account}/balances`,
    GetAccountsAccountIdTransactions: `/accounts/${account}/transactions`,
    GetTransactions: '/transactions',
    CreateAccountAccessConsents: '/account-access-consents',
    CreateDomesticPayments: '/domestic-payments',
    GetDomesticPayments: `/domestic-payments/${one('p-1', 'p-2', 'P%20x')}`,
    CreateDomesticPaymentConsents: '/domestic-payment-consents',
    GetDomesticPaymentConsents: `/domestic-payment-consents/${one('pay', 'unheard-of')}`,
    GetAtms: '/atms',
  }
  const api = operation === 'GetAtms' ? 'atms' : pays ? 'payments' : 'accounts'
  const posts = operation.startsWith('Create')
  const rules = pays ? payments : accounts
  const issuers = rules['token.validation']?.params['issuers']
  const key =
    Array.isArray(issuers) && issuers.length === 1 ? world.issuerKeys[0] : one(...world.issuerKeys)
  const methods = rules['token.senderConstrained']?.params['methods']
  const taken = Array.isArray(methods) && methods.length === 1 ? String(methods[0]) : ''
  const ways = {
    '': ['certificate', 'certificate', 'certificate', 'key', 'both'],
    mtls: ['certificate', 'both'],
    dpop: ['key', 'both'],
  } as const
  const bound = one<Recipe['bound']>(
    ...(taken === 'mtls' || taken === 'dpop' ? ways[taken] : ways['']),
  )
  const consent = operation === 'CreateDomesticPayments' ? one('pay', 'pay-with-details') : 'pay'
  const ordered = order()
  const recipe: Recipe = {
    api,
    operation,
    method: posts ? 'POST' : 'GET',
    path: BASE[api] + (paths[operation] ?? ''),
    query: operation === 'GetAtms' ? [['city', one('Leeds', 'Zürich')]] : [],
    headers: api === 'accounts' ? [[PRESENCE, '203.0.113.7']] : [],
    body:
      operation === 'CreateDomesticPayments'
        ? paymentBody(consent, ordered)
        : operation === 'CreateDomesticPaymentConsents'
          ? JSON.stringify({ Data: { Initiation: ordered }, Risk: {} })
          : undefined,
    tls: '1.3',
    certificate: chance() < 0.9 ? 'good-a' : 'under-one',
    scheme: 'Bearer',
    token: {
      header: { alg: key.alg, typ: 'at+jwt', kid: key.kid },
      key,
      claims: {
        iss: ISSUERS[key.alg === 'ES256' ? 0 : 1],
        aud: AUDIENCE,
        iat: issued,
        exp: issued + 300,
        jti: 'token-1',
        client_id: 'tpp-a',
        scope: `${pays ? 'payments' : 'accounts'} fapi`,
        ...(!asks && {
          sub: 'customer-1',
          consent_id: pays
            ? consent
            : one(
                'read-all',
                'read-all',
                'read-window',
                'read-credits',
                'read-debits',
                'read-since',
              ),
          acr: 'urn:sca',
          auth_time: issued - 60,
        }),
        ...(operation === 'CreateDomesticPayments' && {
          authorization_details: [PAYMENT],
          sca: { outcome: 'authenticated', decision: 'd-1', digest: DIGEST },
        }),
      },
    },
    bound,
    proof: { claims: {}, header: {}, key: one(...world.proofKeys) },
    signature: posts && pays ? { header: {}, key: world.signKeys[0] } : null,
    idempotencyKey: posts && pays ? `key-${Math.floor(chance() * 2 ** 40)}` : null,
    feedAgeMs: Math.floor(chance() * 30_000),
    killed: false,
  }
  return recipe
}

/** The order that `PAYMENT` is. */
export function order(): Record<string, unknown> {
  return {
    InstructionIdentification: 'I-1',
    EndToEndIdentification: 'E2E-1',
    InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
    CreditorAccount: {
      SchemeName: 'UK.OBIE.IBAN',
      Identification: 'GB33BUKB20201555555555',
      Name: 'ACME Inc',
    },
    RemittanceInformation: { Unstructured: ['Invoice 4711'] },
  }
}
export function paymentBody(consent: string, initiation: unknown): string {
  return JSON.stringify({ Data: { ConsentId: consent, Initiation: initiation }, Risk: {} })
}

const MADE = new Map<string, string>()
/** Signed once: the same words, by the same key, make the same token. */
function made(key: SigningKey, header: unknown, claims: unknown): string {
  const name = JSON.stringify([key.kid, header, claims])
  let text = MADE.get(name)
  if (text === undefined) {
    if (MADE.size > 5_000) MADE.clear()
    MADE.set(name, (text = signed(key, header, claims)))
  }
  return text
}

export function write(recipe: Recipe, world: World, now: number, jti: string): Wire {
  const { token, proof, signature, body, again } = recipe
  if (again !== undefined) return { ...again, at: now, feedAgeMs: recipe.feedAgeMs }
  const target = recipe.target ?? recipe.path + queryOf(recipe.query)
  const presented = world.certificates.get(recipe.certificate)
  if (presented === undefined) throw new Error(`no certificate ${recipe.certificate}`)
  const headers: string[] = ['Host', 'api.bank.example', ...recipe.headers.flat()]
  if (token !== null) {
    const byCertificate = recipe.bound === 'certificate' || recipe.bound === 'both'
    const byKey = recipe.bound === 'key' || recipe.bound === 'both'
    const cnf = {
      ...(byCertificate && { 'x5t#S256': presented.certificate?.thumbprint ?? 'A'.repeat(43) }),
      ...(byKey && proof !== null && { jkt: partsOf(proof.key).jkt }),
    }
    const claims = { ...(recipe.bound !== 'nothing' && { cnf }), ...token.claims }
    const text = (token.mend ?? ((is) => is))(
      made(token.key, token.header, JSON.parse(JSON.stringify(claims))),
    )
    const scheme = recipe.scheme === 'Bearer' && byKey ? 'DPoP' : recipe.scheme
    headers.push('Authorization', `${scheme} ${text}`)
    if (byKey && proof !== null)
      headers.push(
        'DPoP',
        proof.text ?? proofText(proof, text, { target, method: recipe.method, now, jti }),
      )
  }
  if (recipe.idempotencyKey !== null) headers.push('x-idempotency-key', recipe.idempotencyKey)
  if (signature !== null) headers.push('x-jws-signature', detached(signature, body ?? '', now))
  if (body !== undefined) {
    if (!recipe.headers.some(([name]) => name.toLowerCase() === 'content-type'))
      headers.push('Content-Type', 'application/json')
    headers.push('Content-Length', String(Buffer.byteLength(body)))
  }
  return {
    at: now,
    method: recipe.method,
    target,
    headers,
    body,
    tls: recipe.tls,
    certificate: presented,
    feedAgeMs: recipe.feedAgeMs,
    killed: recipe.killed ? new Set([recipe.api]) : new Set(),
  }
}

function queryOf(query: Recipe['query']): string {
  const text = query
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
  return text === '' ? '' : `?${text}`
}

function proofText(
  proof: NonNullable<Recipe['proof']>,
  token: string,
  {
    target,
    method,
    now,
    jti,
  }: {
    readonly target: string
    readonly method: string
    readonly now: number
    readonly jti: string
  },
): string {
  const claims = {
    jti,
    htm: method,
    htu: ORIGIN + (target.split('?')[0] ?? ''),
    iat: Math.floor(now / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...proof.claims,
  }
  const header = {
    typ: 'dpop+jwt',
    alg: proof.key.alg,
    jwk: publicPart(proof.key),
    ...proof.header,
  }
  return (proof.mend ?? ((is) => is))(
    signed(proof.key, JSON.parse(JSON.stringify(header)), JSON.parse(JSON.stringify(claims))),
  )
}

function detached(signature: NonNullable<Recipe['signature']>, body: string, now: number): string {
  const crit = [SIGNED.iat, SIGNED.iss, SIGNED.tan]
  const header = {
    alg: 'PS256',
    kid: signature.key.kid,
    // The same message within a minute has one signature.
    [SIGNED.iat]: Math.floor(now / 60_000) * 60,
    [SIGNED.iss]: 'org-a/app',
    [SIGNED.tan]: 'openbanking.org.uk',
    crit,
    ...(signature.unencoded === true && { b64: false, crit: [...crit, 'b64'] }),
    ...signature.header,
  }
  const head = segment(JSON.parse(JSON.stringify(header)))
  const over = signature.over ?? body
  const input = signature.unencoded === true ? `${head}.${over}` : `${head}.${segment(over)}`
  const name = JSON.stringify([signature.key.kid, input])
  let text = MADE.get(name)
  if (text === undefined) {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const bytes = sign('sha256', Buffer.from(input), { key: signature.key.privateKey, ...padding })
    text = `${head}..${bytes.toString('base64url')}`
    if (MADE.size > 5_000) MADE.clear()
    MADE.set(name, text)
  }
  return (signature.mend ?? ((is) => is))(text)
}
