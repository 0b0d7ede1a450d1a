/**
 * What should be: who is blocked, what is exempt, which transaction is open, what was paid. Lists that are looked through anew each time; nothing
 * of it knows how the store does it.
 */
import type { Agreed } from './orders.ts'
import { same } from './orders.ts'

const MINUTE = 60_000
const DAY = 86_400_000
export const CODE_MS = 300_000
const OPEN_MS = 300_000
const BLOCKS = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 240 * MINUTE, DAY]

export interface Terms {
  readonly monitored: boolean
  /** How payments up to 30 euros are counted; absent: none is exempt. */
  readonly counts?: 'payments' | 'sum' | undefined
}
interface Act {
  readonly outcome: 'exempt' | 'required' | 'refused'
  readonly cents: number
  readonly payments: number
  counts: boolean
  authenticated: boolean
  state: 'open' | 'done' | 'void'
}

export class Payer {
  readonly #acts = new Map<string, Act>()
  #failures = 0
  #blocks = 0
  #blockedUntil = 0
  #rememberUntil = 0

  blocked(now: number): boolean {
    return this.#blockedUntil > now
  }

  /** RTS Art. 4(3)(b): five wrong ones in a row, then a pause that grows. */
  attempt(right: boolean, now: number): 'right' | 'failed' | 'blocked' {
    if (this.blocked(now)) return 'blocked'
    if (this.#blockedUntil !== 0) this.#failures = 0
    this.#blockedUntil = 0
    if (this.#rememberUntil <= now) this.#blocks = 0
    if (right) {
      this.#failures = 0
      return 'right'
    }
    if (++this.#failures < 5) return 'failed'
    const pause = BLOCKS[Math.min(this.#blocks++, BLOCKS.length - 1)] ?? 0
    this.#blockedUntil = now + pause
    this.#rememberUntil = this.#blockedUntil + DAY
    return 'blocked'
  }

  /** RTS Art. 2, 3, 14(1) and 16. */
  decide(
    id: string,
    agreed: readonly Agreed[],
    { monitored, counts }: Terms,
    clear: boolean,
    now: number,
  ): Act['outcome'] {
    const before = this.#acts.get(id)
    if (before !== undefined) return before.outcome
    const cents = agreed.reduce((sum, one) => sum + one.cents, 0)
    const euros = agreed.every(({ currency }) => currency === 'EUR')
    const series = agreed.some(({ frequency }) => frequency !== undefined)
    const payments = agreed.length
    const earlier = [...this.#acts.values()].filter((act) => act.counts)
    const many = earlier.reduce((sum, act) => sum + act.payments, 0) + payments - 1
    const much = earlier.reduce((sum, act) => sum + act.cents, 0) + (payments > 1 ? cents : 0)
    const fits = counts === 'payments' ? many <= 5 : counts === 'sum' && much <= 100_00
    const exempt = monitored && clear && euros && !series && cents <= 30_00 && fits
    const outcome = this.blocked(now) ? 'refused' : exempt ? 'exempt' : 'required'
    const counted = outcome === 'exempt'
    this.#acts.set(id, {
      outcome,
      cents,
      payments,
      counts: counted,
      authenticated: false,
      state: 'open',
    })
    return outcome
  }

  authenticated(id: string): void {
    const act = this.#acts.get(id)
    if (act === undefined || act.state !== 'open' || act.outcome === 'refused') return
    if (act.authenticated) return
    act.authenticated = true
    for (const one of this.#acts.values()) one.counts = false
  }

  settle(id: string, as: 'done' | 'void'): string {
    const act = this.#acts.get(id)
    if (act === undefined) return 'unknown'
    if (act.state !== 'open') return act.state === as ? 'already' : 'contradicted'
    if (as === 'done' && act.outcome !== 'exempt' && !act.authenticated) return 'unauthenticated'
    act.state = as
    if (as === 'void') act.counts = false
    return 'settled'
  }

  get decided(): ReadonlyMap<string, Pick<Act, 'outcome' | 'authenticated' | 'state'>> {
    return this.#acts
  }
}

export interface Transaction {
  readonly id: string
  readonly subject: string
  readonly client: string
  readonly consentId: string | undefined
  readonly payments: readonly Agreed[]
  readonly openedAt: number
  readonly challenge: Buffer
  /** Of the ledger, that wants it. */
  readonly decision: string | undefined
  state: 'open' | 'verified' | 'issued' | 'redeemed' | 'void' | 'refused' | 'superseded'
  code?: { readonly text: string; readonly expiresAt: number }
}

export const isOpen = (one: Transaction, now: number, as: Transaction['state'] = 'open'): boolean =>
  one.state === as && now < one.openedAt + OPEN_MS

export class Transactions {
  readonly all: Transaction[] = []

  open(one: Transaction): void {
    const mine = this.all
      .filter((other) => other.subject === one.subject && isOpen(other, one.openedAt))
      .toSorted((a, b) => b.openedAt - a.openedAt)
    for (const other of mine.slice(4)) other.state = 'superseded'
    this.all.push(one)
  }

  /** A genuine code is spent by whatever is done with it. True: it was for this. */
  redeem(
    code: string,
    of: Pick<Transaction, 'subject' | 'client' | 'consentId' | 'payments'> & {
      readonly here: boolean
    },
    now: number,
  ): boolean {
    const found = this.all.find((one) => one.code?.text === code)
    if (found?.code === undefined || !of.here) return false
    if (now >= found.code.expiresAt || found.state !== 'issued') return false
    const fits =
      found.subject === of.subject &&
      found.client === of.client &&
      found.consentId === of.consentId &&
      same(found.payments, of.payments)
    found.state = fits ? 'redeemed' : 'void'
    return fits
  }
}

export interface ExpectedConsent {
  readonly id: string
  readonly client: string
  /** Each pays once. */
  readonly choices: readonly (readonly Agreed[])[]
  readonly createdAt: number
  readonly expiresAt: number | undefined
  /** `used`: all that it holds was paid, and only answers are given again. */
  status: 'awaiting' | 'authorised' | 'used' | 'over'
  /** Which of the choices were paid. */
  readonly paid: Set<string>
  subject: string
}

export function isPending(consent: ExpectedConsent, now: number): boolean {
  const end = Math.min(consent.createdAt + DAY, consent.expiresAt ?? Infinity)
  return consent.status === 'awaiting' && now < end
}
export function isInForce(consent: ExpectedConsent, now: number): boolean {
  return consent.status === 'authorised' && now < (consent.expiresAt ?? Infinity)
}

/** For gateways: what was paid lets its answers be asked for again. */
export function isKnown(consent: ExpectedConsent, now: number): boolean {
  const inTime = now < (consent.expiresAt ?? Infinity)
  return inTime && (consent.status === 'authorised' || consent.status === 'used')
}

/** What a gateway has sent, under which keys and for which consents. */
export class Sendings {
  readonly #keys = new Map<
    string,
    { content: string; state: 'answered' | 'doubt'; until: number }
  >()
  readonly #uses = new Set<string>()

  /** `refused`: also while nobody knows what became of the one before. */
  take(key: string, content: string, use: string, now: number): 'sent' | 'repeated' | 'refused' {
    const before = this.#keys.get(key)
    if (before !== undefined && now < before.until) {
      if (before.content !== content) return 'refused'
      return before.state === 'answered' ? 'repeated' : 'refused'
    }
    return this.#uses.has(use) ? 'refused' : 'sent'
  }

  /** How a sending ended: the bank's status, or that nobody knows. */
  ended(key: string, content: string, use: string, status: number | undefined, now: number): void {
    const known = status !== undefined && status < 500
    this.#keys.set(key, { content, state: known ? 'answered' : 'doubt', until: now + DAY })
    if (status === undefined || status < 400 || status >= 500) this.#uses.add(use)
  }
}
