/** The authorization server of an installation on its own TLS address, with its files kept up with. Loaded only where there is one. */
import type { GatehouseConfig } from '../../config/index.ts'
import { revoke } from '../../feed/index.ts'
import type {
  ClientDesk,
  ConsentDesk,
  EmbeddedMethod,
  Evidence,
  ServerReport,
  StrongOptions,
} from '../../identity/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import type { SealingKeys, Store } from '../../store/index.ts'
import { serverIdentity } from '../transport/server-identity.ts'
import { askResponder } from '../transport/ocsp-client.ts'
import { type Opened, watchedTrust } from '../transport/watched-trust.ts'
import { clientDifferences, readClients } from './client-files.ts'
import { outboundFetch } from './outbound-fetch.ts'
import { openSettings } from './registration-settings.ts'
import { readCustomers } from './read-customers.ts'
import { bankLogin } from './bank-login.ts'
import { listenOverTls } from './tls-address.ts'

export interface IdentityParts {
  readonly config: Pick<GatehouseConfig, 'identity' | 'sca' | 'trustStores' | 'feedDir'>
  readonly store: Store
  /** There are some where `config` has an authorization server. */
  readonly secrets: SealingKeys | undefined
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  /** Told of what cannot be looked after. */
  readonly say: (problem: string) => void
  readonly evidence: Evidence
  /** Authenticates customers strongly; `undefined`: their login is all there is. */
  readonly strong?: StrongOptions | undefined
}
export interface OpenIdentity {
  /** `https://127.0.0.1:9443` */
  readonly origin: string
  readonly problems: readonly string[]
  readonly clients: ClientDesk
  readonly consents: ConsentDesk | undefined
  /** Whether the directory of customers has this one; where there is none, nobody can say, and it is true. @throws GH_IDENTITY_CUSTOMERS_UNREACHABLE */
  isCustomer(subject: string): Promise<boolean>
  report(): Promise<ServerReport>
  /** What this configuration would change of its clients, whose files no setting shows. @throws GH_IDENTITY_CLIENT */
  differences(config: Pick<GatehouseConfig, 'identity'>): readonly string[]
  /** Makes other trust stores and clients ready. @throws GH_GATEWAY_TRUST_FILE, GH_IDENTITY_CLIENT; then those in force stay */
  open(config: Pick<GatehouseConfig, 'trustStores' | 'identity'>): Promise<Opened>
  close(): Promise<void>
}

const FILES_CHECK_MS = 1_000

/**
 * `undefined`: none is configured.
 * @throws GH_IDENTITY_SEALED, GH_IDENTITY_CLIENT, GH_IDENTITY_CUSTOMERS, GH_GATEWAY_TRUST_FILE, GH_GATEWAY_LISTEN_FAILED; then nothing stays open
 */
