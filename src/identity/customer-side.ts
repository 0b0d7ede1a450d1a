/** Consents and their screens beside the library: what it asks of them, and what they answer before it does. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Adapter, Payload, Provider } from 'oidc-provider'
import { type Clock, type Scheduler, singleFlight } from '../lib/index.ts'
import { refreshFeeds, type Store } from '../store/index.ts'
import { approvalPage, deliveries } from './approvals/approval-page.ts'
import { createApprovals } from './approvals/approvals.ts'
import { collectsOnly } from './approvals/device.ts'
import { type AutomaticCustomer, automaticDevice } from './automatic-customer.ts'
import type { Presented } from './certificates.ts'
import type { DecoupledDesk, DecoupledDevice, DecoupledHooks } from './decoupled.ts'
import { decoupledDesk } from './decoupled-desk.ts'
import { EMBEDDED_RECORD, embeddedAuthorisations } from './embedded/embedded.ts'
import type { EmbeddedMethod } from './consents/embedded-authorisations.ts'
import type { Evidence } from './evidence.ts'
import { notifications } from './notifications.ts'
import type { RequestedConsents } from './consent-hooks.ts'
import { berlinGroup } from './consents/berlin-group/face.ts'
import { callerGate, type OpaqueToken } from './consents/caller.ts'
import { consentBook, type ConsentBook } from './consents/consent-book.ts'
import { type RemovedClients, removedClients } from './consents/removed-clients.ts'
import { consentListener } from './consents/consent-listener.ts'
import { recordOf } from './consents/gateway-record.ts'
import { isOver } from './consents/machine.ts'
import { OAUTH } from './consents/oauth/regime.ts'
import type { Regime } from './consents/regime.ts'
import { scaOutcomeOf } from './consents/sca-outcome.ts'
import { ukObie } from './consents/uk-obie/face.ts'
import { LOGIN_CALLBACK, type LoginDesk, loginDesk } from './login/login-desk.ts'
import { openidLogin, type OpenidLoginOptions } from './login/openid-login.ts'
import type { Fetch } from './outbound.ts'
import type { ProtectedResource } from './resources.ts'
import { firstOnDisk } from './replays.ts'
import type { Customers } from './screens/customers.ts'
import { customerScreens } from './screens/screens.ts'
import { type Brand, DEFAULT_BRAND } from './screens/style.ts'
import type { Sealing } from './sealing.ts'
import { scaResources } from './strong/sca-resources.ts'
import { strongAuthentication, type StrongOptions } from './strong/strong.ts'

/** The bank's own login, as its OpenID provider has it. */
export type BankLogin = Omit<OpenidLoginOptions, 'redirectUri' | 'fetch' | 'clock' | 'randomBytes'>
export interface CustomerSideOptions {
  readonly issuer: string
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  readonly customers: Customers
  /** `undefined`: customers log in here. */
  readonly bankLogin?: BankLogin
  readonly fetch: Fetch
  readonly brand: Brand | undefined
  readonly resources: readonly ProtectedResource[]
  /** Whether it is a client of the configuration, at this moment: the bank's own. */
  readonly isConfigured: (client: string) => boolean
  readonly presented: Presented
  /** Asks customers on a device of theirs; `page`: on a page of our own that plays it; `undefined`: they are asked in a browser only. */
  readonly decoupled?: DecoupledDevice | 'page'
  /** What third parties may bring of customers themselves, beside the passcode; empty: nothing. Counts where there is strong authentication. */
  readonly embedded?: readonly EmbeddedMethod[]
  readonly records: (model: string) => Adapter
  readonly evidence: Evidence
  /** Authenticates them strongly; `undefined`: their login is all there is. */
  readonly strong?: StrongOptions
  /** Test runs only. */
  readonly automatic?: AutomaticCustomer
  /** The one of this moment. */
  readonly provider: () => Provider
  /** Private JWKs of this moment. */
  readonly keys: () => readonly Payload[]
  readonly say: (failure: unknown) => void
}
export interface CustomerSide {
  readonly book: ConsentBook
  readonly removed: RemovedClients
  readonly requested: RequestedConsents
  readonly decoupled: (DecoupledHooks & { readonly desk: DecoupledDesk }) | undefined
  /** Ends and delivers what is due. */
  look(): Promise<void>
  /** True: it is answered here. */
  serve(request: IncomingMessage, response: ServerResponse): boolean
  stop(): void
}

