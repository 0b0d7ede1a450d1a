/**
 * Keyed hashes in place of customer and consent identifiers (DESIGN §7.2): the same person is the same text while that person's key
 * lives. When it is destroyed, nobody can say any more which of the texts stood for whom, also with every other key in hand.
 */
import { createHmac, createSecretKey } from 'node:crypto'
import { leafOf, type TreeNodes } from './person-tree.ts'
import { Recent } from '../../lib/index.ts'

const REMEMBERED = 20_000

export type PersonKind = 'subject' | 'consent'
export type Pseudonym = (kind: PersonKind, value: string) => string | null

export interface PseudonymKey {
  /** At least 32 bytes; says where in the tree somebody stands, and hashes what is no person's. */
  readonly shared: Uint8Array
  readonly persons: TreeNodes
}

/** Where the key of a person or consent stands. It tells nothing without `shared`, and outlives the key: it marks what was destroyed. */
export function placeOf(shared: Uint8Array, kind: PersonKind, value: string): string {
  if (shared.length < 32) throw new TypeError('a pseudonym key holds at least 32 bytes')
  const key = createSecretKey(shared)
  return createHmac('sha256', key).update(`place\0${kind}\0${value}`).digest('hex').slice(0, 16)
}

/**
 * An empty value has no pseudonym, and neither has one whose key was destroyed. `keyNow` is asked each time: when it answers with another
 * object, everything that was derived is forgotten.
 */
export function createPseudonym(keyNow: () => PseudonymKey): Pseudonym {
  let key = keyNow()
  const emptyTables = (): Record<PersonKind, Recent<string>> => ({
    subject: new Recent<string>(REMEMBERED),
    consent: new Recent<string>(REMEMBERED),
  })
  let tables = emptyTables()
  return (kind, value) => {
    if (value === '') return null
    const now = keyNow()
    if (now !== key) {
      key = now
      tables = emptyTables()
    }
    const table = tables[kind]
    let name = table.get(value)
    if (name === undefined) {
      const leaf = leafOf(key.persons, placeOf(key.shared, kind, value))
      if (leaf === undefined) return null
      // The kind is part of what is hashed: a subject and a consent with the same text stay unlinked.
      const hash = createHmac('sha256', createSecretKey(leaf))
        .update(`${kind}\0${value}`)
        .digest('hex')
      name = `hmac:${hash.slice(0, 16)}`
      table.set(value, name)
    }
    return name
  }
}
