/**
 * Transactions that were authenticated. The type has no other maker than this file, and this file makes one of what was proven just now or of
 * what that proof sealed: nobody can hold one that was not.
 */
import type { Sealing } from '../../store/index.ts'
import type { LinkedTransaction } from './linked.ts'
import { openProof, type ProvenFactor, type StoredTransaction } from './stored.ts'

declare const proven: unique symbol

export interface VerifiedTransaction {
  readonly [proven]: true
  readonly transaction: LinkedTransaction
  /** Milliseconds since the epoch. */
  readonly verifiedAt: number
  readonly factors: readonly ProvenFactor[]
}

const made = new WeakSet<VerifiedTransaction>()

/** @throws GH_SCA_SEALED: nothing under seal says that it was authenticated */
export function verifiedTransaction(
  sealing: Sealing,
  stored: StoredTransaction,
): VerifiedTransaction {
  const { at, factors } = openProof(sealing, stored)
  // Sound: the proof was opened, under the name of this transaction and with its digest.
  const verified = {
    transaction: stored.transaction,
    verifiedAt: at,
    factors,
  } as unknown as VerifiedTransaction
  made.add(verified)
  return verified
}

/** @throws TypeError for what did not come from here */
export function assertVerified(verified: VerifiedTransaction): void {
  if (!made.has(verified)) throw new TypeError('"verified" must come from verify()')
}
