/**
 * DER (X.690 §10, §11), read strictly: one way to write a value, so two readers cannot disagree about what was signed. It reads what is
 * asked for and nothing else, copies no bytes, and refuses indefinite and long-winded lengths, high tag numbers and bytes left over.
 */

/** What is wrong with the bytes; caught where a certificate or a list is read, never seen beyond. */
export class DerFault extends Error {
  constructor(fault: string) {
    super(fault)
    this.name = 'DerFault'
  }
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** Items of one SEQUENCE or SET; a revocation list of a large authority has hundreds of thousands. */
const MAX_ITEMS = 1_000_000
/** X.660 arcs of one object identifier. */
const MAX_ARCS = 32

/** One value: its tag, its content, and all its bytes. */
export class Der {
  readonly tag: number
  readonly content: Uint8Array
  /** With tag and length. */
  readonly raw: Uint8Array

  private constructor(tag: number, content: Uint8Array, raw: Uint8Array) {
    this.tag = tag
    this.content = content
    this.raw = raw
  }

  /** The one value that the bytes are. @throws DerFault if they are none, or more than one */
  static whole(bytes: Uint8Array): Der {
    const [value, end] = Der.#at(bytes, 0)
    if (end !== bytes.length) throw new DerFault('bytes follow the value')
    return value
  }

  /** All values, one behind the other. @throws DerFault */
  static all(bytes: Uint8Array): readonly Der[] {
    const found: Der[] = []
    let at = 0
    while (at < bytes.length) {
      if (found.length >= MAX_ITEMS) throw new DerFault('too many items')
      const [value, end] = Der.#at(bytes, at)
      found.push(value)
      at = end
    }
    return found
  }

  static #at(bytes: Uint8Array, start: number): readonly [Der, number] {
    const tag = byteAt(bytes, start)
    if ((tag & 0x1f) === 0x1f) throw new DerFault('a tag of more than one byte')
    let at = start + 2
    let length = byteAt(bytes, start + 1)
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4) throw new DerFault('an indefinite or oversized length')
      length = 0
      for (let digit = 0; digit < count; digit++) length = length * 256 + byteAt(bytes, at++)
      // X.690 §10.1: the fewest bytes that can say it.
      if (length < 0x80 || length < 256 ** (count - 1))
        throw new DerFault('a length is not in its shortest form')
    }
    const end = at + length
    if (end > bytes.length) throw new DerFault('the value ends before its length says')
    return [new Der(tag, bytes.subarray(at, end), bytes.subarray(start, end)), end]
  }

  /** @throws DerFault if it has another tag */
  expect(tag: number): this {
    if (this.tag !== tag) throw new DerFault(`tag ${this.tag} where ${tag} belongs`)
    return this
  }

  /** The values within. @throws DerFault unless it has this tag */
  items(tag: number = TAG.sequence): readonly Der[] {
    return Der.all(this.expect(tag).content)
  }

  /** X.690 §11.1. */
  boolean(): boolean {
    const { content } = this.expect(TAG.boolean)
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
      throw new DerFault('a boolean that is neither')
    return content[0] === 0xff
  }

  /** Content of an INTEGER in its shortest form (X.690 §8.3.2). */
  integer(): Uint8Array {
    const { content } = this.expect(TAG.integer)
    const [first, second] = content
    if (first === undefined) throw new DerFault('an empty integer')
    if (second !== undefined && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80))
      throw new DerFault('an integer is not in its shortest form')
    return content
  }

  /** An INTEGER from 0 to 2³¹ − 1. */
  smallInteger(): number {
    const content = this.integer()
    if (content.length > 4 || byteAt(content, 0) >= 0x80)
      throw new DerFault('an integer is too big')
    return content.reduce((sum, byte) => sum * 256 + byte, 0)
  }

  /** Dotted text, such as `2.5.4.97`. */
  oid(): string {
    const { content } = this.expect(TAG.oid)
    const arcs: bigint[] = []
    let arc = 0n
    let begins = true
    for (const byte of content) {
      if (begins && byte === 0x80) throw new DerFault('an arc is not in its shortest form')
      arc = arc * 128n + BigInt(byte & 0x7f)
      begins = byte < 0x80
      if (!begins) continue
      if (arcs.push(arc) > MAX_ARCS) throw new DerFault('an object identifier is too long')
      arc = 0n
    }
    const [first] = arcs
    if (first === undefined || !begins) throw new DerFault('an object identifier is cut off')
    const root = first >= 80n ? 2n : first / 40n
    return [root, first - root * 40n, ...arcs.slice(1)].join('.')
  }

  /** The bits as bytes; `unused` bits of the last one are zero (X.690 §11.2). */
  bits(): { readonly bytes: Uint8Array; readonly unused: number } {
    const { content } = this.expect(TAG.bitString)
    const unused = byteAt(content, 0)
    const bytes = content.subarray(1)
    const last = bytes.at(-1)
    if (unused > 7 || (last === undefined && unused > 0))
      throw new DerFault('a bit string is cut off')
    if (last !== undefined && (last & ((1 << unused) - 1)) !== 0)
      throw new DerFault('unused bits are not zero')
    return { bytes, unused }
  }

  /** Text of any of the string types that certificates use. @throws DerFault for other types and for what is not text */
  text(): string {
    const { tag, content } = this
    switch (tag) {
      case TAG.utf8:
        return decoded(UTF8, content)
      case TAG.printable:
      case TAG.ia5:
        if (content.some((byte) => byte >= 0x80)) throw new DerFault('text that is not ASCII')
        return decoded(UTF8, content)
      case TAG.teletex:
        return String.fromCharCode(...content.subarray(0, MAX_TEXT))
      case TAG.bmp:
        return decoded(UTF16, content)
      default:
        throw new DerFault('not a text')
    }
  }

  /** Milliseconds since the epoch. RFC 5280 §4.1.2.5: in UTC, with seconds, without fractions. */
  time(): number {
    const written = String.fromCharCode(...this.content.subarray(0, 16))
    const short = this.tag === TAG.utcTime
    if (!short) this.expect(TAG.generalizedTime)
    const match = (short ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(written)
    if (match === null) throw new DerFault('not a time')
    const [, year = '', rest = ''] = match
    const full = short ? `${Number(year) >= 50 ? '19' : '20'}${year}` : year
    const [month, day, hour, minute, second] = rest.match(/\d{2}/g) ?? []
    const iso = `${full}-${month}-${day}T${hour}:${minute}:${second}.000Z`
    const at = Date.parse(iso)
    // `Date.parse` takes 31 February for 3 March.
    if (Number.isNaN(at) || new Date(at).toISOString() !== iso) throw new DerFault('not a time')
    return at
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const UTF16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true })
/** Characters of one text that is read byte by byte; names in certificates are far shorter. */
const MAX_TEXT = 4_096

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new DerFault('not a text')
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new DerFault('the bytes end too soon')
  return byte
}

/** Tag of `[number]` in a SEQUENCE: constructed for what is explicit or a list, primitive for an implicit text. */
export function contextTag(number: number, form: 'constructed' | 'primitive'): number {
  return (form === 'constructed' ? 0xa0 : 0x80) + number
}
