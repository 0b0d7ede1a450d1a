/** Payments that were made and wait for their authorisation: where they are kept is the business of `app`. */
import type { InitiateClaim, InitiatedAsked, InitiatedFact } from '../../decide/index.ts'
import { parseJson, type Scheduler } from '../../lib/index.ts'
import type { Asked, Hold } from './claim-desk.ts'
import type { End } from './reservations.ts'

export interface InitiatedPayments {
  /** Durable when it resolves. `id`: as the bank named it. */
  keep(asked: {
    readonly claim: InitiateClaim
    readonly id: string
    readonly decision: string
    /** Milliseconds since the epoch. */
    readonly at: number
  }): Promise<void>
  /** In the order of the ids. */
  find(asked: InitiatedAsked, now: number): Promise<readonly InitiatedFact[]>
}

/** Longest wait for the store; what cannot be looked up by then is not released. */
export const MAX_INITIATED_WAIT_MS = 2_000
/** Longest id that a bank may give. */
export const MAX_PAYMENT_ID_LENGTH = 255

/** What the bank made is kept before its answer leaves. What cannot be kept is not known, and so never released. */
export function holdInitiated(
  claim: InitiateClaim,
  { decision, now }: Asked,
  payments: InitiatedPayments | undefined,
): Hold {
  return {
    awaited: true,
    settle(end, done) {
      const id = idIn(end, claim.idIn)
      if (id === undefined || payments === undefined) return done()
      payments.keep({ claim, id, decision, at: now }).then(done, done)
    },
  }
}

/** The id that the bank gave to what it made; `undefined`: it made nothing, or does not say what. */
function idIn(end: End, member: string): string | undefined {
  if (typeof end !== 'object' || end.status < 200 || end.status > 299 || end.body === null)
    return undefined
  const { body } = end
  try {
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
    const answer: unknown = parseJson(text)
    if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, member))
      return undefined
    const id = (answer as Record<string, unknown>)[member] // sound: it is an object
    return typeof id === 'string' && id !== '' && id.length <= MAX_PAYMENT_ID_LENGTH
      ? id
      : undefined
  } catch {
    return undefined
  }
}

/** Resolves within `MAX_INITIATED_WAIT_MS`, and never rejects. */
export function findInitiated(
  asked: InitiatedAsked,
  now: number,
  payments: InitiatedPayments | undefined,
  scheduler: Scheduler,
): Promise<readonly InitiatedFact[]> {
  const unavailable = asked.ids.map((): InitiatedFact => ({ kind: 'unavailable' }))
  if (payments === undefined) return Promise.resolve(unavailable)
  return new Promise((resolve) => {
    const cancel = scheduler.after(MAX_INITIATED_WAIT_MS, () => resolve(unavailable))
    payments
      .find(asked, now)
      .then(resolve, () => resolve(unavailable))
      .finally(cancel)
  })
}
