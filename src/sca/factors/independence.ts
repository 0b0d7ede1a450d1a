/** Which factors together are strong (PSD2 Art. 4(30), RTS Art. 9): looked at before any answer is, so that it says nothing of them. */
import type { Purpose } from '../transactions/linked.ts'
import type { Element, Factor } from './factor.ts'

/**
 * Two elements of different categories, of which the breach of one leaves the other; of a payment one is bound to it (RTS Art. 5). Beyond access to
 * accounts, to have something counts only when it answers to the very act: a code by the clock would answer to any.
 */
export function areStrong(factors: readonly Factor[], purpose: Purpose['kind']): boolean {
  if (purpose === 'payment' && !factors.some(({ linked }) => linked)) return false
  const elements = factors.flatMap(({ linked, elements }) =>
    linked || purpose === 'account-access'
      ? elements
      : elements.filter(({ category }) => category !== 'possession'),
  )
  return elements.some((one) => elements.some((other) => areIndependent(one, other)))
}

function areIndependent(one: Element, other: Element): boolean {
  return one.category !== other.category && one.carrier !== other.carrier
}
