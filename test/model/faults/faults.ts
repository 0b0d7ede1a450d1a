/** What may be wrong with a request, or only looks so: each fault changes a recipe in one way. Several together try the order of rules. */
import type { Recipe } from '../recipe.ts'
import type { Around, Fault } from './fault.ts'
import { AUTHENTICATION } from './authentication-faults.ts'
import { AGAIN, BODIES, MESSAGES } from './message-faults.ts'
import { OBJECTS, PAYMENTS } from './payment-faults.ts'
import { PROOFS } from './proof-faults.ts'
import { QUERIES, TARGETS } from './target-faults.ts'
import { TOKENS, TRANSPORT } from './token-faults.ts'
import { DAYS, ORIGINS, VISITS } from './visit-faults.ts'

/** By how often each group is drawn: what refuses early hides what would refuse later. */
const GROUPS: readonly (readonly [weight: number, faults: readonly Fault[]])[] = [
  [1, TARGETS],
  [1, QUERIES],
  [3, TRANSPORT],
  [7, TOKENS],
  [3, PROOFS],
  [4, OBJECTS],
  [9, PAYMENTS],
  [3, AUTHENTICATION],
  [5, MESSAGES],
  [3, BODIES],
  [3, AGAIN],
  [10, VISITS],
  [1, ORIGINS],
  [3, DAYS],
]

/** A fault that this request can have. */
export function drawn(recipe: Recipe, { one }: Pick<Around, 'one'>): Fault {
  for (;;) {
    const group = one(
      ...GROUPS.flatMap(([weight, faults]) => Array.from({ length: weight }, () => faults)),
    )
    const fitting = group.filter(({ fits }) => fits(recipe))
    if (fitting.length > 0) return one(...fitting)
  }
}
