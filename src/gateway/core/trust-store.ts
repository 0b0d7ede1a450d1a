/**
 * Whom a listener believes: named trust stores, each with its anchors and what it knows of revocation. From the certificates that came in
 * a handshake to the fact that the kernel judges; times are in the fact, because a connection outlives certificates and lists.
 */
import type { CertificateFact, TrustedCertificate } from '../../decide/index.ts'
import {
  anchorsByName,
  type Certificate,
  findTrustPath,
  isListOf,
  readCertificate,
  type RevocationList,
  type TrustPath,
} from '../../proof/index.ts'

export interface TrustStore {
  readonly name: string
  readonly anchors: ReadonlyMap<string, readonly Certificate[]>
  /** Who issues certificates for seals. */
  readonly sealAnchors: ReadonlyMap<string, readonly Certificate[]>
  /** `undefined`: revocation is not asked about. */
  readonly lists: Revocations | undefined
  /** `undefined`: OCSP is not asked. */
  readonly answers: StatusAnswers | undefined
}

/** What OCSP responders said. */
export interface StatusAnswers {
  /** `required`: of the certificate at the end, whatever lists say. `where-no-crl`: of those whose authority has no list in force. */
  readonly mode: 'required' | 'where-no-crl'
  /** What is known now, at once; asks where that is nothing. `isRevoked`: what the list of the authority says of a serial number. */
  of(
    certificate: Certificate,
    issuer: Certificate,
    isRevoked: (serial: string) => boolean,
  ): KnownStatus
}

export type KnownStatus =
  /** `until`: milliseconds since the epoch. */
  { readonly status: 'good'; readonly until: number } | { readonly status: 'revoked' | 'unknown' }

/** Lists by the name of their authority; whether one is really its own is asked once for each pair. */
export interface Revocations {
  /** The newest that the authority made. */
  of(authority: Certificate): RevocationList | undefined
}

/** Certificates of one handshake that are looked at. */
export const MAX_CHAIN = 10
const ABSENT: CertificateFact = { kind: 'absent' }
const NO_ROLES: ReadonlySet<string> = new Set()

export function trustStore(
  name: string,
  anchors: readonly Certificate[],
  lists: readonly RevocationList[] | undefined,
  answers?: StatusAnswers,
  sealAnchors = anchors,
): TrustStore {
  const byName = anchorsByName(anchors)
  return {
    name,
    anchors: byName,
    sealAnchors: sealAnchors === anchors ? byName : anchorsByName(sealAnchors),
    lists: lists === undefined ? undefined : revocations(lists),
    answers,
  }
}

function revocations(lists: readonly RevocationList[]): Revocations {
  // The newest first: an older one can only know less.
  const newest = lists.toSorted((a, b) => b.thisUpdate - a.thisUpdate)
  /** Owned by `of()`; as many entries as there are authorities of the lists' names. */
  const known = new Map<string, RevocationList | null>()
  return {
    of(authority) {
      let list = known.get(authority.thumbprint)
      if (list === undefined) {
        list = newest.find((one) => isListOf(one, authority)) ?? null
        if (known.size < MAX_KNOWN) known.set(authority.thumbprint, list)
      }
      return list ?? undefined
    },
  }
}
/** Authorities remembered per store; the rest are asked about each time. */
const MAX_KNOWN = 1_000

/** What the certificates of a handshake are worth: the leaf first, in DER. None: absent. */
export function judgeCertificate(
  stores: readonly TrustStore[],
  chain: readonly Uint8Array[],
  now: number,
): CertificateFact {
  const [first, ...rest] = chain.slice(0, MAX_CHAIN)
  if (first === undefined) return ABSENT
  const read = readCertificate(first)
  if (!read.ok)
    return { kind: 'untrusted', thumbprint: '', why: `it cannot be read: ${read.fault}` }
  const { certificate } = read
  const sent = rest.flatMap((der) => {
    const other = readCertificate(der)
    return other.ok ? [other.certificate] : []
  })
  for (const store of stores) {
    const path = findTrustPath(certificate, sent, store.anchors, now)
    if (path !== undefined) return trusted(certificate, path, store, now)
  }
  const why = 'there is no path from it to an anchor of this listener'
  return { kind: 'untrusted', thumbprint: certificate.thumbprint, why }
}

/** What the certificate behind a seal is worth, by itself: whoever issued it is an anchor (DER). */
export function judgeSeal(
  stores: readonly TrustStore[],
  der: Uint8Array,
  now: number,
): CertificateFact {
  const read = readCertificate(der)
  if (!read.ok)
    return { kind: 'untrusted', thumbprint: '', why: `it cannot be read: ${read.fault}` }
  const { certificate } = read
  for (const store of stores) {
    const path = findTrustPath(certificate, [], store.sealAnchors, now, 'seal')
    if (path !== undefined) return trusted(certificate, path, store, now)
  }
  const why = 'it is no qualified seal with a path to an anchor of a trust store'
  return { kind: 'untrusted', thumbprint: certificate.thumbprint, why }
}

function trusted(
  { thumbprint, organizationIdentifier, qualified }: Certificate,
  path: TrustPath,
  store: TrustStore,
  now: number,
): TrustedCertificate {
  const { notBefore, notAfter, certificates } = path
  const web = qualified?.types.includes('web') === true
  return {
    kind: 'trusted',
    thumbprint,
    trustStore: store.name,
    depth: certificates.length - 1,
    notBefore,
    notAfter,
    ...revocationOf(certificates, store, now),
    organization: organizationIdentifier ?? '',
    roles: web ? new Set(qualified.psd2?.roles ?? []) : NO_ROLES,
  }
}

/** Of everything below the anchor: trusting an anchor is the bank's own word, and takes no list. */
function revocationOf(
  certificates: readonly Certificate[],
  { lists, answers }: TrustStore,
  now: number,
): Pick<TrustedCertificate, 'revocation' | 'revocationUntil'> {
  if (lists === undefined) return { revocation: 'unasked', revocationUntil: 0 }
  let until = Number.MAX_SAFE_INTEGER
  let unknown = false
  for (const [at, certificate] of certificates.entries()) {
    const authority = certificates[at + 1]
    if (authority === undefined) break
    const list = lists.of(authority)
    if (list?.revoked.has(certificate.serial) === true)
      return { revocation: 'revoked', revocationUntil: 0 }
    const listed = list !== undefined && now <= list.nextUpdate
    const asked = answers !== undefined && (!listed || (at === 0 && answers.mode === 'required'))
    if (!asked) {
      if (list === undefined) unknown = true
      else until = Math.min(until, list.nextUpdate)
      continue
    }
    const isRevoked = (serial: string): boolean => list?.revoked.has(serial) === true
    const known = answers.of(certificate, authority, isRevoked)
    if (known.status === 'revoked') return { revocation: 'revoked', revocationUntil: 0 }
    if (known.status === 'good') until = Math.min(until, known.until)
    else unknown = true
  }
  return unknown
    ? { revocation: 'unknown', revocationUntil: 0 }
    : { revocation: 'good', revocationUntil: until }
}
