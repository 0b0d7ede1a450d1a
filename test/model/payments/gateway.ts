/** A gateway before a bank, without sockets: the kernel with the rules of payments, the desk of claims, keys and uses in the store. */
import { randomBytes, randomUUID } from 'node:crypto'
import { idempotencyKeys } from '../../../src/app/idempotency-keys.ts'
import {
  type Claims,
  type ConsentFact,
  type Facts,
  type Kernel,
  prepare,
  type Verdict,
} from '../../../src/decide/index.ts'
import { type ClaimOutcome, createClaimDesk } from '../../../src/gateway/core/claim-desk.ts'
import { createUseDesk } from '../../../src/gateway/core/consent-uses.ts'
import { createReservations } from '../../../src/gateway/core/reservations.ts'
import { createWindows } from '../../../src/gateway/core/windows.ts'
import type { Clock, Scheduler } from '../../../src/lib/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { bankApi, bankPlan, BASE, headers, rule, TOKEN } from '../../decide/bank-plan.ts'
import { linearRegex } from '../../support/linear-regex.ts'

export interface Sent {
  readonly client: string
  readonly subject: string
  readonly consentId: string
  readonly key: string
  readonly body: string
}
/** What the bank does with an order: a status, an answer that never comes, or the gateway dies before or after it was sent. */
export type Bank = number | 'silent' | 'died-before' | 'died-after'
export type Paid =
  | { readonly kind: 'sent' }
  /** The kept answer of the first request. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly code: string }

export interface Gateway {
  /** `arrived`: the bank has the order. */
  pay(sent: Sent, consent: ConsentFact, bank: Bank, arrived: () => void): Promise<Paid>
  stop(): void
}

const FIELDS = {
  amount: ['/amount'],
  currency: ['/currency'],
  creditorAccount: ['/payee'],
  creditorName: ['/name'],
  debtorAccount: ['/debtor'],
  frequency: ['/frequency'],
} as const
const RULES = [
  rule('token.validation', 'token-validation', { issuers: ['https://as.bank.test'] }),
  rule('authz.consent', 'consent-bound-access', {
    statuses: ['authorised'],
    permissions: [],
    unmapped: false,
  }),
  rule('sca.dynamicLinking', 'sca-dynamic-linking', {
    mapping: { id: 'one', fields: FIELDS },
    alternatives: [{ id: 'batch', payments: '/payments', fields: FIELDS }],
    free: [],
    consent: 'once',
  }),
  rule('payment.idempotency', 'payment-idempotency', {
    header: 'x-idempotency-key',
    maxKeyLength: 40,
    windowSeconds: 86_400,
  }),
]
const OPERATION = {
  id: 'Pay',
  method: 'POST',
  path: '/payments',
  rules: RULES.map((_, at) => at),
  parameters: [],
  requestBody: { required: true, content: [{ mediaType: 'application/json' }] },
  responses: [{ status: '201', headers: [], content: [] }],
}

export function paymentKernel(): Kernel {
  return prepare(bankPlan(bankApi({ rules: RULES, operations: [OPERATION] })), {
    regex: linearRegex,
  })
}

export function paymentGateway(parts: {
  readonly kernel: Kernel
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
}): Gateway {
  const { kernel, store, clock, scheduler } = parts
  const kept = idempotencyKeys({
    store,
    key: { sign: () => 'a signature of this installation' },
    clock,
    scheduler,
    owner: randomUUID(),
    alone: true,
    say: (failure) => {
      throw failure
    },
  })
  const desk = createClaimDesk({
    windows: createWindows(randomBytes),
    reservations: createReservations(kept.keys),
    uses: createUseDesk(kept.uses),
    quotas: undefined,
    initiated: undefined,
    scheduler,
  })
  const take = (claims: Claims, decision: string): Promise<ClaimOutcome> =>
    new Promise((resolve) =>
      desk.take(claims, { decision, now: clock.now(), monotonic: clock.now() }, resolve),
    )

  return {
    async pay({ client, subject, consentId, key, body }, consent, bank, arrived) {
      const decision = randomUUID()
      const now = clock.now()
      const facts: Facts = {
        now,
        bucket: 0,
        feedAgeMs: 0,
        request: {
          method: 'POST',
          target: `${BASE}/payments`,
          headers: headers({ 'x-idempotency-key': [key] }),
        },
        token: {
          ...TOKEN,
          clientId: client,
          subject,
          consentId,
          issuedAt: now / 1000 - 1,
          notBefore: now / 1000 - 1,
          expiresAt: now / 1000 + 300,
        },
        client: { kind: 'known', id: client, status: 'active' },
        consent,
        body: { kind: 'text', mediaType: 'application/json', text: body },
      }
      const first = kernel.next(facts)
      if (first.kind === 'need') throw new Error(`the kernel lacks ${first.facts.join(', ')}`)
      if (first.kind === 'deny') return { kind: 'refused', code: first.code }
      if (first.kind !== 'claim') throw new Error('a payment that claims nothing')
      const { fact, hold, first: before } = await take(first, decision)
      const verdict = kernel.next({ ...facts, claims: fact, resume: first.resume }) as Verdict
      if (verdict.kind === 'deny') return { kind: 'refused', code: verdict.code }
      if (before?.answer !== undefined) return { kind: 'repeated' }
      if (hold === undefined) throw new Error('a payment that holds nothing')
      if (bank === 'died-before') return { kind: 'sent' }
      arrived()
      if (bank === 'died-after') return { kind: 'sent' }
      const open = bank === 'silent' || bank >= 500
      const end = open ? 'in-doubt' : { status: bank, headers: [], body: '{}' }
      await new Promise<void>((resolve) => hold.settle(end, resolve))
      return { kind: 'sent' }
    },
    stop: kept.stop,
  }
}
