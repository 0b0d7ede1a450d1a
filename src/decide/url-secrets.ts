/** Values that must not stand in a URL, where logs, caches and referers keep them: known by their form and their check digits, never by chance. */
import { canonicalAccount } from '../lib/index.ts'

/** A signed or encrypted token whatever its name (RFC 7515 §7.1, RFC 7516 §7.1): the first part is a JSON object, so it begins with `eyJ`. */
const JOSE =
  /^eyJ[A-Za-z0-9_-]{1,8192}(?:\.[A-Za-z0-9_-]{0,8192}){2}(?:(?:\.[A-Za-z0-9_-]{0,8192}){2})?$/

/** Networks of ISO/IEC 7812 with the lengths that they issue: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay. */
const CARD =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35[2-8]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17})$/
const MAX_ACCOUNT_LENGTH = 48

export function isToken(value: string): boolean {
  return value.startsWith('eyJ') && JOSE.test(value)
}

/** An IBAN with sound check digits, or a card number with a sound Luhn digit (ISO 13616, ISO/IEC 7812-1). */
export function isAccountNumber(value: string): boolean {
  if (value.length < 13 || value.length > MAX_ACCOUNT_LENGTH || !/\d/.test(value)) return false
  const plain = value.replaceAll(/[ -]/g, '')
  if (/^[A-Za-z]{2}\d\d/.test(plain)) return sound('iban', plain)
  return CARD.test(plain) && sound('pan', plain)
}

function sound(scheme: string, identification: string): boolean {
  return canonicalAccount({ scheme, identification }).ok
}

/**
 * A declared parameter that is there to say which: an id, a number, a reference, a place in a list. What it holds is for its schema and
 * for the rules about objects to judge.
 */
const IDENTIFIES =
  /(?:id|ids|identifier|identification|number|no|nr|ref|reference|iban|bban|pan|accounts?|cards?|keys?|cursor|token|after|before|page|offset|hash|digest|uid|uuid|resource)$/

export function identifies(name: string): boolean {
  return IDENTIFIES.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
}
