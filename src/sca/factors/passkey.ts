/**
 * Passkeys (WebAuthn Level 3). The authenticator verifies its user itself and tells nobody how: possession, and something that the customer is or
 * knows, in one ceremony. The challenge is the digest of all that is agreed. What the library does not look at is looked at here: frames
 * of other origins, keys that leave their device, and whether a credential is still of the kind that was enrolled.
 */
import { Buffer } from 'node:buffer'
import type * as WebAuthn from '@simplewebauthn/server'
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import { type Enrolled, type EnrolledFactor, type Factor, type Judgement, WRONG } from './factor.ts'

export interface PasskeySettings {
  /** Domain of the bank (WebAuthn §5.1.2). */
  readonly rpId: string
  readonly rpName: string
  /** Pages and apps that may ask, exactly: `https://pay.bank.example`. */
  readonly origins: readonly string[]
  /**
   * Keys that a provider copies between devices (flag BE): `refuse` where possession must be of one device that cannot be replicated
   * (RTS Art. 7(2)), which is the default; `accept` is the bank's own judgement of its providers.
   */
  readonly syncedKeys?: 'accept' | 'refuse'
  /** Only authenticators of these models, attested under these roots; absent: any, and attestation is not asked for. */
  readonly models?: {
    /** AAGUIDs, in lower case with hyphens. */
    readonly aaguids: readonly string[]
    /** Certificates as PEM. */
    readonly roots: readonly string[]
  }
}

type Library = typeof WebAuthn
/** COSE: EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257]
const TIMEOUT_MS = 300_000
/** Larger answers are refused unread; attestations with chains of certificates are about 6 KB. */
const MAX_ANSWER_CHARS = 65_536

export function passkeyFactor(settings: PasskeySettings): Factor {
  const { rpId, rpName, models, syncedKeys = 'refuse' } = settings
  const origins = [...settings.origins]
  let library: Promise<Library> | undefined
  // Half a second to load: only who has passkeys waits for it, once.
  const load = (): Promise<Library> => (library ??= import('@simplewebauthn/server'))

  return {
    kind: 'passkey',
    elements: [
      { category: 'possession', carrier: 'device' },
      // Knowledge it may be as well; which of the two it was only the authenticator knows.
      { category: 'inherence', carrier: 'local' },
    ],
    linked: true,
    single: false,

    async judge(value, enrolled, { transaction }): Promise<Judgement> {
      const { verifyAuthenticationResponse } = await load()
      const response = credentialOf(value)
      const known = enrolled.find(({ secret }) => secret['credential'] === response?.id)
      if (response === undefined || known === undefined || !isTopLevel(response)) return WRONG
      if (!isOfUser(response, known)) return WRONG
      const { credential, publicKey, deviceType } = known.secret
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          // Sound as far as it goes: the library checks each member before it uses it.
          response: response as never,
          expectedChallenge: transaction.challenge.toString('base64url'),
          expectedOrigin: origins,
          expectedRPID: rpId,
          expectedType: 'webauthn.get',
          requireUserVerification: true,
          credential: {
            id: textOf(credential),
            publicKey: new Uint8Array(Buffer.from(textOf(publicKey), 'base64url')),
            counter: known.counter,
          },
        })
        // WebAuthn §7.2: whether a key may be copied never changes.
        if (!verified || authenticationInfo.credentialDeviceType !== deviceType) return WRONG
        const { newCounter } = authenticationInfo
        return {
          ok: true,
          use: newCounter === 0 ? { id: known.id } : { id: known.id, counter: newCounter },
        }
      } catch {
        return WRONG // it says which check failed, and nobody may know
      }
    },

    question: (enrolled, { transaction }) => ({
      challenge: transaction.challenge.toString('base64url'),
      rpId,
      timeout: TIMEOUT_MS,
      userVerification: 'required',
      allowCredentials: enrolled.map(descriptor),
    }),

    beginEnrolment({ subject, nonce, given, enrolled }) {
      const { name, displayName = name, label = 'Passkey' } = given
      if (typeof name !== 'string' || typeof displayName !== 'string' || typeof label !== 'string')
        return Promise.resolve({ ok: false, fault: 'malformed' })
      if ([name, displayName, label].some((text) => text.length > 64))
        return Promise.resolve({ ok: false, fault: 'too-long' })
      const options = {
        rp: { id: rpId, name: rpName },
        user: { id: subject, name, displayName },
        challenge: nonce,
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
        timeout: TIMEOUT_MS,
        excludeCredentials: enrolled.map(descriptor),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        attestation: models === undefined ? 'none' : 'direct',
      }
      return Promise.resolve({
        ok: true,
        options,
        pending: { challenge: nonce, label, user: subject },
      })
    },

    async finishEnrolment({ challenge, label = '', user = '' }, value): Promise<Enrolled> {
      const { SettingsService, verifyRegistrationResponse } = await load()
      const response = credentialOf(value)
      if (response === undefined || typeof challenge !== 'string')
        return { ok: false, fault: 'malformed' }
      if (!isTopLevel(response)) return { ok: false, fault: 'not-allowed' }
      try {
        // The library keeps one list for the process; so it is said each time whose this is.
        if (models !== undefined)
          SettingsService.setRootCertificates({
            identifier: 'packed',
            certificates: [...models.roots],
          })
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: response as never, // sound: as above
          expectedChallenge: challenge,
          expectedOrigin: origins,
          expectedRPID: rpId,
          expectedType: 'webauthn.create',
          requireUserVerification: true,
          supportedAlgorithmIDs: ALGORITHMS,
        })
        if (!verified) return { ok: false, fault: 'wrong-answer' }
        const { credential, credentialDeviceType, aaguid, fmt } = registrationInfo
        const synced = credentialDeviceType === 'multiDevice'
        const model =
          models === undefined ||
          (fmt === 'packed' &&
            models.aaguids.includes(aaguid) &&
            (await hasChain(registrationInfo.attestationObject)))
        if ((synced && syncedKeys === 'refuse') || !model)
          return { ok: false, fault: 'not-allowed' }
        const secret = {
          credential: credential.id,
          publicKey: Buffer.from(credential.publicKey).toString('base64url'),
          deviceType: credentialDeviceType,
          label,
          aaguid,
          user,
        }
        return { ok: true, secret, credential: credential.id, counter: credential.counter }
      } catch {
        return { ok: false, fault: 'wrong-answer' }
      }
    },
  }
}

