/**
 * Keyed hashes for strong customer authentication. Everything that is a customer's is hashed under that customer's own key, which
 * `gatehouse erase` destroys: afterwards nobody can say whose counters, payees and decisions those were.
 */
import { createHmac, createSecretKey } from 'node:crypto'
import { leafOf, placeOf, type PseudonymKey } from '../../gateway/core/index.ts'
import type { ScaNames } from '../../sca/index.ts'

export function scaNames(keyNow: () => PseudonymKey): ScaNames {
  function named(subject: string, kind: string, value: string): string | undefined {
    const { persons, shared } = keyNow()
    const leaf = leafOf(persons, placeOf(shared, 'subject', subject))
    if (leaf === undefined) return undefined
    return createHmac('sha256', createSecretKey(leaf))
      .update(`sca\0${kind}\0${subject}\0${value}`)
      .digest('base64url')
  }
  return {
    subject: (subject) => named(subject, 'payer', ''),
    of: named,
  }
}
