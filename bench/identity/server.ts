/**
 * An authorization server as it is measured: `ours` on SQLite, or `bare`, the library with the same grants, client authentication and
 * sender constraint, and its records in memory. Arguments: which, file of clients, folder.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generateKeyPair, exportJWK } from 'jose'
import { type Context, type Payload, Provider } from 'oidc-provider'
import { identityEvents } from '../../src/app/identity/identity-events.ts'
import { systemClock, systemScheduler } from '../../src/app/system-ports.ts'
import { openSpool } from '../../src/events/index.ts'
import { createPseudonym } from '../../src/gateway/core/index.ts'
import { recordAdapter } from '../../src/identity/adapter.ts'
import type { ClientMetadata } from '../../src/identity/client-metadata.ts'
import { createProvider } from '../../src/identity/provider.ts'
import { requestListener } from '../../src/identity/request-listener.ts'
import { createSealing } from '../../src/identity/sealing.ts'
import { recordUpkeep } from '../../src/identity/upkeep.ts'
import { keysOfSecret, openSqliteStore } from '../../src/store/index.ts'
import { identityMigrations } from '../../test/identity/migrations.ts'
import { serveMeasurements } from '../gateway/measured.ts'
import { cookieSigner } from '../../src/identity/cookie-signing.ts'
import { API, CUSTOMER, ISSUER } from './world.ts'

/** Of the hashes in events. */
const key = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }
const [, , which = '', file = '', folder = ''] = process.argv
const clients = JSON.parse(readFileSync(file, 'utf8')) as ClientMetadata[] // sound: written by the parent
const keys = await Promise.all(['PS256', 'ES256', 'EdDSA'].map((alg) => signingKey(alg)))
const provider = which === 'ours' ? await ours() : bare()
// The listener says which host and scheme were meant.
provider.proxy = true
const callback = provider.callback()
const serve = requestListener(ISSUER, () => callback)
const server = createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') !== true) serve(request, response)
  else
    agree(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
})
server.keepAliveTimeout = 120_000
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
serveMeasurements((server.address() as AddressInfo).port) // sound: it listens on TCP

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
  return createProvider({
    issuer: ISSUER,
    adapter: recordAdapter({
      store,
      sealing,
      clock: systemClock,
      grantEnds: () => Promise.resolve(),
      roomFor: upkeep.roomFor,
    }),
    keys,
    cookies: cookieSigner([randomBytes(32)]),
    nonceSecret: randomBytes(32),
    clients,
    gateways: new Set(['gateway']),
    resources: [{ identifier: API, scopes: ['accounts'] }],
    isSubject: (id) => Promise.resolve(id === CUSTOMER),
    presented: { of: () => undefined, trusted: () => false, believesSeal: () => false },
    interactionUrl: (uid) => `/interaction/${uid}`,
    decoupled: undefined,
    registrationEndpoint: undefined,
    fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
    clock: systemClock,
    synced: () => store.sync(),
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
    clients,
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
