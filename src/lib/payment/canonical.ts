/** One value of a payment in the one form in which it is compared, or why it has none. No reason ever holds the value. */
export type Canonical =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: CanonicalFault }

/** Why a value cannot be compared. A value that cannot be compared equals nothing, itself included. */
export type CanonicalFault =
  /** Not written as the table allows: a sign, an exponent, a separator, a leading zero, a stray character. */
  | 'malformed'
  | 'too-long'
  /** More digits than the currency has. */
  | 'precision'
  | 'zero'
  | 'currency-unknown'
  /** Check digits that do not fit. */
  | 'checksum'
  /** Control, format, bidirectional, zero-width or unassigned characters, or half a surrogate pair. */
  | 'hidden-characters'
  /** Of another JSON type than its place allows. */
  | 'unreadable'

export function canonical(value: string): Canonical {
  return { ok: true, value }
}
export function noCanonical(reason: CanonicalFault): Canonical {
  return { ok: false, reason }
}
