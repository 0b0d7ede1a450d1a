/**
 * Consents as a store keeps them for gateways: under the hash of their id, sealed (AES-256-GCM) with a key that is made of it. Whoever
 * brings a token names the consent, so every gateway can open what it is asked about, with no secret of its own; a copy of the store tells
 * nothing, for it has no id. A million of them are loaded without opening one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_CHARS = 22
/** Larger ones are sealed by nobody here; it bounds what opening may take. */
export const MAX_OPEN_BYTES = 1_048_576
/** Order is part of the format: text that comes often, so that a consent is as short as what is its own. Only added to, in front. */
const WORDS = Buffer.from(
  'ReadAccountsBasic","ReadAccountsDetail","ReadBalances","ReadBeneficiariesBasic","ReadBeneficiariesDetail","ReadDirectDebits","ReadOffers","ReadPAN","ReadParty","ReadPartyPSU","ReadProducts","ReadScheduledPaymentsBasic","ReadScheduledPaymentsDetail","ReadStandingOrdersBasic","ReadStandingOrdersDetail","ReadStatementsBasic","ReadStatementsDetail","ReadTransactionsBasic","ReadTransactionsCredits","ReadTransactionsDebits","ReadTransactionsDetail","allPsd2","availableAccounts","accounts","balances","transactions",instructedAmount{"currency":"EUR","amount":"creditorAccount":{"iban":"creditorName":"authorizationDetails":[{"type":"payment_initiation","validFrom":"transactionsFrom":"transactionsTo":"frequencyPerDay":4,"expiresAt":1{"id":"","client":"","subject":"","status":"AUTH","valid","permissions":["ReadAccountsBasic"],"accounts":["',
)

/** Under which it stands: not to be led back to the id, which is of 128 bits of chance. */
export function sealedKey(id: string): string {
  return hash('sha256', `gatehouse consent\0${id}`, 'base64url').slice(0, KEY_CHARS)
}

export function sealConsent(id: string, record: JsonObject): string {
  const nonce = randomBytes(NONCE_BYTES)
  const text = deflateRawSync(JSON.stringify(record), { dictionary: WORDS })
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce)
  const sealed = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** `undefined`: it was not sealed for this id. */
export function openConsent(id: string, sealed: string): JsonObject | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64url')
    const cipher = createDecipheriv('aes-256-gcm', keyOf(id), bytes.subarray(0, NONCE_BYTES))
    cipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    const text = Buffer.concat([
      cipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      cipher.final(),
    ])
    const plain = inflateRawSync(text, { dictionary: WORDS, maxOutputLength: MAX_OPEN_BYTES })
    const read = JSON.parse(plain.toString()) as JsonValue // sound: JSON is a JSON value
    return isJsonObject(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** As a key object: Node looks at the bytes of a raw one for longer than it seals. */
function keyOf(id: string): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', id, '', 'gatehouse consent for gateways', 32)),
  )
}
