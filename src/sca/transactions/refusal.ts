/** Why something is not done, in the codes that callers may see. Nothing here tells which element was wrong (RTS Art. 4(3)(a)). */
import type { ErrorCode, PaymentDifference } from '../../lib/index.ts'
import type { TransactionFault } from './linked.ts'
import type { StoredTransaction } from './stored.ts'
import type { TransactionState } from '../tables/index.ts'

export interface ScaRefusal {
  readonly code: Extract<ErrorCode, `GH_SCA_${string}`>
  /** Milliseconds since the epoch from which trying again makes sense. */
  readonly retryAt?: number
  /** Attempts left before a block. */
  readonly attemptsLeft?: number
  /** Of GH_SCA_TRANSACTION_INVALID: all that is wrong with it. */
  readonly faults?: readonly TransactionFault[]
  /** Of GH_SCA_LINK_MISMATCH: fields, never values. */
  readonly differences?: readonly PaymentDifference[]
}
export type Refused = { readonly ok: false; readonly error: ScaRefusal }

export function refused(code: ScaRefusal['code'], more: Omit<ScaRefusal, 'code'> = {}): Refused {
  return { ok: false, error: { code, ...more } }
}

const BY_STATE: Readonly<Record<TransactionState, ScaRefusal['code']>> = {
  open: 'GH_SCA_TRANSACTION_EXPIRED',
  verified: 'GH_SCA_TRANSACTION_SETTLED',
  issued: 'GH_SCA_TRANSACTION_SETTLED',
  redeemed: 'GH_SCA_TRANSACTION_SETTLED',
  void: 'GH_SCA_TRANSACTION_SETTLED',
  refused: 'GH_SCA_TRANSACTION_REFUSED',
  superseded: 'GH_SCA_TRANSACTION_SUPERSEDED',
}

/** Why a transaction is not in `wanted`, or not any more; `undefined`: it is. */
export function notIn(
  wanted: TransactionState,
  stored: StoredTransaction | undefined,
  now: number,
): Refused | undefined {
  if (stored === undefined) return refused('GH_SCA_TRANSACTION_UNKNOWN')
  if (stored.state !== wanted && stored.state !== 'open') return refused(BY_STATE[stored.state])
  if (now >= stored.expiresAt) return refused('GH_SCA_TRANSACTION_EXPIRED')
  return stored.state === wanted ? undefined : refused('GH_SCA_TRANSACTION_OPEN')
}
