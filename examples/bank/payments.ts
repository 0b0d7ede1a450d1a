/**
 * Payments of the UK Open Banking v4.0 payment-initiation specification. Everything is in memory. The bank orders whatever it is told: it
 * asks nobody whether there is a consent, compares no amount with what was authenticated, knows no idempotency key, looks at no signature,
 * and its answers say more than they should. It keeps consents of its own too, for where there is no authorization server before it.
 */
import { randomUUID } from 'node:crypto'
import { time } from './money.ts'
import type { BankAnswer } from './routes.ts'

/** Kind of an order that came through no API. */
export const WEB_PAYMENT = 'web-payment'
export const PAYMENTS_BASE = '/open-banking/v4.0/pisp'

export interface Intent {
  readonly id: string
  /** `domestic-payment`, `international-standing-order`, … */
  readonly kind: string
  readonly client: string
  /** `Data` of the proposal. */
  readonly data: Readonly<Record<string, unknown>>
  readonly risk: unknown
  readonly at: number
}

export interface Order {
  readonly id: string
  readonly intent: string
  readonly kind: string
  readonly client: string
  readonly data: Readonly<Record<string, unknown>>
  readonly at: number
}

export interface PaymentRequest {
  readonly method: string
  /** Behind `PAYMENTS_BASE`. */
  readonly path: string
  readonly client: string
  /** Parsed JSON; `undefined`: there was none. */
  readonly body: unknown
}

export interface PaymentBook {
  readonly orders: readonly Order[]
  intent(id: string): Intent | undefined
  /** A payment of its own customer in its own web bank, who was authenticated there. */
  own(data: Readonly<Record<string, unknown>>): void
  answer(request: PaymentRequest): BankAnswer
}

/** All that the specification knows but files. */
const KINDS = ['payment', 'scheduled-payment', 'standing-order'].flatMap((what) => [
  `domestic-${what}`,
  `international-${what}`,
])

export function paymentBook(clock: () => number, publicOrigin: string): PaymentBook {
  const intents = new Map<string, Intent>()
  const orders = new Map<string, Order>()
  const link = (path: string): object => ({
    Links: { Self: publicOrigin + PAYMENTS_BASE + path },
    Meta: {},
  })

  function proposed(intent: Intent): object {
    return {
      Data: {
        ConsentId: intent.id,
        CreationDateTime: time(intent.at),
        Status: 'AWAU',
        StatusUpdateDateTime: time(intent.at),
        ...intent.data,
        // The fraud engine's, left in by whoever mapped the answer.
        FraudScore: 0.17,
        CoreReference: `PAY-${intent.id.slice(-6)}`,
      },
      Risk: intent.risk,
      ...link(`/${intent.kind}-consents/${intent.id}`),
    }
  }

  function ordered(order: Order): object {
    return {
      Data: {
        [`${memberOf(order.kind)}Id`]: order.id,
        ConsentId: order.intent,
        CreationDateTime: time(order.at),
        Status: 'ACSP',
        StatusUpdateDateTime: time(order.at),
        Initiation: order.data['Initiation'],
        ClearingQueue: 'fps-out-2',
        DebtorCustomerNumber: 'CIF-104007',
      },
      ...link(`/${order.kind}s/${order.id}`),
    }
  }

  function propose(kind: string, { client, body }: PaymentRequest): BankAnswer {
    const [data, risk] = [member(body, 'Data'), member(body, 'Risk')]
    if (!isObject(data)) return fault(400, 'no Data')
    const intent = { id: `payment-${randomUUID().slice(0, 8)}`, kind, client, data, risk }
    const kept = { ...intent, at: second(clock()) }
    intents.set(kept.id, kept)
    return { status: 201, body: proposed(kept) }
  }

  function order(kind: string, { client, body }: PaymentRequest): BankAnswer {
    const data = member(body, 'Data')
    const intent = String(member(data, 'ConsentId'))
    if (!isObject(data)) return fault(400, 'no Data')
    const kept = { id: randomUUID().slice(0, 13), intent, kind, client, data, at: second(clock()) }
    orders.set(kept.id, kept)
    return { status: 201, body: ordered(kept) }
  }

  function aboutIntent(kind: string, id: string, part: string | undefined): BankAnswer {
    const intent = intents.get(id)
    if (part === undefined)
      return intent === undefined
        ? fault(400, 'no such consent')
        : { status: 200, body: proposed(intent) }
    const now = time(second(clock()))
    const result = { FundsAvailable: true, FundsAvailableDateTime: now }
    const data = { FundsAvailableResult: { ...result, AvailableBalance: '2714.90' } }
    return {
      status: 200,
      body: { Data: data, ...link(`/${kind}-consents/${id}/${part}`) },
    }
  }

  function aboutOrder(found: Order | undefined, part: string | undefined): BankAnswer {
    if (found === undefined) return fault(400, 'no such payment')
    if (part === undefined) return { status: 200, body: ordered(found) }
    const detail = { PaymentTransactionId: found.id, Status: 'ACSP' }
    const status = { ...detail, StatusUpdateDateTime: time(found.at) }
    return {
      status: 200,
      body: { Data: { PaymentStatus: [status] }, ...link(`/${found.kind}s/${found.id}/${part}`) },
    }
  }

  return {
    get orders() {
      return [...orders.values()]
    },
    intent: (id) => intents.get(id),
    own(data) {
      const id = randomUUID().slice(0, 13)
      const at = second(clock())
      orders.set(id, { id, intent: '', kind: WEB_PAYMENT, client: '', data, at })
    },
    answer(request) {
      const [, what = '', id, part] = request.path.split('/')
      const kind = KINDS.find((one) => what === `${one}-consents` || what === `${one}s`)
      if (kind === undefined) return fault(404, 'no such resource')
      const isIntent = what === `${kind}-consents`
      if (request.method === 'POST' && id === undefined)
        return isIntent ? propose(kind, request) : order(kind, request)
      if (request.method !== 'GET' || id === undefined) return fault(405, 'not here')
      if (isIntent) return aboutIntent(kind, id, part)
      // Whose a payment is stands in no consent and no token: of all its checks the bank keeps this one.
      const found = orders.get(id)
      return aboutOrder(found?.client === request.client ? found : undefined, part)
    },
  }
}

/** `domestic-standing-order` → `DomesticStandingOrder`. */
function memberOf(kind: string): string {
  return kind.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** As the specification wants errors, and as core systems fill them. */
function fault(status: number, message: string): BankAnswer {
  const id = randomUUID()
  const Errors = [{ ErrorCode: 'U002', Message: `${message} (core-pay-01.internal)` }]
  return { status, body: { Id: id, Code: `${status}`, Message: message, Errors } }
}

function second(at: number): number {
  return at - (at % 1000)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}
