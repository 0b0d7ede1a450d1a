/** A whole authorization server with customers, through its front door, and a third party that talks to it as any would. */
import { createHash, randomBytes, randomUUID, scryptSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { SignJWT } from 'jose'
import { systemClock } from '../../../src/app/system-ports.ts'
import type { DecoupledDevice } from '../../../src/identity/decoupled.ts'
import {
  type AuthorizationServer,
  createAuthorizationServer,
  type Evidence,
} from '../../../src/identity/index.ts'
import type { AuthorizationServerOptions } from '../../../src/identity/server.ts'
import {
  type CustomerAccount,
  type DevelopmentCustomer,
  developmentCustomers,
} from '../../../src/identity/screens/customers.ts'
import type { Fetch } from '../../../src/identity/outbound.ts'
import type { StrongOptions } from '../../../src/identity/strong/strong.ts'
import type { Clock } from '../../../src/lib/index.ts'
import { keysOfSecret, openSqliteStore, type Store } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { API, type Ask, ISSUER, now, post, type TestClient } from '../client.ts'
import { type RecordedEvidence, recordedEvidence } from '../evidence.ts'
import { identityMigrations } from '../migrations.ts'

export const PASSWORD = 'correct horse battery staple'
export const SCA = 'urn:openbanking:psd2:sca'
const SALT = '5a17'.repeat(8)
/** One hash for all: it is slow on purpose. */
const HASH = scryptSync(PASSWORD, Buffer.from(SALT, 'hex'), 32).toString('hex')

const account = (id: string, number: string, changes: Partial<CustomerAccount> = {}) => ({
  id,
  name: `Account ${id}`,
  number: `•• ${number.slice(-4)}`,
  references: [`sort-code:${number}`, `iban:DE893704004405320130${id.slice(-2)}`],
  signatories: 1,
  ...changes,
})
export const SHARED = account('33333', '08080021325699', { signatories: 2, references: [] })
export const CUSTOMERS: readonly DevelopmentCustomer[] = [
  {
    subject: 'cust-amira',
    username: 'amira',
    password: `scrypt:${SALT}:${HASH}`,
    acr: SCA,
    accounts: [
      account('22200', '08080021325698', {
        references: ['sort-code:08080021325698', 'iban:DE89370400440532013000'],
      }),
      account('22201', '08080021325697', { references: ['sort-code:08080021325697'] }),
      SHARED,
    ],
  },
  {
    subject: 'cust-ben',
    username: 'ben',
    password: `scrypt:${SALT}:${HASH}`,
    acr: SCA,
    accounts: [SHARED],
  },
]

export interface Bank {
  readonly ask: Ask
  readonly server: AuthorizationServer
  readonly store: Store
  readonly secret: string
  readonly evidence: RecordedEvidence
}

export async function startBank(
  t: TestContext,
  {
    testClients,
    secret = randomBytes(32).toString('base64url'),
    store,
    decoupled,
    clock = systemClock,
    strong,
    outside = () => Promise.reject(new TypeError('nothing is asked outside')),
    evidence: given,
    elsewhere = {},
  }: {
    readonly clock?: Clock
    readonly strong?: (store: Store) => StrongOptions
    readonly outside?: Fetch
    readonly decoupled?: DecoupledDevice | 'page'
    /** Where customers log in, if not here. */
    readonly elsewhere?: Partial<AuthorizationServerOptions>
    readonly testClients: readonly TestClient[]
    readonly secret?: string
    readonly store?: Store
    readonly evidence?: Evidence
  },
): Promise<Bank> {
  const kept =
    store ??
    (await openSqliteStore({
      dir: temporaryFolder(t),
      create: true,
      migrations: identityMigrations,
    }))
  if (store === undefined) t.after(() => kept.close())
  const evidence = recordedEvidence()
  const server = await createAuthorizationServer({
    issuer: ISSUER,
    sealingKeys: keysOfSecret(secret),
    store: kept,
    clock,
    scheduler: realScheduler,
    randomBytes,
    fetch: outside,
    clients: testClients.map(({ metadata }) => metadata),
    gateways: [],
    resources: [
      {
        identifier: API,
        scopes: ['accounts', 'payments', 'fundsconfirmations', 'sca', 'sca-registers'],
      },
    ],
    presented: { of: () => undefined, trusted: () => false, believesSeal: () => false },
    customers: developmentCustomers(CUSTOMERS, clock),
    brand: { name: 'Bank of Tests', accent: '#0b6e4f' },
    ...(decoupled === undefined ? {} : { decoupled }),
    ...(strong === undefined ? {} : { strong: strong(kept) }),
    registration: undefined,
    consentEnds: () => Promise.resolve(),
    evidence: given ?? evidence,
    ...elsewhere,
    say: (failure) => t.diagnostic(String(failure instanceof Error ? failure.stack : failure)),
  })
  const http = createServer(server.listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.stop()
    http.closeAllConnections()
    http.close()
  })
  const { port } = http.address() as AddressInfo // sound: it listens on TCP
  const ask: Ask = (path, init) => {
    const url = path.startsWith('/') ? path : new URL(path).pathname + new URL(path).search
    return fetch(`http://127.0.0.1:${port}${url}`, { redirect: 'manual', ...init })
  }
  return { ask, server, store: kept, secret, evidence }
}

/** A token of the third party's own. */
export async function ownToken(ask: Ask, client: TestClient, scope: string): Promise<string> {
  const { status, body } = await post(ask, client, '/token', {
    grant_type: 'client_credentials',
    scope,
  })
  if (status !== 200) throw new Error(`token: ${status} ${JSON.stringify(body)}`)
  return String(body['access_token'])
}

/** A proof for a resource (RFC 9449 §4.2). */
export function resourceProof(
  client: TestClient,
  token: string,
  method: string,
  url: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT({
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: now(),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: client.proofKey.open })
    .sign(client.proofKey.privateKey)
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies of tests are looked into by name
  readonly body: any
}
export async function callResource(
  ask: Ask,
  client: TestClient,
  token: string,
  method: string,
  path: string,
  {
    body,
    headers = {},
    proof,
  }: {
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
    readonly proof?: string
  } = {},
): Promise<Answer> {
  const response = await ask(path, {
    method,
    headers: {
      authorization: `DPoP ${token}`,
      dpop: proof ?? (await resourceProof(client, token, method, `${ISSUER}${path}`)),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const read = text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined
  return { status: response.status, headers: response.headers, text, body: read }
}
