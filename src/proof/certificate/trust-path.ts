/**
 * From a certificate to an anchor (RFC 5280 §6), with the certificates that came along. Names, signatures, the right to issue, path
 * lengths and critical extensions are judged here; times are given back, because a connection may outlive them.
 */
import type { Certificate } from './certificate.ts'
import { ANY_EXTENDED_USAGE, CLIENT_AUTH } from './extensions.ts'
import { isSignedBy } from './signature.ts'

export interface TrustPath {
  /** From the certificate itself to the anchor. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** All of them are valid from and until then: milliseconds since the epoch, both included. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Authorities between a certificate and its anchor, at most. */
export const MAX_INTERMEDIATES = 5
/** Signatures that one certificate may cost: strangers send what they like. */
const MAX_SIGNATURES = 16

/** The shortest way to an anchor that holds, preferring one that is in force at `now`. `undefined`: there is none. */
export function findTrustPath(
  leaf: Certificate,
  sent: readonly Certificate[],
  anchors: ReadonlyMap<string, readonly Certificate[]>,
  now: number,
  purpose: 'client' | 'seal' = 'client',
): TrustPath | undefined {
  if (!(purpose === 'seal' ? maySeal(leaf) : mayBeClient(leaf))) return undefined
  let signatures = 0
  let best: TrustPath | undefined
  let waiting: readonly (readonly [Certificate, ...Certificate[]])[] = [[leaf]]
  for (let between = 0; between <= MAX_INTERMEDIATES + 1 && waiting.length > 0; between++) {
    const next: (readonly [Certificate, ...Certificate[]])[] = []
    for (const path of waiting) {
      const last = path.at(-1) ?? leaf
      const known = anchors.get(last.issuer.key) ?? []
      for (const issuer of [...known, ...sent]) {
        const isAnchor = known.includes(issuer)
        if (path.includes(issuer) || !mayIssue(issuer, last, path.length - 1)) continue
        if (++signatures > MAX_SIGNATURES) return best
        if (!isSignedBy(last.signed, issuer.publicKey)) continue
        if (!isAnchor) next.push([...path, issuer])
        else {
          const found = pathOf([...path, issuer])
          if (now >= found.notBefore && now <= found.notAfter) return found
          best ??= found
        }
      }
    }
    waiting = next
  }
  return best
}

/** Anchors by their name, as `findTrustPath` looks them up. */
export function anchorsByName(
  certificates: readonly Certificate[],
): ReadonlyMap<string, readonly Certificate[]> {
  const found = new Map<string, Certificate[]>()
  for (const one of certificates) {
    const same = found.get(one.subject.key)
    if (same === undefined) found.set(one.subject.key, [one])
    else same.push(one)
  }
  return found
}

function pathOf(certificates: TrustPath['certificates']): TrustPath {
  return {
    certificates,
    notBefore: Math.max(...certificates.map((one) => one.notBefore)),
    notAfter: Math.min(...certificates.map((one) => one.notAfter)),
  }
}

/** RFC 5280 §4.2.1.12: made for clients, or for anything; and a key that may sign a handshake. */
function mayBeClient({ extendedKeyUsage, keyUsage, unknownCritical, ca }: Certificate): boolean {
  return (
    !ca &&
    unknownCritical.length === 0 &&
    (extendedKeyUsage === undefined ||
      extendedKeyUsage.includes(CLIENT_AUTH) ||
      extendedKeyUsage.includes(ANY_EXTENDED_USAGE)) &&
    (keyUsage === undefined || keyUsage.has('digitalSignature'))
  )
}

/** A QSEAL (EN 319 412-5 §4.2.3, ETSI TS 119 495 §4): for the seals of an organisation, with a key that may sign content. */
function maySeal({ keyUsage, unknownCritical, ca, qualified }: Certificate): boolean {
  return (
    !ca &&
    unknownCritical.length === 0 &&
    qualified?.types.includes('eseal') === true &&
    (keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation'))
  )
}

function mayIssue(issuer: Certificate, issued: Certificate, below: number): boolean {
  return (
    issuer.subject.key === issued.issuer.key &&
    issuer.ca &&
    issuer.unknownCritical.length === 0 &&
    issuer.keyUsage?.has('keyCertSign') !== false &&
    (issuer.pathLength === undefined || issuer.pathLength >= below) &&
    (issuer.subjectKeyId === undefined ||
      issued.authorityKeyId === undefined ||
      issuer.subjectKeyId === issued.authorityKeyId)
  )
}
