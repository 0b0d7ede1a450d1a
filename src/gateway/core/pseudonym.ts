/** Keyed hashes in place of customer and consent identifiers (DESIGN §7.2): the same person is the same text while the key lives. */
import { createHmac } from 'node:crypto'
import { Recent } from './recent.ts'

const REMEMBERED = 20_000

export type Pseudonym = (kind: 'subject' | 'consent', value: string) => string | null

/** `key` holds at least 32 bytes. An empty value has no pseudonym. */
export function createPseudonym(key: Uint8Array): Pseudonym {
  if (key.length < 32) throw new TypeError('a pseudonym key holds at least 32 bytes')
  const tables = {
    subject: new Recent<string>(REMEMBERED),
    consent: new Recent<string>(REMEMBERED),
  }
  return (kind, value) => {
    if (value === '') return null
    const table = tables[kind]
    let name = table.get(value)
    if (name === undefined) {
      // The kind is part of what is hashed: a subject and a consent with the same text stay unlinked.
      const hash = createHmac('sha256', key).update(`${kind}\0${value}`).digest('hex')
      name = `hmac:${hash.slice(0, 16)}`
      table.set(value, name)
    }
    return name
  }
}
