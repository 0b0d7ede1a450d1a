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
    const attested = Buffer.concat([Buffer.alloc(16), length, this.id, this.#cose])
    const authData = Buffer.concat([this.#authData(ceremony, 0x40), attested])
    // {"fmt": "none", "attStmt": {}, "authData": bytes}
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex'),
      Buffer.of(authData.length >> 8, authData.length & 0xff),
      authData,
    ])
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: attestation.toString('base64url'),
    })
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