/** Whether the key that answers is copied between devices: nothing that one device would hold. */
export function isSynced({ kind, secret }: Pick<EnrolledFactor, 'kind' | 'secret'>): boolean {
  return kind === 'passkey' && secret['deviceType'] === 'multiDevice'
}

/** A key may attest itself (WebAuthn §8.2, self attestation): then it says which model it is, and nobody else does. */
async function hasChain(attestation: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  return (decodeAttestationObject(attestation).get('attStmt').get('x5c')?.length ?? 0) > 0
}

function descriptor({ secret }: EnrolledFactor): JsonObject {
  return { type: 'public-key', id: secret['credential'] ?? '' }
}

interface Credential {
  readonly id: string
  readonly response: JsonObject
}

/** PublicKeyCredential as JSON (WebAuthn §5.1.8), as far as the library does not look. */
function credentialOf(value: JsonValue): (JsonObject & Credential) | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const credential = value as JsonObject // sound: an object that is no array
  const { id, response } = credential
  if (typeof id !== 'string' || typeof response !== 'object' || response === null) return undefined
  if (Array.isArray(response) || JSON.stringify(value).length > MAX_ANSWER_CHARS) return undefined
  return { ...credential, id, response: response as JsonObject } // sound: likewise
}

/** WebAuthn §7.2: an authenticator that says whose key it is says that it is the customer's. Keys of before say nothing of it. */
function isOfUser({ response }: Credential, { secret }: EnrolledFactor): boolean {
  const { userHandle = null } = response
  const { user = '' } = secret
  return userHandle === null || user === '' || userHandle === user
}

/** Not in a frame of another origin: the customer could not see whose page asks (WebAuthn §13.4.2). */
function isTopLevel({ response }: Credential): boolean {
  try {
    const text = Buffer.from(textOf(response['clientDataJSON']), 'base64url').toString()
    const data: unknown = JSON.parse(text)
    if (typeof data !== 'object' || data === null) return false
    const { crossOrigin, topOrigin } = data as JsonObject // sound: an object of JSON
    return crossOrigin !== true && topOrigin === undefined
  } catch {
    return false
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
