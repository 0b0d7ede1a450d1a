/** The authorization server as one thing: its secret, its keys, its records, and what answers a request. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock, Scheduler } from '../lib/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { Store } from '../store/index.ts'
import { recordAdapter } from './adapter.ts'
import type { Presented } from './certificates.ts'
import { clientAdapter, libraryMetadata } from './client-adapter.ts'
import { openRegistration, type RegistrationSettings } from './clients/open-registration.ts'
import { RegistrationRefused } from './clients/refused.ts'
import { REGISTRATION_PATH } from './clients/registration.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { currentKeys } from './key-ring.ts'
import type { Fetch } from './outbound.ts'
import { createProvider } from './provider.ts'
import { type RequestListener, requestListener } from './request-listener.ts'
import type { ProtectedResource } from './resources.ts'
import { createSealing } from './sealing.ts'
import { recordUpkeep } from './upkeep.ts'

export interface AuthorizationServerOptions {
  readonly issuer: string
  /** All its keys come from it; every node needs the same one. */
  readonly secret: string
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly fetch: Fetch
  /** Clients of the configuration; those that registered are in the store. */
  readonly clients: readonly ClientMetadata[]
  /** Third parties register themselves; `undefined`: they cannot. */
  readonly registration: RegistrationSettings | undefined
  /** `client_id`s of gateways, which may ask about tokens. */
  readonly gateways: readonly string[]
  readonly resources: readonly ProtectedResource[]
  readonly presented: Presented
  /** Told, and waited for, before a consent goes. */
  readonly consentEnds: (id: string) => Promise<void>
  /** Told when keys or records cannot be looked after. */
  readonly say: (failure: unknown) => void
}
export interface AuthorizationServer {
  readonly listener: RequestListener
  /** Looks after keys and ended records at once. */
  look(): Promise<void>
  stop(): void
}

const KEYS_EVERY_MS = 60_000

/** @throws GH_IDENTITY_SECRET, GH_IDENTITY_SEALED, GH_IDENTITY_CLIENT, and what the store throws */
export async function createAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { issuer, store, clock, scheduler, randomBytes, say } = options
  const sealing = createSealing(options.secret, randomBytes)
  const upkeep = recordUpkeep({ store, clock, scheduler, say })
  const records = recordAdapter({
    store,
    sealing,
    clock,
    grantEnds: options.consentEnds,
    roomFor: upkeep.roomFor,
  })
  const adapter = (model: string) => (model === 'Client' ? clientAdapter(store) : records(model))
  const providerOf = (keys: Awaited<ReturnType<typeof currentKeys>>) =>
    createProvider({
      issuer,
      adapter,
      keys,
      cookieKeys: [sealing.derive('cookies', 32).toString('base64url')],
      nonceSecret: sealing.derive('DPoP nonces', 32),
      clients: options.clients,
      gateways: new Set(options.gateways),
      resources: options.resources,
      registrationEndpoint:
        options.registration === undefined ? undefined : `${issuer}${REGISTRATION_PATH}`,
      // Until there is a login, nobody is a customer and nobody can be asked.
      isSubject: () => Promise.resolve(false),
      interactionUrl: undefined,
      decoupled: undefined,
      presented: options.presented,
      fetch: options.fetch,
      clock,
    })

  let stopRegistration = (): void => undefined
  try {
    await upkeep.look()
    let keys = await currentKeys({ store, sealing, clock })
    const first = providerOf(keys)
    for (const { client_id } of options.clients)
      try {
        await first.Client.find(client_id)
      } catch (error) {
        throw new GatehouseError('GH_IDENTITY_CLIENT', `${client_id}: ${descriptionOf(error)}`)
      }
    const registration =
      options.registration === undefined
        ? undefined
        : await openRegistration({
            ...options,
            settings: options.registration,
            sealing,
            scopes: options.resources.flatMap(({ scopes }) => scopes),
            validate(metadata) {
              try {
                void new first.Client(libraryMetadata({ ...metadata }))
              } catch (error) {
                throw new RegistrationRefused('invalid_client_metadata', descriptionOf(error))
              }
            },
          })
    stopRegistration = () => registration?.stop()
    let callback = first.callback()
    const lookAtKeys = async (): Promise<void> => {
      const next = await currentKeys({ store, sealing, clock })
      if (isDeepStrictEqual(next, keys)) return
      keys = next
      callback = providerOf(keys).callback()
    }
    const stopKeys = scheduler.every(KEYS_EVERY_MS, () => void lookAtKeys().catch(say))
    return {
      listener: requestListener(issuer, () => async (request, response) => {
        if ((await registration?.endpoint(request, response)) !== true)
          await callback(request, response)
      }),
      async look() {
        await upkeep.look()
        await registration?.look()
        await lookAtKeys()
      },
      stop() {
        stopKeys()
        stopRegistration()
        upkeep.stop()
      },
    }
  } catch (error) {
    stopRegistration()
    upkeep.stop()
    throw error
  }
}

function descriptionOf(error: unknown): string {
  if (error instanceof Error && 'error_description' in error) return String(error.error_description)
  return 'its metadata cannot be used'
}
