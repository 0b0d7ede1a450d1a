/** The authorization server as one thing: its keys, its records, and what answers a request. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock, Scheduler } from '../lib/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { Provider } from 'oidc-provider'
import { passingKeys, type SealingKeys, type Store } from '../store/index.ts'
import { recordAdapter, recordFinder } from './adapter.ts'
import type { AutomaticCustomer } from './automatic-customer.ts'
import type { Presented } from './certificates.ts'
import { clientAdapter, libraryMetadata } from './client-adapter.ts'
import { clientKeys } from './clients/client-keys.ts'
import { openRegistration, type RegistrationSettings } from './clients/open-registration.ts'
import { RegistrationRefused } from './clients/refused.ts'
import { REGISTRATION_PATH } from './clients/registration.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { EmbeddedMethod } from './consents/embedded-authorisations.ts'
import { type ConsentDesk, consentDesk } from './consents/consent-desk.ts'
import { isOver } from './consents/machine.ts'
import { type BankLogin, type CustomerSide, customerSide } from './customer-side.ts'
import type { DecoupledDesk, DecoupledDevice } from './decoupled.ts'
import type { Evidence } from './evidence.ts'
import { introspection } from './introspection.ts'
import { currentKeys, signingWith } from './key-ring.ts'
import type { Fetch } from './outbound.ts'
import { createProvider } from './provider.ts'
import { type RequestListener, requestListener, withoutPages } from './request-listener.ts'
import type { ProtectedResource } from './resources.ts'
import type { Customers } from './screens/customers.ts'
import type { Brand } from './screens/style.ts'
import { createSealing } from './sealing.ts'
import { type ServerReport, serverReport } from './server-report.ts'
import type { StrongOptions } from './strong/strong.ts'
import { cookieSigner } from './cookie-signing.ts'
import { recordUpkeep } from './upkeep.ts'

export interface AuthorizationServerOptions {
  readonly issuer: string
  /** Of the installation; every node has the same. */
  readonly sealingKeys: SealingKeys
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly fetch: Fetch
  /** Clients of the configuration; those that registered are in the store. */
  readonly clients: readonly ClientMetadata[]
  /** Third parties register themselves; `undefined`: they cannot. */
  readonly registration: RegistrationSettings | undefined
  /** Where certificates of clients are asked for, if not at the issuer's own address. */
  readonly certificateOrigin?: string
  /** `client_id`s of gateways, which may ask about tokens. */
  readonly gateways: readonly string[]
  readonly resources: readonly ProtectedResource[]
  readonly presented: Presented
  /** Who logs in, and whose accounts there are; `undefined`: nobody, and no authorization is completed in a browser. */
  readonly customers?: Customers
  /** Where they log in; `undefined`: here. */
  readonly bankLogin?: BankLogin
  /** Asks them on a device of theirs (CIBA); `undefined`, or without customers: there is no such endpoint. */
  readonly decoupled?: DecoupledDevice | 'page'
  /** Authenticates them strongly, where the decision says so; `undefined`: their login is all there is. */
  readonly strong?: StrongOptions
  /** What third parties may bring of customers themselves (Berlin Group, embedded); absent: nothing. */
  readonly embedded?: readonly EmbeddedMethod[]
  /** Test runs only: a customer who answers by itself, in the browser and on a device. */
  readonly automatic?: AutomaticCustomer
  /** What pages say of the bank. */
  readonly brand?: Brand
  /** Told, and waited for, before a consent goes that is kept elsewhere. */
  readonly consentEnds: (id: string) => Promise<void>
  /** Each act is recorded before it counts. */
  readonly evidence: Evidence
  /** Told when keys or records cannot be looked after. */
  readonly say: (failure: unknown) => void
}
export interface AuthorizationServer {
  readonly listener: RequestListener
  /** `undefined`: there are no customers. */
  readonly consents: ConsentDesk | undefined
  /** The same at `certificateOrigin`, but for what browsers open. */
  readonly certificateListener: RequestListener
  /** Where devices answer; `undefined`: nobody is asked on one. */
  readonly decoupled: DecoupledDesk | undefined
  /** Judges other clients of the configuration; what it gives puts all of them in force. @throws GH_IDENTITY_CLIENT; then those before stay */
  openClients(clients: readonly ClientMetadata[]): () => void
  /** What a client may not be. @throws GH_IDENTITY_CLIENT */
  check(metadata: ClientMetadata): void
  report(): Promise<ServerReport>
  /** Looks after keys and ended records at once. */
  look(): Promise<void>
  stop(): void
}

