/** An authenticator in software (WebAuthn Level 3, ES256), which a test can make do what it should not. */
import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { JsonObject, JsonValue } from '../../src/lib/index.ts'

export interface Ceremony {
  readonly type?: string
  readonly challenge: JsonValue | undefined
  readonly origin?: string
  readonly rpId?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  /** User present, user verified, key may be copied, key is copied. */
  readonly flags?: { up?: boolean; uv?: boolean; be?: boolean; bs?: boolean }
  /** What it says of its uses; absent: one more than before. */
  readonly counter?: number
  /** Changes the signature. */
  readonly altered?: boolean
  /** How a new key is attested (WebAuthn §8.2); absent: not at all. */
  readonly attested?: Attested
}

export interface Attested {
  readonly aaguid: Uint8Array
  /** Of the maker: the key that attests, and certificates from its own up; absent: the new key attests itself. */
  readonly by?: { readonly key: KeyObject; readonly chain: readonly Uint8Array[] }
}

export const ORIGIN = 'https://pay.bank.example'
export const RP_ID = 'bank.example'

export class Authenticator {
  readonly id: Buffer
  readonly #key: KeyObject
  readonly #cose: Buffer
  #uses = 0

  constructor(id: Buffer = randomBytes(32)) {
    this.id = id
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#key = privateKey
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const coordinates = [x, y].map((text) => Buffer.from(text, 'base64url'))
    // RFC 9053 §7.1: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    this.#cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      coordinates[0] ?? Buffer.alloc(0),
      Buffer.from('225820', 'hex'),
      coordinates[1] ?? Buffer.alloc(0),
    ])
  }

  create(ceremony: Ceremony): JsonObject {
    const clientData = clientDataOf({ type: 'webauthn.create', ...ceremony })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.id.length)
    const aaguid = ceremony.attested?.aaguid ?? Buffer.alloc(16)
    const credential = Buffer.concat([aaguid, length, this.id, this.#cose])
    const authData = Buffer.concat([this.#authData(ceremony, 0x40), credential])
    const attestation = Buffer.concat([
      Buffer.of(0xa3),
      ...this.#statement(ceremony, Buffer.concat([authData, hash('sha256', clientData, 'buffer')])),
      text('authData'),
      bytes(authData),
    ])
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: attestation.toString('base64url'),
    })
  }

  /** `fmt` and `attStmt` of an attestation object, in CBOR. */
  #statement({ attested, altered }: Ceremony, signed: Buffer): readonly Buffer[] {
    if (attested === undefined) return [text('fmt'), text('none'), text('attStmt'), Buffer.of(0xa0)]
    const { by } = attested
    const signature = sign('sha256', altered === true ? Buffer.of(0) : signed, by?.key ?? this.#key)
    const chain = by === undefined ? [] : [text('x5c'), head(0x80, by.chain.length)]
    return [
      text('fmt'),
      text('packed'),
      text('attStmt'),
      head(0xa0, by === undefined ? 2 : 3),
      // ES256 is -7.
      text('alg'),
      Buffer.of(0x26),
      text('sig'),
      bytes(signature),
      ...chain,
      ...(by?.chain.map(bytes) ?? []),
    ]
  }

  get(ceremony: Ceremony): JsonObject {
    const clientData = clientDataOf({ type: 'webauthn.get', ...ceremony })
    const authData = this.#authData(ceremony, 0)
    const signed = Buffer.concat([authData, hash('sha256', clientData, 'buffer')])
    const signature = sign('sha256', signed, this.#key)
    if (ceremony.altered === true) {
      const last = signature.length - 1
      signature[last] = (signature[last] ?? 0) ^ 1
    }
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
    })
  }

  #authData({ rpId = RP_ID, flags = {}, counter }: Ceremony, more: number): Buffer {
    const { up = true, uv = true, be = false, bs = false } = flags
    const bits = (up ? 1 : 0) | (uv ? 4 : 0) | (be ? 8 : 0) | (bs ? 16 : 0) | more
    const uses = Buffer.alloc(4)
    uses.writeUInt32BE(counter ?? ++this.#uses)
    return Buffer.concat([hash('sha256', rpId, 'buffer'), Buffer.of(bits), uses])
  }

  #credential(response: JsonObject): JsonObject {
    const id = this.id.toString('base64url')
    const type = 'public-key'
    return { id, rawId: id, type, response, clientExtensionResults: {} }
  }
}

function clientDataOf({
  type,
  challenge,
  origin = ORIGIN,
  crossOrigin,
  topOrigin,
}: Ceremony): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin, topOrigin }))
}

/** RFC 8949 §3: a major type with its length. */
function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of(major | length)
  return length < 256
    ? Buffer.of(major | 24, length)
    : Buffer.of(major | 25, length >> 8, length & 0xff)
}
const text = (value: string): Buffer =>
  Buffer.concat([head(0x60, Buffer.byteLength(value)), Buffer.from(value)])
const bytes = (value: Uint8Array): Buffer => Buffer.concat([head(0x40, value.length), value])
