/** Units over what a customer authenticated and that pays once: rows of the idempotency keys, whose id no key has. */
import { defineUnit } from '../unit.ts'
import { endKey, findKey, type KeyReservation, type Steps, takeKey } from './units.ts'

type UseState =
  | { readonly kind: 'taken' }
  /** It was used for the very same before, and may be again; there is nothing to settle. */
  | { readonly kind: 'same' }
  /** By `decision`, for something else, or still under way. */
  | { readonly kind: 'in-use' | 'used' | 'in-doubt'; readonly decision: string }

/** `digest`: what it is used for. Of many at once one takes it. */
export function* reserveUseUnit(asked: KeyReservation): Steps<UseState> {
  const { id, digest, owner, abandonedBefore } = asked
  if ((yield takeKey(asked)).length === 1) return { kind: 'taken' }
  const [row] = yield findKey({ id })
  // Given back between the two statements, where the database lets that be: whoever had it is done, and who asks again takes it.
  if (row === undefined) return { kind: 'in-use', decision: '' }
  const decision = String(row['decision'])
  const held = row['state'] === 'pending' && row['owner'] !== owner
  // Only its holder may give it back, so that nobody uses it in between: not even for the very same.
  if (held && Number(row['at']) > abandonedBefore) return { kind: 'in-use', decision }
  if (row['digest'] === digest) return { kind: 'same' }
  return { kind: row['state'] === 'answered' ? 'used' : 'in-doubt', decision }
}

interface UseSettlement {
  readonly id: string
  readonly decision: string
  /** Else whether it was is not known. */
  readonly used: boolean
}

/** Only of the request that took it, and once. */
export function* settleUseUnit({ id, decision, used }: UseSettlement): Steps<boolean> {
  const state = used ? 'answered' : 'doubt'
  return (yield endKey({ id, decision, state, answer: null })).length === 1
}

export const reserveUse = defineUnit(import.meta.url, 'reserveUseUnit', reserveUseUnit)
export const settleUse = defineUnit(import.meta.url, 'settleUseUnit', settleUseUnit)
