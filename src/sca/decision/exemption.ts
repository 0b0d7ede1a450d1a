/** The contract of an exemption: one file each, which says whether its own conditions hold and, if not, which does not. */
import type { Act, Approval, Counter, ExemptionName, ScaContext } from './context.ts'
import type { Clause, ScaRules } from './rules.ts'

/** A sentence for the bank's own people; holds no data of the payer. */
export type Holds = { readonly holds: true } | { readonly holds: false; readonly why: string }

export interface Exemption<A extends Act['kind'] = Act['kind']> {
  readonly name: ExemptionName
  readonly acts: readonly A[]
  /** Where the clause stands. */
  clause(rules: ScaRules): Clause
  judge(
    act: Extract<Act, { readonly kind: A }>,
    context: ScaContext,
    rules: ScaRules,
    approval: Approval,
  ): Holds
}

export const HOLDS: Holds = { holds: true }
export function fails(why: string): Holds {
  return { holds: false, why }
}

/** `amount` within a limit of the law, and within the bank's own where it has a stricter one. */
export function within(
  amount: { readonly value: number | undefined },
  max: number,
  { bankMax }: Approval,
): Holds {
  const { value } = amount
  if (value === undefined)
    return fails('the amount cannot be compared: no rate to the currency of the rules')
  if (!(Number.isSafeInteger(value) && value >= 0)) return fails('the amount is not sound')
  if (value > max) return fails('the amount is above the limit')
  if (bankMax !== undefined && value > bankMax)
    return fails("the amount is above the bank's own, stricter limit")
  return HOLDS
}

/** RTS Art. 11 and 16: *previous* payments since authentication, by the counter that the bank keeps to. */
export function counted(
  { count, sum }: Counter,
  limit: { readonly cumulative: number; readonly count: number },
  { counts }: Approval,
): Holds {
  if (!(count >= 0 && sum >= 0)) return fails('the counters are not sound')
  if (counts === undefined) return fails('the bank has not said which counter it keeps to')
  if (counts === 'sum')
    return sum <= limit.cumulative
      ? HOLDS
      : fails('previous payments since the last authentication sum up to more than the limit')
  return count <= limit.count
    ? HOLDS
    : fails('there were more payments since the last authentication than the limit')
}
