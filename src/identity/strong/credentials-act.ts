/**
 * Changing one's own elements is an act that may imply a risk of fraud (PSD2 Art. 97(1)(c), RTS Art. 24 and 27): the customer authenticates with
 * what he has, for that very act, and the ledger has the last word. Adding and removing have audiences of their own, so that an answer to one is none to the other.
 */
import type { Clock } from '../../lib/index.ts'
import {
  type Answer,
  ENROLMENT_AUDIENCE,
  type FactorKind,
  type Presentation,
} from '../../sca/index.ts'
import {
  CATEGORY,
  onPage,
  outcomeOf,
  type StrongOptions,
  type StrongOutcome,
  type StrongPresentation,
} from './strong.ts'

/** Of transactions that our own pages begin; no third party has this id. */
export const OWN_PAGES = 'urn:gatehouse:sca:own-pages'
const PURPOSE = { kind: 'risky-act', what: 'credentials' } as const
const AUDIENCES = { add: ENROLMENT_AUDIENCE, remove: 'urn:gatehouse:sca:removal' } as const

export type Change = keyof typeof AUDIENCES
export type Confirmed =
  /** The authentication code, which is redeemed once. */
  | { readonly kind: 'done'; readonly code: string }
  | { readonly kind: Exclude<StrongOutcome['kind'], 'done'> }

export interface CredentialsAct {
  /** `again`: the transaction that was shown, as long as it is open. `avoid`: a kind that is offered last. */
  ask(
    subject: string,
    change: Change,
    of?: { readonly again?: string | undefined; readonly avoid?: FactorKind },
  ): Promise<StrongPresentation | undefined>
  confirm(
    subject: string,
    of: { readonly id: string; readonly answers: readonly Answer[]; readonly network: string },
  ): Promise<Confirmed>
  /** What the code of a removal is spent on; false: it is none, or was spent. */
  mayRemove(subject: string, code: string): Promise<boolean>
}

export function credentialsAct(
  { transactions, ledger }: Pick<StrongOptions, 'transactions' | 'ledger'>,
  clock: Clock,
): CredentialsAct {
  return {
    async ask(subject, change, { again, avoid } = {}) {
      const open = again === undefined ? undefined : await transactions.present(again)
      if (open?.ok === true && open.value.client === OWN_PAGES)
        return onPage(ordered(open.value, avoid), clock.now())
      const audience = AUDIENCES[change]
      const made = await transactions.create({
        subject,
        client: OWN_PAGES,
        audience,
        purpose: PURPOSE,
      })
      const shown = made.ok ? await transactions.present(made.value.id) : made
      return shown.ok ? onPage(ordered(shown.value, avoid), clock.now()) : undefined
    },

    async confirm(subject, { id, answers, network }) {
      const began = clock.now()
      const open = await transactions.present(id)
      if (!open.ok || open.value.client !== OWN_PAGES) return { kind: 'over' }
      const decision = `credentials.${id}`
      const { outcome } = await ledger.decide({ id: decision, subject, act: PURPOSE })
      if (outcome === 'refused') return { kind: 'blocked' }
      const verified = await transactions.verify({ id, answers, network })
      if (!verified.ok) return { kind: outcomeOf(verified.error.code) }
      const { transaction, factors } = verified.value
      const issued = await transactions.issue(verified.value)
      if (!issued.ok || transaction.subject !== subject) return { kind: 'over' }
      const kinds = factors.map(({ kind }) => kind)
      await ledger.authenticated(decision, {
        result: 'succeeded',
        method: kinds.join('+'),
        durationMs: Math.max(0, clock.now() - began),
        factors: kinds.flatMap((kind) => CATEGORY[kind]),
      })
      const settled = await ledger.settle(decision, 'done')
      return settled === 'settled' ? { kind: 'done', code: issued.value.code } : { kind: 'over' }
    },

    async mayRemove(subject, code) {
      const of = { code, client: OWN_PAGES, subject, purpose: PURPOSE }
      return (await transactions.redeem({ ...of, expectedAudience: AUDIENCES.remove })).ok
    },
  }
}

/** Who removes what he lost is asked for the rest, where the rest is enough. */
function ordered(shown: Presentation, avoid: FactorKind | undefined): Presentation {
  if (avoid === undefined) return shown
  const late = (kinds: readonly FactorKind[]): number => Number(kinds.includes(avoid))
  return {
    ...shown,
    combinations: shown.combinations.toSorted((one, other) => late(one) - late(other)),
  }
}
