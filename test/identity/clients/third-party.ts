/** A directory, a register and third parties with certificates, written with `jose`: what each of them signs, and what a test may spoil of it. */
import { createPrivateKey, randomBytes, randomUUID, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { importPKCS8, type JWTPayload, SignJWT } from 'jose'
import { issue, type Issued, type Order, type Psd2Role } from '../../../src/app/certs/issue.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import {
  type AuthorizationServer,
  type ClientMetadata,
  createAuthorizationServer,
  type Evidence,
} from '../../../src/identity/index.ts'
import type { Presented } from '../../../src/identity/certificates.ts'
import type { Clock } from '../../../src/lib/index.ts'
import { createIssuerKeys, type IssuerKeys } from '../../../src/proof/index.ts'
import { keysOfSecret, type Store } from '../../../src/store/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { API, ISSUER, type SigningJwk, signingJwk } from '../client.ts'
import { type RecordedEvidence, recordedEvidence } from '../evidence.ts'
import { sqlite } from '../rig.ts'

export const DIRECTORY = 'OpenBanking Ltd'
export const ORGANIZATION = 'PSDGB-FCA-123456'
export const CALLBACK = 'https://budget-buddy.example/callback'
const DAY_MS = 86_400_000
const ORG_ID = '0015800000jfQ9aAAE'

export interface Holder {
  readonly web: Issued
  readonly certificate: X509Certificate
}
/** A QWAC unless told otherwise. */
export function holder(
  organization: string | null = ORGANIZATION,
  roles: readonly Psd2Role[] | null = ['PSP_AI', 'PSP_PI'],
  more: Partial<Order> = {},
): Holder {
  const web = issue(
    {
      holder: {
        commonName: 'Budget Buddy Ltd',
        organization: 'Budget Buddy Ltd',
        country: 'GB',
        ...(organization === null ? {} : { organizationIdentifier: organization }),
      },
      purpose: 'web',
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + DAY_MS,
      ...(roles === null
        ? {}
        : { psd2: { roles, authority: { name: 'Financial Conduct Authority', id: 'GB-FCA' } } }),
      ...more,
    },
    undefined,
    randomBytes,
  )
  return { web, certificate: new X509Certificate(web.der) }
}

export interface Entry {
  readonly organizationIdentifier?: string
  readonly name?: string
  readonly status?: string
  readonly roles?: readonly string[]
  readonly directoryIds?: readonly string[]
}

