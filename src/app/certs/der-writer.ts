/** DER, written: as much of X.690 as certificates and revocation lists need. The reader in `proof` is judged by other programs, and so is this. */

export type Bytes = Uint8Array

export function tagged(tag: number, ...contents: readonly Bytes[]): Bytes {
  const content = Buffer.concat(contents)
  const { length } = content
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest & 0xff)
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | digits.length, ...digits]
  return Buffer.concat([Buffer.from(header), content])
}

export const sequence = (...items: readonly Bytes[]): Bytes => tagged(0x30, ...items)
export const setOf = (...items: readonly Bytes[]): Bytes => tagged(0x31, ...items)
export const octets = (content: Bytes): Bytes => tagged(0x04, content)
export const utf8 = (text: string): Bytes => tagged(0x0c, Buffer.from(text))
export const printable = (text: string): Bytes => tagged(0x13, Buffer.from(text, 'latin1'))
export const boolean = (value: boolean): Bytes => tagged(0x01, Buffer.from([value ? 0xff : 0]))
/** `[number]` around a value. */
export const explicit = (number: number, content: Bytes): Bytes => tagged(0xa0 + number, content)
/** `[number]` instead of the tag of a text or of bytes. */
export const implicit = (number: number, content: Bytes): Bytes => tagged(0x80 + number, content)

/** A positive INTEGER from its bytes. */
export function unsigned(bytes: Bytes): Bytes {
  let first = 0
  while (first < bytes.length - 1 && bytes[first] === 0) first++
  const rest = bytes.subarray(first)
  return tagged(0x02, Buffer.from((rest[0] ?? 0) >= 0x80 ? [0] : []), rest)
}

export function integer(value: number): Bytes {
  return unsigned(Buffer.from(value.toString(16).padStart(8, '0'), 'hex'))
}

/** Bits from the left; trailing zero bits are left out, as DER has it for named bits (X.690 §11.2.2). */
export function namedBits(bits: readonly number[]): Bytes {
  const last = Math.max(...bits)
  const bytes = Buffer.alloc((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return tagged(0x03, Buffer.from([7 - (last & 7)]), bytes)
}

export const bitString = (bytes: Bytes): Bytes => tagged(0x03, Buffer.from([0]), bytes)

export function oid(dotted: string): Bytes {
  const [root = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  const bytes = [root * 40 + second, ...arcs].flatMap((arc) => {
    const digits = [arc & 0x7f]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest & 0x7f) | 0x80)
    return digits
  })
  return tagged(0x06, Buffer.from(bytes))
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from then on. */
export function time(at: number): Bytes {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return digits < '2050'
    ? tagged(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tagged(0x18, Buffer.from(digits, 'latin1'))
}