const LOOK_EVERY_MS = 30_000
/** Of what is owed longer than a try takes there is little: whoever answered was ended, or the third party was away. */
const NOTIFY_EVERY_MS = 5_000
/** At what another process is doing. */
const LOOK_AGAIN_MS = 20
/** What gateways say of uses: with their own look, other gateways know within a second. */
const HEAR_EVERY_MS = 250

export function customerSide(options: CustomerSideOptions): CustomerSide {
  const { store, sealing, clock, scheduler, randomBytes, say, resources, customers } = options
  const { evidence } = options
  const origin = new URL(options.issuer).origin
  const regimes = new Map<string, Regime>([[OAUTH.name, OAUTH]])
  const regimeOf = ({ regime }: { readonly regime: string }) => regimes.get(regime)
  const endGrant = async ({ id }: { readonly id: string }): Promise<void> =>
    (await options.provider().Grant.find(id))?.destroy()
  const book = consentBook({
    store,
    sealing,
    clock,
    randomBytes,
    evidence,
    recordFor: (consent) => recordOf(consent, regimeOf(consent), clock.now()),
    async changed(consent) {
      // The gateway of this process knows before the third party does; others within their time.
      await refreshFeeds(store)
      // What is left of it here goes too; of one that was used, what could make a token: those that are there still have their answers again.
      if (consent.status === 'consumed')
        await options.provider().RefreshToken.revokeByGrantId(consent.id)
      else if (isOver(consent)) await endGrant(consent)
    },
    forgotten: endGrant,
    pause: () => new Promise((resolve) => void scheduler.after(LOOK_AGAIN_MS, resolve)),
  })
  const removed = removedClients({ store, clock, book })
  const now = (): number => clock.now()
  const notified = notifications(options)
  const desk = decoupledDesk({
    ...options,
    owe: notified.owe,
    book,
    regimeOf,
    first: (jti, exp) => firstOnDisk(options.provider(), store, { issuer: 'collected', jti, exp }),
  })
  const approvals = createApprovals({
    ...options,
    deliver: deliveries(book, customers, () => desk),
  })
  const page = options.decoupled === 'page' ? approvalPage({ ...options, approvals }) : undefined
  const strong =
    options.strong && strongAuthentication(options.strong, { clock, origin, customers })
  const { embedded: methods = [] } = options
  const embedded =
    strong === undefined || methods.length === 0
      ? undefined
      : embeddedAuthorisations({
          ...options,
          methods,
          approvals,
          strong,
          book,
          records: options.records(EMBEDDED_RECORD),
        })
  const ways = options.automatic ? automaticDevice(options.automatic, options) : options.decoupled
  const ownDevice = page?.device ?? (embedded && collectsOnly(customers))
  const device = typeof ways === 'function' ? ways({ desk, book }) : ownDevice
  const faces = [
    ukObie({ book, origin, now, randomUuid: randomUUID }),
    berlinGroup({ book, origin, now, device: page?.authorisations, embedded }),
  ]
  for (const face of faces) regimes.set(face.name, face)

  const judge = callerGate({
    issuer: options.issuer,
    audiences: new Set(resources.map(({ identifier }) => identifier)),
    keySet: publicKeys(options.keys),
    presented: options.presented,
    clock,
    first: (issuer, jti, exp) =>
      firstOnDisk(options.provider(), options.store, { issuer, jti, exp }),
    isClient: async (id) => (await options.provider().Client.find(id)) !== undefined,
    opaque: (token) => opaqueToken(options.provider(), token),
  })
  const own =
    options.strong &&
    scaResources({
      ...options.strong,
      callers: { has: options.isConfigured },
      evidence,
      say,
    })
  const served = own === undefined ? faces : [...faces, own]
  const resource = consentListener({ faces: served, judge, evidence, say })
  const screens = customerScreens({
    loginDesk: options.bankLogin && atBank(options, options.bankLogin),
    provider: options.provider,
    origin,
    book,
    customers,
    regimeOf,
    resources,
    sealing,
    brand: options.brand ?? DEFAULT_BRAND,
    ...(options.automatic === undefined ? {} : { automatic: options.automatic }),
    clock,
    randomBytes,
    approvals: page?.approvals,
    elements: options.strong,
    evidence,
    ...(strong === undefined ? {} : { strong }),
    say,
  })
  async function look(): Promise<void> {
    await approvals.look()
    await book.look()
    await book.hearUses()
  }
  const stopLooking = scheduler.every(LOOK_EVERY_MS, () => void look().catch(say))
  // Apart from the other look: of one third party there may be a million.
  const ending = singleFlight(() => removed.look())
  const stopEnding = scheduler.every(LOOK_EVERY_MS, () => void ending.start().catch(say))
  // A store that does not answer is told of by the other look.
  const hearing = singleFlight(() => book.hearUses().catch(() => undefined))
  const stopHearing = scheduler.every(HEAR_EVERY_MS, () => void hearing.start())
  const notifying = singleFlight(() => notified.look())
  const stopNotifying = scheduler.every(NOTIFY_EVERY_MS, () => void notifying.start().catch(say))
  return {
    book,
    removed,
    requested: {
      async mayBeAuthorised(id, client) {
        const consent = await book.find(id, client)
        return consent !== undefined && !isOver(consent)
      },
      async inForce(id) {
        const consent = await book.peek(id)
        return consent?.status === 'authorised' ? { sca: scaOutcomeOf(consent) } : undefined
      },
    },
    decoupled: device && {
      desk,
      subjectOf: (hint) => device.subjectOf(hint),
      asked: (request) => desk.asked(device, request),
      sent: notified.sent,
    },
    async look() {
      await look()
      await ending.next()
      await notifying.next()
    },
    serve: (request, response) =>
      resource(request, response) ||
      device?.serve?.(request, response) === true ||
      screens(request, response),
    stop() {
      stopLooking()
      stopEnding()
      stopNotifying()
      stopHearing()
    },
  }
}

