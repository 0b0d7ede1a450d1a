/**
 * Accounts by scheme. An account is its scheme and its identification: the same account under two schemes (an IBAN and the sort code
 * within it) is not found equal, because what follows from one for the other is the bank's knowledge.
 */
import { type Canonical, canonical, noCanonical } from './canonical.ts'
import { ibanLength } from './iban-lengths.ts'
import { canonicalReference } from './text.ts'

export interface PaymentAccount {
  /** As written: `UK.OBIE.IBAN`, `iban`, `UK.OBIE.SortCodeAccountNumber`, … */
  readonly scheme: string
  readonly identification: string
  /** Roll number and the like (`SecondaryIdentification`). */
  readonly secondary?: string
}

type Kind = 'iban' | 'bban' | 'sort-code' | 'pan' | 'msisdn'

/** Names of schemes by what they mean, in lower case. Every other name is a scheme of its own, compared as it is written. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['iban', 'iban'],
  ['uk.obie.iban', 'iban'],
  ['uk.obie.bban', 'bban'],
  ['bban', 'bban'],
  ['sortcodeaccountnumber', 'sort-code'],
  ['uk.obie.sortcodeaccountnumber', 'sort-code'],
  ['pan', 'pan'],
  ['uk.obie.pan', 'pan'],
  ['msisdn', 'msisdn'],
  ['uk.obie.paym', 'msisdn'],
])

/** `iban:DE89370400440532013000`; with a secondary identification after a line break, which no part can hold. */
export function canonicalAccount(account: PaymentAccount): Canonical {
  const kind = KINDS.get(account.scheme.toLowerCase())
  const identification =
    kind === undefined
      ? canonicalReference(account.identification)
      : READERS[kind](account.identification)
  if (!identification.ok) return identification
  if (identification.value === '') return noCanonical('malformed')
  const scheme = canonicalReference(account.scheme)
  if (!scheme.ok || scheme.value === '') return noCanonical('malformed')
  const secondary = canonicalReference(account.secondary ?? '')
  if (!secondary.ok) return secondary
  const name = `${kind ?? `${OTHER}${scheme.value}`}:${identification.value}`
  return canonical(secondary.value === '' ? name : `${name}\n${secondary.value}`)
}

/** As the canonical form names it; no scheme is written so. */
const SORT_CODE = 'sort-code'
const OTHER = 'other '

/**
 * An account in one text: as `canonicalAccount` writes it, or its scheme as it is written elsewhere, a colon, its identification
 * (`UK.OBIE.IBAN:GB33…`, `br:…`). A number alone has no scheme, and is nobody's account.
 */
export function canonicalAccountText(text: string): Canonical {
  const [account = '', secondary = '', ...more] = text.split('\n')
  const colon = account.indexOf(':')
  if (colon < 1 || more.length > 0) return noCanonical('malformed')
  const name = account.slice(0, colon)
  const scheme = name.startsWith(OTHER)
    ? name.slice(OTHER.length)
    : name === SORT_CODE
      ? 'SortCodeAccountNumber'
      : name
  return canonicalAccount({ scheme, identification: account.slice(colon + 1), secondary })
}

const READERS: Readonly<Record<Kind, (text: string) => Canonical>> = {
  iban: readIban,
  bban: (text) => grouped(text, / /g, /^[A-Z0-9]{1,30}$/),
  // OBIE: six digits of the sort code, eight of the account number.
  'sort-code': (text) => grouped(text, /[ -]/g, /^[0-9]{14}$/),
  pan: (text) => {
    const digits = grouped(text, / /g, /^[0-9]{12,19}$/)
    return digits.ok && !luhn(digits.value) ? noCanonical('checksum') : digits
  },
  // E.164 with its plus: a number without a country is another one abroad.
  msisdn: (text) => grouped(text, /[ -]/g, /^\+[1-9][0-9]{6,14}$/),
}

/** Single separators between characters, as people write long numbers; nothing at the ends. */
function grouped(text: string, separators: RegExp, form: RegExp): Canonical {
  if (text.length > 64) return noCanonical('too-long')
  if (/^[ -]|[ -]$|[ -]{2}/.test(text)) return noCanonical('malformed')
  const compact = text.replaceAll(separators, '')
  // Before the case is folded: letters outside ASCII have an upper case within it.
  if (!/^[+A-Za-z0-9]*$/.test(compact)) return noCanonical('malformed')
  const value = compact.toUpperCase()
  return form.test(value) ? canonical(value) : noCanonical('malformed')
}

/** ISO 13616: country, check digits, length of the country, remainder 1 of 97. */
function readIban(text: string): Canonical {
  const read = grouped(text, / /g, /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/)
  if (!read.ok) return read
  const { value } = read
  const length = ibanLength(value.slice(0, 2))
  if (length !== undefined && value.length !== length) return noCanonical('malformed')
  const check = Number(value.slice(2, 4))
  // 00, 01 and 99 leave the same remainder as 97, 98 and 02: one account would have two numbers.
  if (check < 2 || check > 98) return noCanonical('checksum')
  let remainder = 0
  for (const letter of `${value.slice(4)}${value.slice(0, 4)}`)
    for (const digit of String(Number.parseInt(letter, 36)))
      remainder = (remainder * 10 + Number(digit)) % 97
  return remainder === 1 ? read : noCanonical('checksum')
}

/** ISO/IEC 7812-1 annex B. */
function luhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
