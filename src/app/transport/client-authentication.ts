/**
 * How the gateway says to an issuer who it is when it asks about a token: by a secret, by a signed assertion (RFC 7523, with the audience of
 * FAPI 2.0 Security Profile §5.3.3.1: the issuer), or by the certificate of its connection (RFC 8705 §2). What is in files is read at each
 * question, so that a new secret or key needs no restart.
 */
import type { IntrospectionConfig } from '../../config/index.ts'
import type { Clock } from '../../lib/index.ts'
import type { ClientAuthentication } from '../../proof/index.ts'
import { readSecret } from '../secrets.ts'
import { readSigningKey } from '../signing-key.ts'

export interface AuthenticationPorts {
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
}

/** How long an assertion may be used: as long as a question may take, and a clock that is a little off. */
export const ASSERTION_SECONDS = 60
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** @throws GH_GATEWAY_SIGNING_KEY, GH_CONFIG_SECRET_REFERENCE, at each call */
export function clientAuthentication(
  issuer: string,
  {
    clientId,
    clientSecret,
    clientKey,
  }: Pick<IntrospectionConfig, 'clientId' | 'clientSecret' | 'clientKey'>,
  ports: AuthenticationPorts,
): () => ClientAuthentication {
  if (clientSecret !== null)
    return () => ({
      headers: { authorization: basic(clientId, readSecret(clientSecret)) },
      fields: {},
    })
  if (clientKey === null) return () => ({ headers: {}, fields: { client_id: clientId } })
  return () => {
    const key = readSigningKey(clientKey, ['PS256', 'ES256', 'EdDSA'])
    const now = Math.floor(ports.clock.now() / 1_000)
    const head = { alg: key.algorithm, kid: key.id, typ: 'JWT' }
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: issuer,
      jti: Buffer.from(ports.randomBytes(16)).toString('base64url'),
      iat: now,
      nbf: now,
      exp: now + ASSERTION_SECONDS,
    }
    const input = `${base64url(head)}.${base64url(claims)}`
    return {
      headers: {},
      fields: {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: `${input}.${key.sign(input)}`,
      },
    }
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
