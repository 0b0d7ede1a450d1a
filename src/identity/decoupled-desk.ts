/**
 * Between a decoupled request and its answer: the consent that waits for it, and what its customer said. The consent decides who was first,
 * so that of two answers at once one counts; and what was answered before a process died is finished by whoever answers again.
 */
import { errors, type Payload, type Provider, type Token } from 'oidc-provider'
import type { Clock } from '../lib/index.ts'
import type { ConsentBook } from './consents/consent-book.ts'
import type { Consent, DeviceAuthentication } from './consents/consent.ts'
import { isOver } from './consents/machine.ts'
import { authenticatedUntil } from './consents/reauthentication.ts'
import type { Regime } from './consents/regime.ts'
import type { Decoupled, DecoupledAnswer, DecoupledDesk, DecoupledRequest } from './decoupled.ts'
import type { ProtectedResource } from './resources.ts'
import { chosenAccounts } from './screens/consent-accounts.ts'
import type { Customers } from './screens/customers.ts'
import { grantFor } from './screens/grants.ts'
import { requestedConsent } from './screens/requested-consent.ts'

export interface DecoupledDeskOptions {
  /** The one of this moment. */
  readonly provider: () => Provider
  readonly book: ConsentBook
  readonly customers: Customers
  readonly regimeOf: (consent: Consent) => Regime | undefined
  readonly resources: readonly ProtectedResource[]
  readonly clock: Clock
  /** False: this was said before. `exp`: how long that is remembered, in seconds since the epoch. */
  readonly first: (name: string, exp: number) => Promise<boolean>
  /** Before an answer is written: that somebody is to be told of it. */
  readonly owe: (request: Token) => Promise<void>
  /** Told of a third party that could not be notified; it is tried again, and may ask all the same. */
  readonly say: (failure: unknown) => void
}
export interface OpenDesk extends DecoupledDesk {
  /** A request was made: the device is asked. @throws InvalidRequest where nothing is asked that a customer could agree to */
  asked(device: Decoupled, request: Token): Promise<void>
}

interface Waiting {
  readonly request: Token
  readonly params: Payload
  readonly consent: Consent
  readonly regime: Regime
  readonly subject: string
}

interface Agreed extends DeviceAuthentication {
  /** When they authenticated, in milliseconds since the epoch. */
  readonly at: number
}

/** Longer than a grant takes to be written. */
const COLLECTING_SECONDS = 60

