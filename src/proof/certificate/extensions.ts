/** Extensions of a certificate that are read (RFC 5280 §4.2); a critical one that is not read makes the certificate unusable. */
import { contextTag, Der, DerFault, TAG } from './der.ts'
import { type QcStatements, readQcStatements } from './qc-statements.ts'

export interface Extensions {
  readonly subjectAltNames: {
    readonly dns: readonly string[]
    readonly email: readonly string[]
    readonly uri: readonly string[]
  }
  /** `undefined`: any use. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  /** Object identifiers; `undefined`: any use. */
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly ca: boolean
  /** Authorities that may stand between this one and a certificate at the end; `undefined`: any number. */
  readonly pathLength: number | undefined
  /** Base64; `undefined`: not said. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly ocsp: readonly string[]
  readonly caIssuers: readonly string[]
  readonly crlDistributionPoints: readonly string[]
  readonly qualified: QcStatements | undefined
  /** Critical ones that nobody here understands. */
  readonly unknownCritical: readonly string[]
}

const KEY_USAGE = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof KEY_USAGE)[number]

/** RFC 5280 §4.2.1.12. */
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
export const ANY_EXTENDED_USAGE = '2.5.29.37.0'

interface Extension {
  readonly critical: boolean
  readonly content: Uint8Array
}

/** By object identifier. @throws DerFault; RFC 5280 §4.2: no extension twice */
export function listExtensions(list: Der | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>()
  for (const one of list?.items() ?? []) {
    const [id, second, third, more] = one.items()
    const value = third ?? second
    if (id === undefined || value === undefined || more !== undefined)
      throw new DerFault('an extension is not an identifier and a value')
    const critical = third !== undefined && second?.boolean() === true
    const name = id.oid()
    if (found.has(name)) throw new DerFault('an extension stands twice')
    found.set(name, { critical, content: value.expect(TAG.octetString).content })
  }
  return found
}

/** Understood, and without effect on what is decided here. */
const WITHOUT_EFFECT = ['2.5.29.32'] // certificate policies: RFC 5280 §6.1 with any-policy as the only wish

/** @throws DerFault */
export function readExtensions(list: Der | undefined): Extensions {
  const found = listExtensions(list)
  const read = new Set(WITHOUT_EFFECT)
  const whole = (id: string): Der | undefined => {
    read.add(id)
    const extension = found.get(id)
    return extension === undefined ? undefined : Der.whole(extension.content)
  }
  const names = whole('2.5.29.17')?.items() ?? []
  const texts = (number: number): readonly string[] =>
    names
      .filter(({ tag }) => tag === contextTag(number, 'primitive'))
      .map(({ content }) => ascii(content))
  const basic = whole('2.5.29.19')?.items() ?? []
  const ca = basic[0]?.tag === TAG.boolean && basic[0].boolean()
  const limit = basic.find(({ tag }) => tag === TAG.integer)
  const authority = whole('2.5.29.35')
    ?.items()
    .find(({ tag }) => tag === contextTag(0, 'primitive'))
  const access = whole('1.3.6.1.5.5.7.1.1')?.items() ?? []
  const statements = found.get('1.3.6.1.5.5.7.1.3')
  read.add('1.3.6.1.5.5.7.1.3')
  return {
    subjectAltNames: { email: texts(1), dns: texts(2), uri: texts(6) },
    keyUsage: keyUsageOf(whole('2.5.29.15')),
    extendedKeyUsage: whole('2.5.29.37')
      ?.items()
      .map((one) => one.oid()),
    ca,
    pathLength: limit?.smallInteger(),
    subjectKeyId: base64(whole('2.5.29.14')?.expect(TAG.octetString).content),
    authorityKeyId: base64(authority?.content),
    ocsp: accessTo(access, '1.3.6.1.5.5.7.48.1'),
    caIssuers: accessTo(access, '1.3.6.1.5.5.7.48.2'),
    crlDistributionPoints: (whole('2.5.29.31')?.items() ?? []).flatMap(pointsOf),
    qualified: statements === undefined ? undefined : readQcStatements(statements.content),
    unknownCritical: [...found].flatMap(([id, { critical }]) =>
      critical && !read.has(id) ? [id] : [],
    ),
  }
}

function keyUsageOf(value: Der | undefined): ReadonlySet<KeyUsage> | undefined {
  if (value === undefined) return undefined
  const { bytes } = value.bits()
  return new Set(
    KEY_USAGE.filter((_usage, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0),
  )
}

/** RFC 5280 §4.2.2.1: addresses of one method. */
function accessTo(descriptions: readonly Der[], method: string): readonly string[] {
  return descriptions.flatMap((one) => {
    const [id, place] = one.items()
    return id?.oid() === method && place?.tag === contextTag(6, 'primitive')
      ? [ascii(place.content)]
      : []
  })
}

/** RFC 5280 §4.2.1.13: the full names of a point that are addresses. */
function pointsOf(point: Der): readonly string[] {
  const name = point.items().find(({ tag }) => tag === contextTag(0, 'constructed'))
  if (name === undefined) return []
  return Der.all(name.content)
    .filter(({ tag }) => tag === contextTag(0, 'constructed'))
    .flatMap(({ content }) => Der.all(content))
    .filter(({ tag }) => tag === contextTag(6, 'primitive'))
    .map(({ content }) => ascii(content))
}

/** RFC 5280 §4.2.1.6: an IA5String. A NUL or a control character in a name is a trick (CVE-2009-2408). */
function ascii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x20 || byte >= 0x7f))
    throw new DerFault('a name that is not printable ASCII')
  return Buffer.from(bytes).toString('latin1')
}

function base64(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('base64')
}