export interface World {
  readonly store: Store
  readonly server: AuthorizationServer
  readonly directory: SigningJwk
  readonly software: SigningJwk
  readonly evidence: RecordedEvidence
  readonly problems: string[]
  /** What the register says from the next look on. */
  setRegister(entries: readonly Entry[], claims?: JWTPayload, by?: SigningJwk): Promise<void>
  statement(claims?: object, by?: SigningJwk, header?: object): Promise<string>
  /** A request as UK Open Banking signs it. */
  signed(claims?: object, by?: SigningJwk, header?: object): Promise<string>
  /** As whoever holds a certificate; `undefined`: with none. */
  send(
    who: Holder | undefined,
    method: string,
    path: string,
    body?: string | object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{
    readonly status: number
    readonly body: Record<string, unknown>
    readonly headers: Headers
  }>
  readonly ask: (path: string, options?: RequestInit) => Promise<Response>
  /** What the connection of a test's own request proves. */
  present(who: Holder): string
}
export interface WorldOptions {
  /** Of the configuration. */
  readonly clients?: readonly ClientMetadata[]
  readonly partners?: boolean
  readonly fapi1?: boolean
  readonly untrusted?: readonly Holder[]
  readonly untrustedSeals?: boolean
  readonly clock?: Clock
  readonly store?: Store
  readonly fetch?: (url: string | URL) => Promise<Response>
  readonly withoutRegister?: boolean
  /** Who records, in place of a list. */
  readonly recorder?: Evidence
}

export function keysOf(...keys: readonly SigningJwk[]): IssuerKeys {
  const text = JSON.stringify({ keys: keys.map(({ open }) => open) })
  const clock = new FakeClock(Date.now())
  return createIssuerKeys({
    location: { file: 'keys' },
    ports: { readText: () => Promise.resolve(text), fetchText: () => Promise.reject(new Error()) },
    clock,
    scheduler: clock,
  })
}

export async function world(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const [directory, software] = await Promise.all([signingJwk('PS256'), signingJwk('PS256')])
  const clock = options.clock ?? systemClock
  const scheduler = new FakeClock()
  const store = options.store ?? (await sqlite(t))
  const shown = new Map<string, Holder>()
  const certificateOf = (header: unknown) => shown.get(String(header))
  const presented: Presented = {
    of: ({ headers }) => certificateOf(headers['test-certificate'])?.certificate,
    trusted({ headers }) {
      const who = certificateOf(headers['test-certificate'])
      return who !== undefined && options.untrusted?.includes(who) !== true
    },
    believesSeal: () => options.untrustedSeals !== true,
  }
  const keys = keysOf(directory)
  await keys.ready
  let register = ''
  let version = 0
  const evidence = recordedEvidence()
  const problems: string[] = []
  const seconds = (): number => Math.floor(clock.now() / 1000)
  const sign = (by: SigningJwk, claims: object, header: object = {}): Promise<string> =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'PS256', kid: String(by.jwk.kid), ...header })
      .sign(by.privateKey)

  async function putRegister(
    entries: readonly Entry[],
    claims: JWTPayload = {},
    by = directory,
  ): Promise<void> {
    register = await sign(by, {
      iss: DIRECTORY,
      iat: seconds(),
      exp: seconds() + 86_400,
      entries: entries.map((entry) => ({
        organizationIdentifier: ORGANIZATION,
        name: 'Budget Buddy Ltd',
        status: 'authorised',
        roles: ['PSP_AI', 'PSP_PI'],
        directoryIds: [ORG_ID],
        ...entry,
      })),
      ...claims,
    })
    version++
  }
  await putRegister([{}])

  const server = await createAuthorizationServer({
    issuer: ISSUER,
    sealingKeys: keysOfSecret('a-secret-of-a-test-that-is-long-enough-for-it'),
    store,
    clock,
    scheduler,
    randomBytes,
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('nothing is asked outside'))),
    clients: options.clients ?? [],
    gateways: [],
    resources: [{ identifier: API, scopes: ['accounts', 'payments', 'fundsconfirmations'] }],
    presented,
    consentEnds: () => Promise.resolve(),
    evidence: options.recorder ?? evidence,
    say: (failure) => problems.push(String(failure)),
    registration: {
      directories: [{ issuer: DIRECTORY, keys, maxAgeSeconds: 3600 }],
      register:
        options.withoutRegister === true
          ? undefined
          : {
              keys,
              source: {
                everyMs: 1_000,
                read: (known) =>
                  Promise.resolve(
                    known === String(version)
                      ? undefined
                      : { text: register, version: String(version) },
                  ),
              },
            },
      partners: options.partners ?? false,
      fapi1: options.fapi1 ?? false,
    },
  })
  t.after(() => server.stop())
  const http = createServer(server.listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const { port } = http.address() as AddressInfo // sound: it listens on TCP

  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path.startsWith('/') ? path : new URL(path).pathname}`, {
      redirect: 'manual',
      ...init,
    })
  const present = (who: Holder): string => {
    const name = who.certificate.fingerprint256
    shown.set(name, who)
    return name
  }
  const made: World = {
    store,
    server,
    directory,
    software,
    evidence,
    problems,
    ask,
    present,
    async setRegister(entries, claims, by) {
      await putRegister(entries, claims, by)
      await server.look()
    },
    statement: (claims = {}, by = directory, header = {}) =>
      sign(
        by,
        {
          iss: DIRECTORY,
          iat: seconds(),
          jti: randomUUID(),
          software_id: '65d1f27c-4aea-4549-9c21-60e495a7a86f',
          software_client_name: 'Budget Buddy',
          software_mode: 'Live',
          software_roles: ['AISP', 'PISP'],
          software_redirect_uris: [CALLBACK, 'https://budget-buddy.example/other'],
          software_jwks: { keys: [software.open] },
          org_id: ORG_ID,
          org_name: 'Budget Buddy Ltd',
          org_status: 'Active',
          ...claims,
        },
        header,
      ),
    async signed(claims = {}, by = software, header = {}) {
      return sign(
        by,
        {
          iss: '65d1f27c-4aea-4549-9c21-60e495a7a86f',
          aud: ISSUER,
          iat: seconds(),
          exp: seconds() + 300,
          jti: randomUUID(),
          ...(await uk(made)),
          ...claims,
        },
        header,
      )
    },
    async send(who, method, path, body, headers = {}) {
      const response = await ask(path, {
        method,
        headers: {
          ...(body === undefined
            ? {}
            : {
                'content-type': typeof body === 'string' ? 'application/jose' : 'application/json',
              }),
          ...(who === undefined ? {} : { 'test-certificate': present(who) }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        // sound: an object, or nothing that is looked at
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
        headers: response.headers,
      }
    },
  }
  return made
}

/** The members that UK Open Banking DCR 3.3 asks for. */
export async function uk(of: Pick<World, 'statement'>): Promise<JWTPayload> {
  return {
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'PS256',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    scope: 'openid accounts payments',
    application_type: 'web',
    id_token_signed_response_alg: 'PS256',
    request_object_signing_alg: 'PS256',
    tls_client_certificate_bound_access_tokens: true,
    software_statement: await of.statement(),
  }
}

/** A key of a certificate, as `jose` signs with. */
export async function certificateKey({ web }: Holder, algorithm: string) {
  const pem = createPrivateKey({
    key: web.key.export({ type: 'pkcs8', format: 'der' }),
    format: 'der',
    type: 'pkcs8',
  })
  return importPKCS8(String(pem.export({ type: 'pkcs8', format: 'pem' })), algorithm)
}
