/** An authority of tests that answers OCSP, rightly or wrongly, and where it listens. The bytes come from a writer that the reader does not share. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import {
  bitString,
  boolean,
  type Bytes,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  tagged,
  time,
  unsigned,
  utf8,
} from '../../src/app/certs/der-writer.ts'
import { type Certificate, readCertificate } from '../../src/proof/index.ts'

export interface Party {
  readonly certificate: Certificate
  readonly key: KeyObject
}

const DAY_MS = 86_400_000

export interface PartyOrder {
  readonly name: string
  readonly now: number
  /** Absent: it signs itself. */
  readonly issuer?: Party
  readonly keyType?: 'ec' | 'rsa'
  readonly serial?: number
  readonly ca?: boolean
  readonly uses?: readonly string[]
  readonly noCheck?: boolean
  /** Where its authority says to ask. */
  readonly ocsp?: string
  readonly notBefore?: number
  readonly notAfter?: number
}

export const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
let serials = 1_000

export function makeParty(order: PartyOrder): Party {
  const { name, now, issuer, uses = [], ocsp } = order
  const { privateKey: key, publicKey } =
    order.keyType === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const subject = sequence(setOf(sequence(oid('2.5.4.3'), utf8(name))))
  const by = issuer?.key ?? key
  const algorithm = algorithmOf(by)
  const extension = (id: string, content: Bytes): Bytes => sequence(oid(id), octets(content))
  const extensions = [
    extension('2.5.29.19', order.ca === true ? sequence(boolean(true)) : sequence()),
    ...(uses.length > 0 ? [extension('2.5.29.37', sequence(...uses.map(oid)))] : []),
    ...(order.noCheck === true ? [extension('1.3.6.1.5.5.7.48.1.5', tagged(0x05))] : []),
    ...(ocsp === undefined
      ? []
      : [
          extension(
            '1.3.6.1.5.5.7.1.1',
            sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), implicit(6, Buffer.from(ocsp, 'latin1')))),
          ),
        ]),
  ]
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(order.serial ?? ++serials),
    algorithm,
    issuer === undefined ? subject : Buffer.from(issuer.certificate.subject.key, 'base64'),
    sequence(time(order.notBefore ?? now - DAY_MS), time(order.notAfter ?? now + 90 * DAY_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  return { certificate: mustRead(signed(tbs, algorithm, by)), key }
}

export function partyOf(certificatePem: string, keyPem: string): Party {
  const der = Buffer.from(certificatePem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  return { certificate: mustRead(der), key: createPrivateKey(keyPem) }
}

export interface Single {
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly status?: 'good' | 'revoked' | 'unknown'
  readonly hash?: 'sha1' | 'sha256'
  readonly serial?: string
  readonly thisUpdate: number
  readonly nextUpdate?: number
}

export interface Answer {
  readonly signer: Party
  readonly singles: readonly Single[]
  readonly producedAt?: number
  /** The responder by name, or by its key. */
  readonly by?: 'name' | 'key'
  readonly sent?: readonly Certificate[]
  readonly nonce?: Uint8Array
  readonly digest?: 'sha1' | 'sha256'
  readonly pss?: boolean
  readonly critical?: string
}

export function ocspAnswer(answer: Answer): Bytes {
  const { signer, singles, sent = [], nonce, critical } = answer
  const responder =
    answer.by === 'key'
      ? explicit(2, octets(hashOf('sha1', keyOf(signer.certificate))))
      : explicit(1, Buffer.from(signer.certificate.subject.key, 'base64'))
  const extensions = [
    ...(nonce === undefined ? [] : [sequence(oid('1.3.6.1.5.5.7.48.1.2'), octets(octets(nonce)))]),
    ...(critical === undefined
      ? []
      : [sequence(oid(critical), boolean(true), octets(tagged(0x05)))]),
  ]
  const data = sequence(
    responder,
    generalized(answer.producedAt ?? singles[0]?.thisUpdate ?? 0),
    sequence(...singles.map(singleOf)),
    ...(extensions.length > 0 ? [explicit(1, sequence(...extensions))] : []),
  )
  const { digest = 'sha256', pss = false } = answer
  const algorithm = pss ? PSS_SHA256 : algorithmOf(signer.key, digest)
  const signature = pss
    ? sign('sha256', data, { key: signer.key, padding: 6, saltLength: 32 })
    : sign(digest, data, signer.key)
  const basic = sequence(
    data,
    algorithm,
    bitString(signature),
    ...(sent.length > 0 ? [explicit(0, sequence(...sent.map(({ der }) => der)))] : []),
  )
  return sequence(
    tagged(0x0a, Buffer.from([0])),
    explicit(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))),
  )
}

/** RFC 6960 §4.2.1: 3 is tryLater. */
export const refusal = (status: number): Bytes => sequence(tagged(0x0a, Buffer.from([status])))

function singleOf({ certificate, issuer, status = 'good', ...rest }: Single): Bytes {
  const { hash = 'sha1', thisUpdate, nextUpdate, serial = certificate.serial } = rest
  const algorithm = hash === 'sha1' ? '1.3.14.3.2.26' : '2.16.840.1.101.3.4.2.1'
  const name = Buffer.from(certificate.issuer.key, 'base64')
  const said = {
    good: implicit(0, Buffer.alloc(0)),
    revoked: explicit(1, generalized(thisUpdate)),
    unknown: implicit(2, Buffer.alloc(0)),
  } as const
  return sequence(
    sequence(
      sequence(oid(algorithm), tagged(0x05)),
      octets(hashOf(hash, name)),
      octets(hashOf(hash, keyOf(issuer))),
      unsigned(Buffer.from(serial, 'hex')),
    ),
    said[status],
    generalized(thisUpdate),
    ...(nextUpdate === undefined ? [] : [explicit(0, generalized(nextUpdate))]),
  )
}

/** The raw bits of the key, which end its SubjectPublicKeyInfo: 65 bytes of a P-256 point; of RSA, what PKCS#1 writes. */
function keyOf({ publicKey }: Certificate): Bytes {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  return key.asymmetricKeyType === 'rsa'
    ? key.export({ type: 'pkcs1', format: 'der' })
    : publicKey.subarray(-65)
}

const PSS_SHA256 = sequence(
  oid('1.2.840.113549.1.1.10'),
  sequence(
    explicit(0, sequence(oid('2.16.840.1.101.3.4.2.1'))),
    explicit(1, sequence(oid('1.2.840.113549.1.1.8'), sequence(oid('2.16.840.1.101.3.4.2.1')))),
    explicit(2, integer(32)),
  ),
)

function algorithmOf(key: KeyObject, digest: 'sha1' | 'sha256' = 'sha256'): Bytes {
  if (key.asymmetricKeyType === 'rsa')
    return sequence(oid(`1.2.840.113549.1.1.${digest === 'sha1' ? 5 : 11}`), tagged(0x05))
  return sequence(oid(digest === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2'))
}

function signed(tbs: Bytes, algorithm: Bytes, key: KeyObject): Bytes {
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, key)))
}

function generalized(at: number): Bytes {
  return tagged(
    0x18,
    Buffer.from(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, ''), 'latin1'),
  )
}

function hashOf(hash: string, bytes: Bytes): Bytes {
  return createHash(hash).update(bytes).digest()
}

function mustRead(der: Bytes): Certificate {
  const read = readCertificate(der)
  if (!read.ok) throw new Error(read.fault)
  return read.certificate
}

/** Address of a server on loopback, gone with the test. */
export async function responderAt(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // sound: it listens on TCP
}
