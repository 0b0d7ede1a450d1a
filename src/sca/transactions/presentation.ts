/** What the customer sees and what his devices need, before he agrees: made from the transaction that the code will be linked to. */
import type { JsonObject } from '../../lib/index.ts'
import { ofKind } from '../factors/book.ts'
import type { AnswerContext, EnrolledFactor, Factor, FactorKind } from '../factors/factor.ts'
import { areStrong } from '../factors/independence.ts'
import type { PayeeAnswer } from '../ledger/question.ts'
import type { LinkedTransaction } from './linked.ts'
import type { Shown } from './shown.ts'
import type { StoredTransaction } from './stored.ts'

export interface Presentation {
  readonly id: string
  readonly kind: LinkedTransaction['kind']
  readonly what?: LinkedTransaction['what']
  /** Of a change of elements: which. */
  readonly element?: string
  readonly client: string
  readonly shown: Shown
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Of each kind that the customer can answer with, what it needs to be asked. */
  readonly questions: Readonly<Partial<Record<FactorKind, JsonObject>>>
  /** Combinations of two kinds, or one, that are strong enough for it. */
  readonly combinations: readonly (readonly FactorKind[])[]
  /** What was found of the payee's name and account when it was decided; absent: no decision wants it, or nobody was asked. */
  readonly payeeCheck?: PayeeAnswer
}

export async function presentation(
  { transaction, expiresAt, asked }: StoredTransaction,
  factors: readonly Factor[],
  enrolled: readonly EnrolledFactor[],
  now: number,
): Promise<Presentation> {
  const { id, kind, what, element, client, shown } = transaction
  const usable = factors.filter((factor) => ofKind(enrolled, factor.kind).length > 0)
  const context: AnswerContext = { transaction, asked, now }
  const questions: Partial<Record<FactorKind, JsonObject>> = {}
  for (const factor of usable)
    questions[factor.kind] = (await factor.question?.(ofKind(enrolled, factor.kind), context)) ?? {}
  return {
    id,
    kind,
    ...(what === undefined ? {} : { what }),
    ...(element === undefined ? {} : { element }),
    client,
    shown,
    expiresAt,
    questions,
    combinations: combinationsOf(usable, kind),
  }
}

/** Of what the customer has, which together are strong enough. */
export function combinationsOf(
  usable: readonly Factor[],
  purpose: LinkedTransaction['kind'],
): readonly (readonly FactorKind[])[] {
  const alone = usable.filter((factor) => areStrong([factor], purpose))
  const rest = usable.filter((factor) => !alone.includes(factor))
  const pairs = rest.flatMap((one, at) => rest.slice(at + 1).map((other) => [one, other]))
  return [
    ...alone.map((factor) => [factor]),
    ...pairs.filter((pair) => areStrong(pair, purpose)),
  ].map((set) => set.map(({ kind }) => kind))
}