function atBank(options: CustomerSideOptions, bankLogin: BankLogin): LoginDesk {
  const redirectUri = `${new URL(options.issuer).origin}${LOGIN_CALLBACK}`
  return loginDesk({
    ...options,
    login: openidLogin({ ...options, ...bankLogin, redirectUri }),
    first: (jti, exp) =>
      firstOnDisk(options.provider(), options.store, { issuer: 'login', jti, exp }),
  })
}

/** As JSON; made anew when there are other keys. */
function publicKeys(keys: () => readonly Payload[]): () => string {
  let of: readonly Payload[] | undefined
  let text = ''
  return () => {
    const now = keys()
    if (now !== of) {
      of = now
      // EC keys sign access tokens; what makes them private stays here.
      const open = now.map(({ kty, kid, use, alg, crv, x, y }) => ({
        kty,
        kid,
        use,
        alg,
        crv,
        x,
        y,
      }))
      text = JSON.stringify({ keys: open.filter(({ kty }) => kty === 'EC') })
    }
    return text
  }
}

async function opaqueToken(provider: Provider, token: string): Promise<OpaqueToken | undefined> {
  const found = await provider.ClientCredentials.find(token)
  if (found === undefined) return undefined
  return {
    clientId: found.clientId,
    scopes: new Set((found.scope ?? '').split(' ')),
    audience: found.aud ?? '',
    jkt: found.jkt,
    x5t: found['x5t#S256'],
  }
}
