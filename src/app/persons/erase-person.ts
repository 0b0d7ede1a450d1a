/**
 * Destroys the keys of one person. Order: *lock → line in the log, synced → tree replaced, the old one overwritten*. Whoever dies between the
 * last two destroys the keys at the next start: the log has the last word. A running instance notices within a second.
 */
import { join } from 'node:path'
import { placeOf, withoutLeaf } from '../../gateway/core/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { holdLock } from '../../store/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { appendErasure, type Erasure } from './erasure-log.ts'
import { hasKeys, pseudonymKey, writeTree } from './key-files.ts'

export interface ErasureRequest {
  readonly subject: string
  /** Of this person: those of the feed, and older ones that somebody knows. */
  readonly consents: readonly string[]
  /** Keyed hashes by which elements of this person stand in the store; a running instance takes them away. */
  readonly names?: readonly string[]
  readonly by: string
  readonly reason: string
  readonly now: number
}

/** What was destroyed now; `undefined`: nothing was left to destroy. @throws GH_STORE_MISSING, GH_STORE_LOCKED, GH_STORE_CORRUPT */
export function erasePerson(
  dataDir: string,
  { subject, consents, names = [], by, reason, now }: ErasureRequest,
): Erasure | undefined {
  // A wrong path must not look like a person who was never here.
  if (!hasKeys(dataDir))
    throw new GatehouseError('GH_STORE_MISSING', `no keys of persons in ${dataDir}`)
  const lock = holdLock(join(dataDir, 'persons.lock'))
  try {
    const { shared, persons } = pseudonymKey(dataDir, systemRandomBytes)
    const wanted = [
      placeOf(shared, 'subject', subject),
      ...consents.map((consent) => placeOf(shared, 'consent', consent)),
    ]
    const places = [...new Set(wanted)].filter((place) => withoutLeaf(persons, place) !== persons)
    if (places.length + names.length === 0) return undefined
    const of = names.length === 0 ? {} : { names }
    const erasure: Erasure = { at: now, places, ...of, by, reason }
    appendErasure(dataDir, erasure)
    writeTree(dataDir, places.reduce(withoutLeaf, persons))
    return erasure
  } finally {
    lock.release()
  }
}