export function decoupledDesk(options: DecoupledDeskOptions): OpenDesk {
  const { book, customers, clock, say } = options
  const scopes = new Set(options.resources.flatMap((resource) => resource.scopes))

  async function waiting(request: Token): Promise<Waiting | undefined> {
    // A signed request need not name its client in itself; whose it is was proved.
    const params = { ...request.params, client_id: request.clientId }
    const consent = await requestedConsent(book, params, request.jti, scopes)
    const regime = consent && options.regimeOf(consent)
    const subject = request.accountId
    if (consent === undefined || regime === undefined || subject === undefined) return undefined
    return { request, params, consent, regime, subject }
  }
  async function described({ request, params, consent, subject }: Waiting) {
    const client = await options.provider().Client.find(request.clientId)
    const message = params['binding_message']
    return {
      id: request.jti,
      client: request.clientId,
      clientName: client?.clientName ?? request.clientId,
      subject,
      bindingMessage: typeof message === 'string' ? message : undefined,
      consent,
      expiresAt: (request.exp ?? 0) * 1000,
    } satisfies DecoupledRequest
  }
  /** Whatever can still be answered; a consent that is in force already may lack its grant only. */
  async function open(id: string): Promise<Waiting | 'answered' | undefined> {
    const request = await options.provider().BackchannelAuthenticationRequest.find(id)
    if (request === undefined || request.error !== undefined) return undefined
    if (request.grantId !== undefined) return 'answered'
    // Nobody would hear of it: it waits until the client is one again.
    if ((await options.provider().Client.find(request.clientId)) === undefined) return undefined
    const found = await waiting(request)
    return found === undefined || isOver(found.consent) ? undefined : found
  }
  /**
   * The customer answered on a device already, by an approach that has no request for a token (Berlin Group): whoever asks for the token now
   * has it, and they are not asked again (RTS Art. 32(3)). Once, of many at once too: who has a grant and asks anew means that they authenticate
   * anew, and so does who asks when that authentication is over.
   */
  async function agreedBefore({ consent, regime, subject }: Waiting): Promise<Agreed | undefined> {
    const mine = consent.authorisations.find((one) => one.subject === subject)
    if (consent.status !== 'authorised' || mine?.how === undefined) return undefined
    const now = clock.now()
    if ((authenticatedUntil(consent, regime.area, now) ?? Infinity) <= now) return undefined
    if ((await options.provider().Grant.find(consent.id)) !== undefined) return undefined
    // Until there is a grant.
    const exp = Math.floor(now / 1000) + COLLECTING_SECONDS
    if (!(await options.first(`${consent.id} ${mine.at}`, exp))) return undefined
    return { ...mine.how, at: mine.at }
  }
  /** Grant and answer, of a consent in force. */
  async function give(
    { request, regime, subject, params }: Waiting,
    consent: Consent,
    { acr, amr, at }: Agreed,
  ): Promise<void> {
    const provider = options.provider()
    const { resources } = options
    const of = { consent, regime, subject, params, resources, now: clock.now() }
    const grantId = await grantFor(provider, of)
    const rar = (await provider.Grant.find(grantId))?.rar
    const authTime = Math.floor(at / 1000)
    await tell(request, grantId, { acr, amr: [...amr], authTime, ...(rar && { rar }) })
  }
  async function tell(request: Token, result: string | Error, of?: Payload): Promise<void> {
    const { jti } = request
    await options.owe(request)
    try {
      await options.provider().backchannelResult(jti, result, of)
    } catch (error) {
      // It was written before the third party was called.
      const written = await options.provider().BackchannelAuthenticationRequest.find(jti)
      if (written?.grantId === undefined && written?.error === undefined) throw error
      say(error)
    }
  }

  return {
    async asked(device, { jti }) {
      const found = await open(jti)
      if (found === undefined || found === 'answered')
        throw new errors.InvalidRequest('there is no consent that could be authorised')
      const agreed = await agreedBefore(found)
      if (agreed === undefined) return device.ask(await described(found))
      await give(found, found.consent, agreed)
    },
    async find(id) {
      const found = await open(id)
      return found === undefined || found === 'answered' ? undefined : described(found)
    },
    async approve(id, { acr, amr, accounts, sca }): Promise<DecoupledAnswer> {
      const found = await open(id)
      if (found === undefined || found === 'answered') return found === undefined ? 'over' : 'done'
      const { subject } = found
      const theirs = chosenAccounts(found.consent, await customers.accountsOf(subject), accounts)
      if (theirs === undefined) return refused(found)
      const said = await book.act(found.consent.id, {
        kind: 'authorise',
        subject,
        accounts: theirs.map((account) => account.id),
        signatories: Math.max(1, ...theirs.map(({ signatories }) => signatories)),
        ...(sca && { sca }),
      })
      const consent = said.ok ? said.value : await book.peek(found.consent.id)
      if (consent === undefined || isOver(consent)) return 'over'
      if (consent.status !== 'authorised') return 'waits'
      await give(found, consent, { acr, amr, at: clock.now() })
      return 'done'
    },
    async refuse(id) {
      const found = await open(id)
      return found === undefined || found === 'answered' ? 'over' : refused(found)
    },
  }

  async function refused({ request, consent, subject }: Waiting): Promise<DecoupledAnswer> {
    // A consent in force is not ended by who does not want to renew it.
    const said = await book.act(consent.id, { kind: 'refuse', subject })
    if (!said.ok && consent.status !== 'authorised') return 'over'
    await tell(request, new errors.AccessDenied('the customer refused'))
    return 'done'
  }
}