export async function openIdentity(parts: IdentityParts): Promise<OpenIdentity | undefined> {
  const { config, store, secrets, clock, scheduler, randomBytes, say } = parts
  const { identity } = config
  if (identity === null || secrets === undefined) return undefined
  const { clientDesk, createAuthorizationServer, developmentCustomers } =
    await import('../../identity/index.ts')

  const certificate = serverIdentity({ ...identity, name: 'identity' })
  await certificate.check()
  const trust = watchedTrust(config.trustStores, {
    clock,
    scheduler,
    randomBytes,
    ask: askResponder,
  })
  await trust.check()
  const pair = () => certificate.pair
  const stores = () => trust.stores(identity.trustStores)
  const tls = { pair, stores, storesVersion: () => trust.version, clock }
  const { mtls } = identity
  const address = listenOverTls({ ...tls, asksForCertificates: mtls === null })
  const second = mtls === null ? undefined : listenOverTls({ ...tls, asksForCertificates: true })
  const renew = (): void => {
    address.renew()
    second?.renew()
  }
  const registration =
    identity.registration === null
      ? undefined
      : await openSettings(identity.registration, { clock, scheduler })
  const fetch = outboundFetch({ privateHosts: identity.privateHosts })
  let clients = readClients(identity.clients)
  const ofBank = {
    ...(identity.login === null || identity.customers === null
      ? {}
      : bankLogin(identity.login, identity.customers, { fetch, clock, randomBytes })),
    ...(identity.developmentCustomers === null
      ? {}
      : {
          customers: developmentCustomers(readCustomers(identity.developmentCustomers), clock),
        }),
  }
  const server = await createAuthorizationServer({
    issuer: identity.issuer,
    sealingKeys: secrets,
    store,
    clock,
    scheduler,
    randomBytes,
    fetch,
    clients,
    registration: registration?.settings,
    gateways: identity.gateways,
    resources: identity.resources,
    presented: address.presented,
    ...ofBank,
    ...(identity.approvalPage ? { decoupled: 'page' as const } : {}),
    ...(identity.embeddedApproach ? { embedded: embeddedMethods(config.sca) } : {}),
    ...(mtls === null ? {} : { certificateOrigin: mtls.origin }),
    ...(identity.automaticCustomer === null
      ? {}
      : { automatic: automaticCustomer(identity.automaticCustomer) }),
    ...(identity.brand === null ? {} : { brand: identity.brand }),
    async consentEnds(id) {
      const reason = 'Its grant was revoked at the authorization server'
      const told = await revoke(config.feedDir, `consent:${id}`, reason, clock.now())
      if (!told.ok) throw new GatehouseError('GH_FEED_RECORD_INVALID', told.error[0]?.message)
    },
    evidence: parts.evidence,
    ...(parts.strong === undefined ? {} : { strong: parts.strong }),
    say: (failure) => say(textOf(failure)),
  })
  const problems = (): readonly string[] => [
    ...trust.problems,
    ...[certificate.problem ?? []].flat(),
  ]
  let told = ''
  const stop = scheduler.every(FILES_CHECK_MS, () => void look())
  async function look(): Promise<void> {
    const changed = [await certificate.check(), await trust.check()]
    if (changed.includes(true)) renew()
    const now = problems().join('; ')
    if (now !== told && now !== '') say(`the authorization server: ${now}`)
    told = now
  }
  const close = async (): Promise<void> => {
    stop()
    trust.close()
    server.stop()
    registration?.close()
    await Promise.all([address.close(), second?.close()])
  }
  try {
    const origin = await address.open(identity.listen, server.listener)
    if (mtls !== null) await second?.open(mtls.listen, server.certificateListener)
    return {
      origin,
      consents: server.consents,
      isCustomer: async (subject) => (await ofBank.customers?.exists(subject)) !== false,
      report: server.report,
      clients: clientDesk({ store, clock, check: (metadata) => server.check(metadata) }),
      get problems() {
        return problems()
      },
      differences: (next) => clientDifferences(clients, readClients(next.identity?.clients ?? [])),
      async open(next) {
        const others = readClients(next.identity?.clients ?? [])
        const takeClients = server.openClients(others)
        const opened = await trust.open(next.trustStores)
        return {
          take() {
            opened.take()
            renew()
            takeClients()
            clients = others
          },
          discard: opened.discard,
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Said to be authenticated as well as the best are: what is tried is everything else. */
const automaticCustomer = ({
  subject,
  approves,
  refuses,
}: NonNullable<NonNullable<GatehouseConfig['identity']>['automaticCustomer']>) => ({
  subject,
  acr: 'urn:openbanking:psd2:sca',
  approves: new Set(approves),
  refuses: new Set(refuses),
})

function textOf(failure: unknown): string {
  if (typeof failure === 'string') return failure
  const code = failure instanceof GatehouseError ? failure.code : 'an unexpected failure'
  return `the authorization server cannot look after its keys and records (${code})`
}

/** What a customer can tell a third party, and it is of use to this transaction alone. */
function embeddedMethods(sca: GatehouseConfig['sca']): readonly EmbeddedMethod[] {
  return [
    ...(sca === null || sca.factors.transactionCode === null
      ? []
      : (['transaction-code'] as const)),
    ...(sca === null || sca.sender === null ? [] : (['one-time-code'] as const)),
  ]
}
