/**
 * Certificate revocation lists (RFC 5280 §5): complete ones of one authority. Delta lists, indirect lists and lists of some reasons only
 * say less than they seem to, so they are refused.
 */
import { type Certificate, readSigned, type Signed } from './certificate.ts'
import { contextTag, Der, DerFault, TAG } from './der.ts'
import { readName } from './distinguished-name.ts'
import { listExtensions } from './extensions.ts'
import { isSignedBy } from './signature.ts'

export interface RevocationList {
  /** `DistinguishedName.key` of the authority. */
  readonly issuer: string
  readonly issuerText: string
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  /** From then on it says nothing. */
  readonly nextUpdate: number
  /** Serial numbers, lower-case hex. */
  readonly revoked: ReadonlySet<string>
  readonly signed: Signed
}

export type RevocationListRead =
  | { readonly ok: true; readonly list: RevocationList }
  | { readonly ok: false; readonly fault: string }

/** Bytes of one list: some hundred thousand entries. */
export const MAX_CRL_BYTES = 33_554_432

const ISSUING_POINT = '2.5.29.28'
const UNDERSTOOD = new Set(['2.5.29.20', '2.5.29.35', ISSUING_POINT])

/** Reads DER. Believes nothing: see `isListOf`. Never throws. */
export function readRevocationList(der: Uint8Array): RevocationListRead {
  if (der.length > MAX_CRL_BYTES) return { ok: false, fault: `more than ${MAX_CRL_BYTES} bytes` }
  try {
    return { ok: true, list: read(der) }
  } catch (error) {
    if (error instanceof DerFault) return { ok: false, fault: error.message }
    throw error
  }
}

/** Whether that authority made the list: its name, its right to sign lists (RFC 5280 §4.2.1.3), its signature. */
export function isListOf(list: RevocationList, authority: Certificate): boolean {
  return (
    list.issuer === authority.subject.key &&
    authority.keyUsage?.has('cRLSign') !== false &&
    isSignedBy(list.signed, authority.publicKey)
  )
}

function read(der: Uint8Array): RevocationList {
  const { fields, signed } = readSigned(der)
  const rest = [...fields]
  // RFC 5280 §5.1.2.1: version 2, written as 1.
  const version = rest[0]?.tag === TAG.integer ? rest.shift()?.smallInteger() : undefined
  const algorithm = rest.shift()?.expect(TAG.sequence)
  const name = rest.shift()
  const thisUpdate = rest.shift()
  const nextUpdate = rest.shift()
  if (algorithm === undefined || name === undefined || thisUpdate === undefined)
    throw new DerFault('a part is missing')
  // RFC 5280 §5.1.2.5: conforming lists say when the next one comes; without it nobody could tell that it is old.
  if (nextUpdate === undefined) throw new DerFault('it does not say until when it holds')
  if (!Buffer.from(algorithm.raw).equals(signed.algorithm))
    throw new DerFault('two signature algorithms')
  const entries = rest[0]?.tag === TAG.sequence ? (rest.shift()?.items() ?? []) : []
  const extensions = rest[0]?.tag === contextTag(0, 'constructed') ? rest.shift() : undefined
  if (rest.length > 0) throw new DerFault('parts that do not belong here')
  if (extensions !== undefined) {
    if (version !== 1) throw new DerFault('extensions of another version')
    judgeExtensions(Der.whole(extensions.content))
  }
  const revoked = new Set<string>()
  for (const entry of entries) {
    const [serial, when, more] = entry.items()
    if (serial === undefined || when === undefined) throw new DerFault('an entry is cut off')
    when.time()
    for (const [, { critical }] of listExtensions(more))
      if (critical) throw new DerFault('a critical extension of an entry is not understood')
    revoked.add(Buffer.from(serial.integer()).toString('hex'))
  }
  const { key, text } = readName(name)
  return {
    issuer: key,
    issuerText: text,
    thisUpdate: thisUpdate.time(),
    nextUpdate: nextUpdate.time(),
    revoked,
    signed,
  }
}

function judgeExtensions(list: Der): void {
  for (const [id, { critical, content }] of listExtensions(list)) {
    if (critical && !UNDERSTOOD.has(id))
      throw new DerFault('a critical extension is not understood')
    if (id !== ISSUING_POINT) continue
    // RFC 5280 §5.2.5: [0] where it lies, [1] users only, [2] authorities only, [3] some reasons, [4] indirect, [5] attributes.
    const partial = Der.whole(content)
      .items()
      .some(({ tag }) => tag !== contextTag(0, 'constructed'))
    if (partial) throw new DerFault('a list of some certificates only')
  }
}
