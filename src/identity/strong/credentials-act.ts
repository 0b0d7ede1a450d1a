/**
 * Changing one's own elements is an act that may imply a risk of fraud (PSD2 Art. 97(1)(c), RTS Art. 24 and 27): the customer authenticates with
 * what he has, for that very act, and the ledger has the last word. Adding and removing have audiences of their own, and each is bound to the element: an answer
 * to one is none to another.
 */
import type { Clock } from '../../lib/index.ts'
import {
  ENROLMENT_AUDIENCE,
  type FactorKind,
  type Presentation,
  type Purpose,
} from '../../sca/index.ts'
import { type AskedDesk, sendAsk } from './asked-step.ts'
import type { Given } from './confirm-step.ts'
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
const ACT = { kind: 'risky-act', what: 'credentials' } as const
const purposeOf = ({ element }: ElementChange): Purpose => ({ ...ACT, element })
const AUDIENCES = { add: ENROLMENT_AUDIENCE, remove: 'urn:gatehouse:sca:removal' } as const

/** Which kind is added, or the id of what is removed. */
export type ElementChange =
  | { readonly change: 'add'; readonly element: FactorKind }
  | { readonly change: 'remove'; readonly element: string }
export type Confirmed =
  /** The authentication code, which is redeemed once. */
  | { readonly kind: 'done'; readonly code: string }
  | { readonly kind: Exclude<StrongOutcome['kind'], 'done'> }

export interface CredentialsAct {
  /** `avoid`: a kind that is offered last. */
  asking(subject: string, change: ElementChange, avoid?: FactorKind): AskedDesk
  confirm(subject: string, change: ElementChange, given: Given): Promise<Confirmed>
  /** What the code of a removal is spent on; false: it is none of this element, or was spent. */
  mayRemove(subject: string, element: string, code: string): Promise<boolean>
}

export function credentialsAct(
  { transactions, devices, ledger }: Pick<StrongOptions, 'transactions' | 'devices' | 'ledger'>,
  clock: Clock,
): CredentialsAct {
  return {
    asking(subject, change, avoid) {
      const audience = AUDIENCES[change.change]
      const of = { subject, client: OWN_PAGES, audience }
      async function present(id: string): Promise<StrongPresentation | undefined> {
        const shown = await transactions.present(id)
        return shown.ok && isAbout(shown.value, change)
          ? onPage(ordered(shown.value, avoid), clock.now())
          : undefined
      }
      return {
        present,
        async begin() {
          const made = await transactions.create({ ...of, purpose: purposeOf(change) })
          return made.ok ? present(made.value.id) : undefined
        },
        screen: (id) => devices.screen(id, of),
        async ask(id, kind) {
          if ((await devices.screen(id, of))?.state !== 'open') return 'over'
          return (await present(id)) === undefined ? 'over' : sendAsk(transactions, id, kind)
        },
      }
    },

    async confirm(subject, change, { id, answers, network }) {
      const began = clock.now()
      const open = await transactions.present(id)
      if (!open.ok || !isAbout(open.value, change)) return { kind: 'over' }
      const decision = `credentials.${id}`
      const { outcome } = await ledger.decide({ id: decision, subject, act: ACT })
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

    async mayRemove(subject, element, code) {
      const purpose = purposeOf({ change: 'remove', element })
      const of = { code, client: OWN_PAGES, subject, purpose }
      return (await transactions.redeem({ ...of, expectedAudience: AUDIENCES.remove })).ok
    },
  }
}

/** Ours, and of this very element. */
const isAbout = ({ client, element }: Presentation, of: ElementChange): boolean =>
  client === OWN_PAGES && element === of.element

/** Who removes what he lost is asked for the rest, where the rest is enough. */
function ordered(shown: Presentation, avoid: FactorKind | undefined): Presentation {
  if (avoid === undefined) return shown
  const late = (kinds: readonly FactorKind[]): number => Number(kinds.includes(avoid))
  return {
    ...shown,
    combinations: shown.combinations.toSorted((one, other) => late(one) - late(other)),
  }
}
