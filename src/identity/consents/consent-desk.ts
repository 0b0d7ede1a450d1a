/** The bank's hand on a consent: to see how it came to be as it is, and to end it. Who the customer is, and which accounts, is not told here. */
import type { Clock } from '../../lib/index.ts'
import type { ConsentBook, ConsentsAsked } from './consent-book.ts'
import type { Consent } from './consent.ts'
import { UNDER_WAY_MS } from './told-uses.ts'
import type { ConsentsEnded, RemovedClients } from './removed-clients.ts'

export interface ConsentView {
  readonly id: string
  readonly client: string
  readonly regime: string
  readonly kind: string
  readonly purpose: string
  readonly status: string
  readonly permissions: readonly string[]
  readonly accounts: number
  readonly payments: number
  /** Customers who authorised it. */
  readonly authorisations: number
  /** Milliseconds since the epoch; `null`: it does not say. */
  readonly expiresAt: number | null
  readonly createdAt: number
  /** Oldest first; of customers only that it was one. */
  readonly history: readonly {
    readonly at: number
    readonly to: string
    readonly by: string
    readonly why: string
  }[]
  /** Payments that were sent under it, oldest first, and whether the bank took them. */
  readonly uses: readonly {
    /** Of the gateway, for `gatehouse explain`. */
    readonly decision: string
    readonly at: number
    readonly state: 'used' | 'under-way' | 'in-doubt'
  }[]
}
type ConsentSummary = Omit<ConsentView, 'history' | 'uses'>
export interface ConsentPage {
  readonly consents: readonly ConsentSummary[]
  /** From where there may be more, though the page is empty; `null`: that was all. */
  readonly next: string | null
}
export interface ConsentDesk {
  list(asked: ConsentsAsked): Promise<ConsentPage>
  /** `undefined`: there is none of this id. */
  show(id: string): Promise<ConsentView | undefined>
  /** `undefined`: it is not there, or over already. */
  end(
    id: string,
    decision: { readonly by: string; readonly reason: string },
  ): Promise<ConsentView | undefined>
  /** What a third party was allowed that was removed; the rest follows by itself. `undefined`: it was not removed, or nothing is left. */
  endOfRemoved(client: string): Promise<ConsentsEnded | undefined>
}

export function consentDesk(
  book: ConsentBook,
  removed: RemovedClients,
  clock: Pick<Clock, 'now'>,
): ConsentDesk {
  const viewOf = async (consent: Consent): Promise<ConsentView> => ({
    ...summaryOf(consent),
    history: historyOf(consent),
    uses: (await book.usesOf(consent.id)).map(({ decision, at, state }) => ({
      decision,
      at,
      state:
        state === 'pending' && clock.now() - at < UNDER_WAY_MS
          ? 'under-way'
          : state === 'used'
            ? state
            : 'in-doubt',
    })),
  })
  return {
    async list(asked) {
      const { consents, next } = await book.page(asked)
      return {
        next,
        consents: consents.map(summaryOf),
      }
    },
    async show(id) {
      const found = await book.peek(id)
      return found && viewOf(found)
    },
    async end(id, { by, reason }) {
      const done = await book.act(id, { kind: 'terminate', staff: by, why: reason })
      return done.ok ? viewOf(done.value) : undefined
    },
    endOfRemoved: (client) => removed.end(client),
  }
}

function summaryOf(consent: Consent): ConsentSummary {
  const { id, client, regime, kind, purpose, status, permissions, createdAt } = consent
  return {
    id,
    client,
    regime,
    kind,
    purpose,
    status,
    permissions,
    accounts: consent.accounts.length,
    payments: consent.payments.length,
    authorisations: consent.authorisations.length,
    expiresAt: consent.expiresAt ?? null,
    createdAt,
  }
}

function historyOf({ history }: Consent): ConsentView['history'] {
  return history.map(({ at, to, by, why }) => ({
    at,
    to,
    by: by.kind === 'bank' || by.kind === 'third-party' ? `${by.kind} ${by.id}` : by.kind,
    why,
  }))
}
