/**
 * An authorization server as it is measured: `ours` on SQLite, or `bare`, the library with the same grants, client authentication and
 * sender constraint, and its records in memory. Ours is over TLS, too, as gateways ask. Arguments: which, file of clients, folder, folder of certificates.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generateKeyPair, exportJWK } from 'jose'
import { type Context, type Payload, Provider } from 'oidc-provider'
import { identityEvents } from '../../src/app/identity/identity-events.ts'
import { listenOverTls } from '../../src/app/identity/tls-address.ts'
import { systemClock, systemScheduler } from '../../src/app/system-ports.ts'
import { openSpool } from '../../src/events/index.ts'
import { createPseudonym, trustStore } from '../../src/gateway/core/index.ts'
import { recordAdapter, recordFinder } from '../../src/identity/adapter.ts'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { type Introspection, introspection } from '../../src/identity/introspection.ts'
import { createProvider } from '../../src/identity/provider.ts'
import { requestListener } from '../../src/identity/request-listener.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { recordUpkeep } from '../../src/identity/upkeep.ts'
import { readCertificate, readPem } from '../../src/proof/index.ts'
import { keysOfSecret, openSqliteStore } from '../../src/store/index.ts'
import { identityMigrations } from '../../test/identity/migrations.ts'
import { serveMeasurements } from '../gateway/measured.ts'
import { cookieSigner } from '../../src/identity/cookie-signing.ts'
import { API, CUSTOMER, ISSUER } from './world.ts'

/** Of the hashes in events. */
const key = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }
const [, , which = '', file = '', folder = '', certificates = ''] = process.argv
const clients = JSON.parse(readFileSync(file, 'utf8')) as ClientMetadata[] // sound: written by the parent
const keys = await Promise.all(['PS256', 'ES256', 'EdDSA'].map((alg) => signingKey(alg)))
const pem = (name: string): string => readFileSync(join(certificates, `${name}.pem`), 'utf8')
const anchors = (readPem('CERTIFICATE', pem('ca')) ?? []).flatMap((der) => {
  const read = readCertificate(der)
  return read.ok ? [read.certificate] : []
})
const overTls = listenOverTls({
  pair: () => ({ cert: pem('server'), key: pem('server-key') }),
  stores: () => [trustStore('bench', anchors, undefined)],
  storesVersion: () => 1,
  clock: systemClock,
  asksForCertificates: true,
})
let early: Introspection = () => Promise.resolve(false)
const provider = which === 'ours' ? await ours() : bare()
// The listener says which host and scheme were meant.
provider.proxy = true
const callback = provider.callback()
const serve = requestListener(ISSUER, () => async (request, response) => {
  if (!(await early(request, response))) await callback(request, response)
})
const server = createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') !== true) serve(request, response)
  else
    agree(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
})
server.keepAliveTimeout = 120_000
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const tls = await overTls.open({ host: '127.0.0.1', port: 0 }, serve)
const { port } = server.address() as AddressInfo // sound: it listens on TCP
serveMeasurements(port, Number(new URL(tls).port))

async function signingKey(alg: string): Promise<Payload> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg, kid: alg }
}

async function ours(): Promise<Provider> {
  const store = await openSqliteStore({ dir: folder, create: true, migrations: identityMigrations })
  const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
  const upkeep = recordUpkeep({
    store,
    clock: systemClock,
    scheduler: systemScheduler,
    say: (failure) => process.stderr.write(`${String(failure)}\n`),
  })
  const adapter = recordAdapter({
    store,
    sealing,
    clock: systemClock,
    grantEnds: () => Promise.resolve(),
    roomFor: upkeep.roomFor,
  })
  const gateways = new Set(['gateway', 'certified'])
  const byId = new Map(clients.map((client) => [client.client_id, client]))
  early = introspection({
    configured: (id) => byId.get(id),
    gateways,
    presented: overTls.presented,
    find: recordFinder({ store, sealing, clock: systemClock }),
    isClient: (id) => Promise.resolve(byId.has(id)),
    issuer: ISSUER,
    clock: systemClock,
  })
  return createProvider({
    issuer: ISSUER,
    adapter,
    keys,
    cookies: cookieSigner([randomBytes(32)]),
    nonceSecret: randomBytes(32),
    clients,
    gateways,
    resources: [{ identifier: API, scopes: ['accounts'] }],
    isSubject: (id) => Promise.resolve(id === CUSTOMER),
    presented: overTls.presented,
    interactionUrl: (uid) => `/interaction/${uid}`,
    decoupled: undefined,
    registrationEndpoint: undefined,
    fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
    clock: systemClock,
    synced: () => store.sync(),
    say: (failure) => console.error(failure),
    evidence: identityEvents({
      events: await openSpool({
        dir: join(folder, 'spool'),
        scheduler: systemScheduler,
        create: true,
      }),
      clock: systemClock,
      scheduler: systemScheduler,
      randomBytes,
      pseudonym: createPseudonym(() => key),
    }),
  })
}

function bare(): Provider {
  return new Provider(ISSUER, {
    clients: clients.filter((client) => client.tls_client_auth_subject_dn === undefined),
    jwks: { keys },
    clientAuthMethods: ['private_key_jwt'],
    scopes: ['openid', 'offline_access'],
    cookies: { keys: ['of a benchmark'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: ['access_token_format'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: Context, _id: string, client: Payload) => ({
          scope: 'accounts',
          audience: API,
          accessTokenTTL: 300,
          accessTokenFormat: client['access_token_format'] ?? 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
}

/** A customer who logs in and agrees, at once. */
async function agree(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: CUSTOMER } })
  const grant = new provider.Grant({
    clientId: String(params['client_id']),
    accountId: session?.accountId ?? CUSTOMER,
    jti: `consent-${randomBytes(8).toString('hex')}`,
    expiresIn: 3600,
  })
  grant.addOIDCScope(String(params['scope']))
  grant.addResourceScope(API, 'accounts')
  return provider.interactionFinished(request, response, {
    consent: { grantId: await grant.save() },
  })
}
