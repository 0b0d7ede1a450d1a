/** An authority for development: certificates as eIDAS and PSD2 want them (ETSI EN 319 412, TS 119 495), and revocation lists. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  type Bytes,
  explicit,
  implicit,
  integer,
  namedBits,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  tagged,
  time,
  unsigned,
  utf8,
} from './der-writer.ts'

export interface Holder {
  readonly commonName: string
  readonly organization?: string
  readonly organizationIdentifier?: string
  readonly country: string
}

export interface Issued {
  readonly der: Bytes
  readonly serial: Bytes
  readonly key: KeyObject
}

export interface Order {
  readonly holder: Holder
  readonly purpose: 'authority' | 'server' | 'web' | 'eseal' | 'client'
  readonly notBefore: number
  readonly notAfter: number
  /** Names and addresses of a server. */
  readonly hosts?: readonly string[]
  /** Of a web or seal certificate: what the PSD2 statement says. */
  readonly psd2?: { readonly roles: readonly Psd2Role[]; readonly authority: Authority }
  /** The key instead of a fresh one. */
  readonly keyType?: 'ec' | 'rsa'
}
export interface Authority {
  readonly name: string
  /** `GB-FCA`. */
  readonly id: string
}
export type Psd2Role = keyof typeof ROLE_IDS
const ROLE_IDS = {
  PSP_AS: '0.4.0.19495.1.1',
  PSP_PI: '0.4.0.19495.1.2',
  PSP_AI: '0.4.0.19495.1.3',
  PSP_IC: '0.4.0.19495.1.4',
} as const

/** Without an issuer it signs itself. */
export function issue(
  order: Order,
  issuer: { readonly holder: Holder; readonly key: KeyObject } | undefined,
  randomBytes: (count: number) => Uint8Array,
): Issued {
  const { publicKey, privateKey } =
    order.keyType === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const by = issuer ?? { holder: order.holder, key: privateKey }
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  // RFC 5280 §4.1.2.2: positive, at most 20 bytes; the first bit stays clear.
  const serial = Buffer.from(randomBytes(16))
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const algorithm = algorithmOf(by.key)
  const tbs = sequence(
    explicit(0, integer(2)),
    unsigned(serial),
    algorithm,
    nameOf(by.holder),
    sequence(time(order.notBefore), time(order.notAfter)),
    nameOf(order.holder),
    spki,
    explicit(3, sequence(...extensionsOf(order, spki, by.key))),
  )
  return { der: signedBy(by.key, tbs, algorithm), serial, key: privateKey }
}

export function revocationList(
  issuer: { readonly holder: Holder; readonly key: KeyObject },
  revoked: readonly Bytes[],
  thisUpdate: number,
  nextUpdate: number,
): Bytes {
  const algorithm = algorithmOf(issuer.key)
  const entries = revoked.map((serial) => sequence(unsigned(serial), time(thisUpdate)))
  const tbs = sequence(
    integer(1),
    algorithm,
    nameOf(issuer.holder),
    time(thisUpdate),
    time(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(
      0,
      sequence(
        extension('2.5.29.35', sequence(implicit(0, keyId(issuer.key)))),
        extension('2.5.29.20', integer(Math.floor(thisUpdate / 1000) % 0x7fffffff)),
      ),
    ),
  )
  return signedBy(issuer.key, tbs, algorithm)
}

function signedBy(key: KeyObject, tbs: Bytes, algorithm: Bytes): Bytes {
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, key)))
}

function algorithmOf(key: KeyObject): Bytes {
  return key.asymmetricKeyType === 'rsa'
    ? sequence(oid('1.2.840.113549.1.1.11'), tagged(0x05))
    : sequence(oid('1.2.840.10045.4.3.2'))
}

function nameOf({ country, organization, organizationIdentifier, commonName }: Holder): Bytes {
  const part = (type: string, value: Bytes): Bytes => setOf(sequence(oid(type), value))
  return sequence(
    part('2.5.4.6', printable(country)),
    ...(organization === undefined ? [] : [part('2.5.4.10', utf8(organization))]),
    ...(organizationIdentifier === undefined
      ? []
      : [part('2.5.4.97', utf8(organizationIdentifier))]),
    part('2.5.4.3', utf8(commonName)),
  )
}

function extension(id: string, content: Bytes, critical = false): Bytes {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(content))
}

function extensionsOf(order: Order, spki: Bytes, issuerKey: KeyObject): readonly Bytes[] {
  const { purpose, hosts = [], psd2 } = order
  const authority = purpose === 'authority'
  const usages = {
    authority: [5, 6], // keyCertSign, cRLSign
    server: [0],
    web: [0],
    client: [0],
    eseal: [1], // nonRepudiation: EN 319 412-3
  } as const
  const uses = {
    authority: [],
    server: ['1.3.6.1.5.5.7.3.1'],
    web: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    client: ['1.3.6.1.5.5.7.3.2'],
    eseal: [],
  } as const
  return [
    extension('2.5.29.19', authority ? sequence(boolean(true)) : sequence(), true),
    extension('2.5.29.15', namedBits(usages[purpose]), true),
    extension('2.5.29.14', octets(spkiId(spki))),
    extension('2.5.29.35', sequence(implicit(0, keyId(issuerKey)))),
    ...(uses[purpose].length === 0
      ? []
      : [extension('2.5.29.37', sequence(...uses[purpose].map(oid)))]),
    ...(hosts.length === 0 ? [] : [extension('2.5.29.17', sequence(...hosts.map(hostName)))]),
    ...(psd2 === undefined
      ? []
      : [extension('1.3.6.1.5.5.7.1.3', qcStatements(purpose === 'eseal' ? 2 : 3, psd2))]),
  ]
}

/** IPv4 addresses and names. */
function hostName(host: string): Bytes {
  return /^\d+(?:\.\d+){3}$/.test(host)
    ? implicit(7, Buffer.from(host.split('.').map(Number)))
    : implicit(2, Buffer.from(host, 'latin1'))
}

function qcStatements(type: number, { roles, authority }: NonNullable<Order['psd2']>): Bytes {
  return sequence(
    sequence(oid('0.4.0.1862.1.1')),
    sequence(oid('0.4.0.1862.1.6'), sequence(oid(`0.4.0.1862.1.6.${type}`))),
    sequence(
      oid('0.4.0.19495.2'),
      sequence(
        sequence(...roles.map((role) => sequence(oid(ROLE_IDS[role]), utf8(role)))),
        utf8(authority.name),
        utf8(authority.id),
      ),
    ),
  )
}

/** RFC 5280 §4.2.1.2, after RFC 7093 method 1. */
function spkiId(spki: Bytes): Bytes {
  return createHash('sha256').update(spki).digest().subarray(0, 20)
}

function keyId(key: KeyObject): Bytes {
  return spkiId(createPublicKey(key).export({ type: 'spki', format: 'der' }))
}
