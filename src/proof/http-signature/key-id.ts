/**
 * `keyId` of the Berlin Group: `SN=<serial number, hexadecimal>,CA=<distinguished name of the issuer>`. It says nothing that the
 * certificate does not; it must say the same, so that nobody is shown one name and verified by another.
 */
import type { Certificate } from '../certificate/certificate.ts'

/** Names as people write them differ in order, spaces and case of the types; the values must be the same, each as often. */
export function namesCertificate(keyId: string, { serial, issuer }: Certificate): boolean {
  const [, hex, name] = /^SN=([0-9A-Fa-f]{1,64}),[ ]?CA=(.{1,1024})$/.exec(keyId) ?? []
  if (hex === undefined || name === undefined || plainHex(hex) !== plainHex(serial)) return false
  const said = attributes(decoded(name))
  const known = attributes(issuer.text)
  return said !== undefined && known !== undefined && said.length > 0 && same(said, known)
}

/** Leading zeros of a serial number are how a DER INTEGER stays positive. */
function plainHex(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '')
}

function decoded(name: string): string {
  try {
    return name.includes('%') ? decodeURIComponent(name) : name
  } catch {
    return ''
  }
}

/** `TYPE=value` of each attribute, RFC 4514 escapes undone; `undefined`: it is no name. */
function attributes(name: string): readonly string[] | undefined {
  const found: string[] = []
  for (const part of name.split(/(?<!\\)[,+]/)) {
    const at = part.indexOf('=')
    const type = part.slice(0, Math.max(at, 0)).trim().toLowerCase()
    if (!TYPE.test(type)) return undefined
    found.push(`${TYPES.get(type) ?? type}=${unescaped(part.slice(at + 1).trim())}`)
  }
  return found.sort()
}

const TYPE = /^(?:[a-z][a-z0-9-]*|(?:oid\.)?\d+(?:\.\d+)+)$/

/** Other ways to write the types that certificates under eIDAS carry. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'cn'],
  ['2.5.4.5', 'serialnumber'],
  ['2.5.4.6', 'c'],
  ['2.5.4.7', 'l'],
  ['2.5.4.8', 'st'],
  ['s', 'st'],
  ['2.5.4.10', 'o'],
  ['2.5.4.11', 'ou'],
  ['2.5.4.97', 'organizationidentifier'],
  ['oid.2.5.4.97', 'organizationidentifier'],
  ['0.9.2342.19200300.100.1.25', 'dc'],
])

function unescaped(value: string): string {
  const bare = /^"(.*)"$/s.exec(value)?.[1] ?? value
  return bare.replaceAll(
    /\\([0-9A-Fa-f]{2})|\\(.)/gs,
    (_all, hex: string | undefined, letter: string) =>
      hex === undefined ? letter : String.fromCharCode(parseInt(hex, 16)),
  )
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at])
}
