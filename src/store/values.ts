/** What may stand in a query, so that both databases keep the same (unit.ts has the rules). */
export type StoredValue = null | string | number | Uint8Array

/** @throws TypeError when one of the databases would refuse the value, or keep another. */
export function storable(value: unknown): StoredValue {
  if (value === null) return value
  if (typeof value === 'string') {
    // PostgreSQL keeps no U+0000, and a lone surrogate comes back as another character from both.
    if (value.includes('\0') || !value.isWellFormed())
      throw new TypeError('a query cannot take text with U+0000 or half a surrogate pair')
    return value
  }
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' && Number.isFinite(value)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new TypeError('a query cannot take a whole number beyond 2^53')
    return value
  }
  if (value instanceof Uint8Array) return value
  throw new TypeError(`a query cannot take a value of type ${typeof value}`)
}
