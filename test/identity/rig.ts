/**
 * A whole authorization server on a loopback port: the real store, the real library, and a customer who logs in and agrees to all that is
 * asked, by the library's own interaction calls, because screens are not part of it. Its issuer is an https name, as it would be
 * behind a bank's address: `ask` sends to the port what is meant for that name.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Adapter, Payload, Provider } from 'oidc-provider'
import { recordAdapter } from '../../src/identity/adapter.ts'
import { createProvider, type ProviderOptions } from '../../src/identity/provider.ts'
import { requestListener } from '../../src/identity/request-listener.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { recordUpkeep } from '../../src/identity/upkeep.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { keysOfSecret, openSqliteStore, type Store } from '../../src/store/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { API, type Ask, CERTIFICATE_HEADER, ISSUER, signingJwk, type TestClient } from './client.ts'
import { type RecordedEvidence, recordedEvidence } from './evidence.ts'
import { cookieSigner } from '../../src/identity/cookie-signing.ts'
import { identityMigrations } from './migrations.ts'

export const CUSTOMER = 'cust-amira'

export interface Rig {
  readonly provider: Provider
  readonly store: Store
  readonly ask: Ask
  readonly port: number
  /** Grants that ended, in order. */
  readonly ended: string[]
  readonly evidence: RecordedEvidence
}
export interface RigOptions extends Partial<ProviderOptions> {
  readonly testClients: readonly TestClient[]
  /** Around the store that the server uses. */
  readonly through?: (store: Store) => Store
  readonly store?: Store
  readonly maxOfKind?: number
  /** What the customer says. */
  readonly customer?: 'agrees' | 'refuses'
}

const keys = Promise.all([signingJwk('PS256'), signingJwk('ES256'), signingJwk('EdDSA')])

export async function startRig(t: TestContext, options: RigOptions): Promise<Rig> {
  const { testClients, through = (direct: Store) => direct, customer = 'agrees' } = options
  const direct = options.store ?? (await sqlite(t))
  const store = through(direct)
  const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
  const ended: string[] = []
  const evidence = recordedEvidence()
  const upkeep = recordUpkeep({
    store: direct,
    clock: systemClock,
    scheduler: realScheduler,
    say: () => undefined,
    ...(options.maxOfKind === undefined ? {} : { maxOfKind: options.maxOfKind }),
  })
  const provider = createProvider({
    issuer: ISSUER,
    adapter: recordAdapter({
      store,
      sealing,
      clock: systemClock,
      grantEnds: (id) => Promise.resolve(void ended.push(id)),
      roomFor: upkeep.roomFor,
    }),
    keys: (await keys).map(({ jwk }) => jwk),
    cookies: cookieSigner([randomBytes(32)]),
    nonceSecret: randomBytes(32),
    clients: testClients.map(({ metadata }) => metadata),
    gateways: new Set(['gateway']),
    resources: [{ identifier: API, scopes: ['accounts', 'payments'] }],
    isSubject: (id) => Promise.resolve(id === CUSTOMER),
    presented: {
      of: ({ headers }) => {
        const id = headers[CERTIFICATE_HEADER]
        return testClients.find((client) => client.metadata.client_id === id)?.certificate
      },
      trusted: ({ headers }) => headers[CERTIFICATE_HEADER] !== 'untrusted',
      believesSeal: () => false,
    },
    registrationEndpoint: undefined,
    interactionUrl: (uid) => `/interaction/${uid}`,
    decoupled: undefined,
    fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
    clock: systemClock,
    evidence,
    synced: () => store.sync(),
    say: () => undefined,
    ...options,
  })
  const callback = provider.callback()
  const serve = requestListener(ISSUER, () => callback)
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) serve(request, response)
    else
      answer(provider, customer, request, response).catch((error: unknown) =>
        response.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    upkeep.stop()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: it listens on TCP
  const ask: Ask = (path, init) => {
    const url = path.startsWith('/') ? path : new URL(path).pathname + new URL(path).search
    return fetch(`http://127.0.0.1:${port}${url}`, { redirect: 'manual', ...init })
  }
  return { provider, store: direct, ask, port, ended, evidence }
}

export async function sqlite(t: TestContext): Promise<Store> {
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: identityMigrations,
  })
  t.after(() => store.close())
  return store
}

/** Logs the customer in, then has them agree to everything that was asked. */
async function answer(
  provider: Provider,
  customer: 'agrees' | 'refuses',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, {
      login: { accountId: CUSTOMER, acr: 'urn:openbanking:psd2:sca' },
    })
  if (customer === 'refuses')
    return provider.interactionFinished(request, response, { error: 'access_denied' })
  const grantId = await grantAll(provider, params, session?.accountId ?? CUSTOMER)
  return provider.interactionFinished(request, response, { consent: { grantId } })
}

/** The adapter alone, with a secret of its own. */
export function adapterOver(
  store: Store,
  {
    keys = keysOfSecret('a-secret-of-a-test-that-is-long-enough-for-it'),
    ended = [] as string[],
    clock = systemClock,
  } = {},
): (model: string) => Adapter {
  return recordAdapter({
    store,
    sealing: createSealing(keys, randomBytes),
    clock,
    grantEnds: (id) => Promise.resolve(void ended.push(id)),
    roomFor: () => true,
  })
}

/** A grant of everything that was asked for. */
export function grantAll(provider: Provider, params: Payload, accountId: string): Promise<string> {
  const grant = new provider.Grant({
    clientId: String(params['client_id']),
    accountId,
    jti: `consent-${randomBytes(8).toString('hex')}`,
    expiresIn: 3600,
  })
  const { scope, authorization_details: details } = params
  if (typeof scope === 'string') {
    grant.addOIDCScope(scope)
    grant.addResourceScope(API, scope)
  }
  if (typeof details === 'string')
    for (const detail of JSON.parse(details) as readonly Payload[]) grant.addRar(detail) // sound: the server checked it
  return grant.save()
}
