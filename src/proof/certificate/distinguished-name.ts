/** Names of subjects and issuers (RFC 5280 §4.1.2.4): compared as bytes, shown as RFC 4514 writes them. */
import { type Der, DerFault, TAG } from './der.ts'

export interface DistinguishedName {
  /** `CN=Budget Buddy,O=Budget Buddy Ltd,C=GB`: the last first (RFC 4514 §2.1). For people; never compared. */
  readonly text: string
  /** All its bytes as base64: equal for equal names. An authority writes its own name one way. */
  readonly key: string
  /** Values by object identifier, in order of appearance. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** ETSI EN 319 412-1 §5.1.4, X.520: `PSDGB-FCA-123456`. */
export const ORGANIZATION_IDENTIFIER = '2.5.4.97'
export const ORGANIZATION = '2.5.4.10'
export const COMMON_NAME = '2.5.4.3'

/** RFC 4514 §3, and what certificates under eIDAS carry. */
const SHORT: ReadonlyMap<string, string> = new Map([
  [COMMON_NAME, 'CN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  [ORGANIZATION, 'O'],
  ['2.5.4.11', 'OU'],
  [ORGANIZATION_IDENTIFIER, 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
])

/** @throws DerFault */
export function readName(name: Der): DistinguishedName {
  const values = new Map<string, string[]>()
  const shown: string[] = []
  for (const relative of name.items()) {
    const parts = relative.items(TAG.set).map((attribute) => {
      const [type, value, more] = attribute.items()
      if (type === undefined || value === undefined || more !== undefined)
        throw new DerFault('an attribute of a name is not a type and a value')
      const id = type.oid()
      const text = textOf(value)
      if (text !== undefined) values.set(id, [...(values.get(id) ?? []), text])
      return `${SHORT.get(id) ?? id}=${text === undefined ? hex(value.raw) : escaped(text)}`
    })
    if (parts.length === 0) throw new DerFault('an empty part of a name')
    shown.unshift(parts.join('+'))
  }
  return { text: shown.join(','), key: Buffer.from(name.raw).toString('base64'), values }
}

function textOf(value: Der): string | undefined {
  try {
    return value.text()
  } catch {
    return undefined
  }
}

function hex(bytes: Uint8Array): string {
  return `#${Buffer.from(bytes).toString('hex')}`
}

/** RFC 4514 §2.4; control characters too, because the text goes to terminals. */
function escaped(text: string): string {
  return (
    text
      .replaceAll(/["+,;<>\\]/g, '\\$&')
      .replace(/^[ #]/, '\\$&')
      .replace(/ $/, '\\ ')
      // oxlint-disable-next-line no-control-regex -- they are what is escaped
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (letter) =>
        [...Buffer.from(letter)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
      )
  )
}
