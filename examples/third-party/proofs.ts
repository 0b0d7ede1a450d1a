/** What a third party proves with its own keys: that a token is its own (DPoP, RFC 9449), and that a message is (detached JWS, OBIE). */
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto'

export interface ProofKey {
  /** RFC 7638: what an authorization server binds a token to. */
  readonly thumbprint: string
  /** The header `DPoP` of one request with this token, and with the nonce that the gateway asked for. */
  proof(method: string, url: string, token: string, nonce?: string): string
}

export function proofKey(clock: () => number): ProofKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { crv, kty, x, y }
  return {
    thumbprint: sha256(JSON.stringify(jwk)),
    proof(method, url, token, nonce) {
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
      const iat = Math.floor(clock() / 1000)
      const claims = { jti: randomUUID(), htm: method, htu: url, iat, ath: sha256(token), nonce }
      const input = `${segment(header)}.${segment(claims)}`
      const how = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      return `${input}.${sign('sha256', Buffer.from(input), how).toString('base64url')}`
    },
  }
}

export interface Signer {
  /** The header `x-jws-signature` of this body. */
  signature(body: string): string
}

/** `key`: the private one whose public half the bank knows as `kid`. */
export function signer(key: KeyObject, kid: string, issuer: string, clock: () => number): Signer {
  const how = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const [iat, iss, tan] = ['iat', 'iss', 'tan'].map((name) => `http://openbanking.org.uk/${name}`)
  return {
    signature(body) {
      const header = segment({
        alg: 'PS256',
        kid,
        [String(iat)]: Math.floor(clock() / 1000),
        [String(iss)]: issuer,
        [String(tan)]: 'openbanking.org.uk',
        crit: [iat, iss, tan],
      })
      const input = Buffer.from(`${header}.${Buffer.from(body).toString('base64url')}`)
      return `${header}..${sign('sha256', input, how).toString('base64url')}`
    },
  }
}

/** Whether `signature` (detached JWS, OBIE) is by this key over this text, and by whom it says it is. */
export function signedBy(
  publicKey: KeyObject,
  issuer: string,
  text: string,
  signature: string | undefined,
): boolean {
  const [header = '', payload, last = ''] = (signature ?? '').split('.')
  if (payload !== '' || last === '') return false
  const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString())
  // Sound: members of an object of unknowns.
  const { alg, ...rest } = said as Readonly<Record<string, unknown>>
  const input = Buffer.from(`${header}.${Buffer.from(text).toString('base64url')}`)
  const how = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return (
    alg === 'PS256' &&
    rest['http://openbanking.org.uk/iss'] === issuer &&
    verify('sha256', input, how, Buffer.from(last, 'base64url'))
  )
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