type Keys = Awaited<ReturnType<typeof currentKeys>>

const KEYS_EVERY_MS = 60_000

/** @throws GH_IDENTITY_SEALED, GH_IDENTITY_CLIENT, and what the store throws */
export async function createAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { issuer, store, clock, scheduler, randomBytes, evidence, say } = options
  const sealing = createSealing(options.sealingKeys, randomBytes)
  const upkeep = recordUpkeep({ store, clock, scheduler, say })
  let provider: Provider
  let keys: Keys = []
  const records = recordAdapter({
    store,
    sealing,
    clock,
    grantEnds: (id) => endConsent(id),
    roomFor: upkeep.roomFor,
  })
  let configured = byId(options.clients)
  const theirKeys = clientKeys({ ...options, configured: () => [...configured.values()] })
  const registered = clientAdapter(store, (id) => configured.get(id))
  const adapter = (model: string) => (model === 'Client' ? registered : records(model))
  const introspect = introspection({
    ...options,
    configured: (id) => configured.get(id),
    gateways: new Set(options.gateways),
    find: recordFinder({ store, sealing, clock }),
    isClient: async (id) => (await registered.find(id)) !== undefined,
  })
  const side: CustomerSide | undefined =
    options.customers &&
    customerSide({
      ...options,
      sealing,
      records,
      customers: options.customers,
      isConfigured: (id) => configured.has(id),
      brand: options.brand,
      provider: () => provider,
      keys: () => keys,
    })
  const passing = (purpose: string) => passingKeys(options.sealingKeys, `identity ${purpose}`)
  const providerOf = (keys: Keys) =>
    createProvider({
      issuer,
      adapter,
      keys,
      cookies: cookieSigner(passing('cookies')),
      nonceSecret: passing('DPoP nonces')[0],
      clients: [],
      gateways: new Set(options.gateways),
      resources: options.resources,
      registrationEndpoint:
        options.registration === undefined ? undefined : `${issuer}${REGISTRATION_PATH}`,
      ...(options.certificateOrigin === undefined
        ? {}
        : { certificateOrigin: options.certificateOrigin }),
      isSubject: (id) => options.customers?.exists(id) ?? Promise.resolve(false),
      interactionUrl: side && ((uid) => `/interaction/${uid}`),
      ...(side === undefined ? {} : { consents: side.requested }),
      ...(options.strong === undefined ? {} : { strongAcr: options.strong.acr }),
      acrValues: acrValuesOf(options),
      ...(options.brand === undefined ? {} : { brand: options.brand }),
      decoupled: side?.decoupled,
      presented: options.presented,
      fetch: theirKeys.fetch,
      clock,
      evidence,
      synced: () => store.sync(),
      say,
    })

  let stopRegistration = (): void => undefined
  /** With which keys this process signs from now on. */
  async function tellSigning(next: Keys, before: Keys): Promise<void> {
    const old = signingWith(before)
    for (const [purpose, kid] of signingWith(next))
      if (old.get(purpose) !== kid)
        await evidence.write({
          action: 'key-sign',
          outcome: 'done',
          by: 'gatehouse',
          purpose,
          before: old.get(purpose),
          after: kid,
          keys: [kid],
        })
  }
  /** A grant that goes takes its consent with it, if nobody has ended it yet. */
  async function endConsent(id: string): Promise<void> {
    const consent = await side?.book.peek(id)
    if (consent === undefined) return options.consentEnds(id)
    if (!isOver(consent)) await side?.book.act(id, { kind: 'cancel', client: consent.client })
  }

  try {
    await upkeep.look()
    keys = await currentKeys({ store, sealing, clock, evidence })
    await tellSigning(keys, [])
    let secrets = options.sealingKeys.secrets
    provider = providerOf(keys)
    const load = (metadata: ClientMetadata): void =>
      void new provider.Client(libraryMetadata({ ...metadata }))
    const judgeClients = (clients: readonly ClientMetadata[]): void => {
      for (const client of clients)
        try {
          load(client)
        } catch (error) {
          const why = `${client.client_id}: ${descriptionOf(error)}`
          throw new GatehouseError('GH_IDENTITY_CLIENT', why)
        }
    }
    judgeClients(options.clients)
    const registration =
      options.registration === undefined
        ? undefined
        : await openRegistration({
            ...options,
            settings: options.registration,
            sealing,
            scopes: options.resources.flatMap(({ scopes }) => scopes),
            // What is left of its consents then ends by and by.
            removed: async (id) => void (await side?.removed.end(id).catch(say)),
            validate(metadata) {
              try {
                load(metadata)
              } catch (error) {
                throw new RegistrationRefused('invalid_client_metadata', descriptionOf(error))
              }
            },
          })
    stopRegistration = () => registration?.stop()
    let callback = provider.callback()
    const lookAtKeys = async (): Promise<void> => {
      const next = await currentKeys({ store, sealing, clock, evidence })
      if (isDeepStrictEqual(next, keys) && isDeepStrictEqual(secrets, options.sealingKeys.secrets))
        return
      await tellSigning(next, keys)
      keys = next
      secrets = options.sealingKeys.secrets
      provider = providerOf(keys)
      callback = provider.callback()
    }
    const listenerAt = (origin: string): RequestListener =>
      requestListener(
        origin,
        () => async (request, response) => {
          if (await introspect(request, response)) return
          if ((await registration?.endpoint(request, response)) !== true)
            await callback(request, response)
        },
        side?.serve,
      )
    const stopKeys = scheduler.every(KEYS_EVERY_MS, () => void lookAtKeys().catch(say))
    return {
      listener: listenerAt(issuer),
      certificateListener: withoutPages(listenerAt(options.certificateOrigin ?? issuer)),
      decoupled: side?.decoupled?.desk,
      consents: side && consentDesk(side.book, side.removed, clock),
      openClients(clients) {
        judgeClients(clients)
        return () => {
          configured = byId(clients)
        }
      },
      check(metadata) {
        try {
          load(metadata)
        } catch (error) {
          throw new GatehouseError('GH_IDENTITY_CLIENT', descriptionOf(error))
        }
      },
      report: () => serverReport({ issuer, store, clock, configured: configured.size }),
      async look() {
        await upkeep.look()
        await registration?.look()
        await theirKeys.look()
        await lookAtKeys()
        await side?.look()
      },
      stop() {
        stopKeys()
        stopRegistration()
        theirKeys.stop()
        upkeep.stop()
        side?.stop()
      },
    }
  } catch (error) {
    stopRegistration()
    theirKeys.stop()
    upkeep.stop()
    side?.stop()
    throw error
  }
}

const byId = (clients: readonly ClientMetadata[]): ReadonlyMap<string, ClientMetadata> =>
  new Map(clients.map((client) => [client.client_id, client]))

function descriptionOf(error: unknown): string {
  if (error instanceof Error && 'error_description' in error) return String(error.error_description)
  return 'its metadata cannot be used'
}

/** How a login is, by whom there is; a bank's that is not told what to ask for promises nothing. */
function acrValuesOf({
  automatic,
  bankLogin,
  customers,
}: AuthorizationServerOptions): readonly string[] {
  const own = bankLogin === undefined ? customers?.acrValues : bankLogin.acrValues
  return [...new Set([...(own ?? []), ...(automatic === undefined ? [] : [automatic.acr])])]
}
