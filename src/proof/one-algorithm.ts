/**
 * Keys and signatures in the forms that `node:crypto` takes without options. With options it first tries the object for a key, which throws and
 * is caught: 20 to 40 µs a call, a third of an ES256 verification. A key that says itself what it is for can do nothing else, either.
 */
import { Buffer } from 'node:buffer'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** RFC 4055 §3.1: id-RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes, which is what PS256 means (RFC 7518 §3.5). */
const PS256 = Buffer.from(
  '304106092a864886f70d01010a3034a00f300d06096086480165030402010500' +
    'a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
  'hex',
)
const [INTEGER, BIT_STRING, OCTETS, SEQUENCE] = [0x02, 0x03, 0x04, 0x30] as const
const [NO_UNUSED_BITS, VERSION_0] = [Buffer.from([0]), Buffer.from([INTEGER, 1, 0])]
/** Bytes of a coordinate of P-256. */
const HALF = 32

/** The same RSA key, for PS256 and nothing else. @throws what OpenSSL throws */
export function ps256PublicKey(key: KeyObject): KeyObject {
  const modulus = key.export({ type: 'pkcs1', format: 'der' })
  const spki = tagged(SEQUENCE, PS256, tagged(BIT_STRING, NO_UNUSED_BITS, modulus))
  return createPublicKey({ key: spki, format: 'der', type: 'spki' })
}

/** The same RSA key, for PS256 and nothing else. @throws what OpenSSL throws */
export function ps256PrivateKey(key: KeyObject): KeyObject {
  const numbers = key.export({ type: 'pkcs1', format: 'der' })
  const pkcs8 = tagged(SEQUENCE, VERSION_0, PS256, tagged(OCTETS, numbers))
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
}

/** The `r` and `s` of an ES256 signature (RFC 7518 §3.4, 64 bytes) as X9.62 writes them. */
export function derSignature(raw: Buffer): Buffer {
  return tagged(SEQUENCE, tagged(INTEGER, shortest(raw, 0)), tagged(INTEGER, shortest(raw, HALF)))
}

/** As few bytes as tell a number that is not negative. */
function shortest(raw: Buffer, from: number): Buffer {
  let at = from
  const last = from + HALF - 1
  while (at < last && raw[at] === 0) at++
  const number = raw.subarray(at, last + 1)
  return (number[0] ?? 0) < 0x80 ? number : Buffer.concat([NO_UNUSED_BITS, number])
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const size = contents.reduce((sum, { length }) => sum + length, 0)
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), ...contents])
}
