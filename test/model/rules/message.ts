/** Detached JWS of the UK standard (OBIE R/W data API profile, "Message signing"). */
import type { World } from '../world.ts'
import { isBase64url, isSignedBy, objectOf } from './token.ts'
import type { Wire } from './wire.ts'

const NAME = 'http://openbanking.org.uk/'
const NAMES = ['iat', 'iss', 'tan'].map((name) => NAME + name)

export function signatureFault(
  wire: Wire,
  field: string,
  client: string,
  world: World,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  const parts = field.trim().split('.')
  const [head = '', middle, signature = ''] = parts
  const header = objectOf(head)
  const signs = world.clients.get(client)?.signs
  if (parts.length !== 3 || middle !== '' || header === undefined || !isBase64url(signature))
    return INVALID
  const [iat, iss, tan] = NAMES.map((name) => header[name])
  const { alg, kid, crit, b64 } = header
  if (alg !== 'PS256' || typeof kid !== 'string' || typeof iat !== 'number') return INVALID
  if (typeof iss !== 'string' || iss === '' || typeof tan !== 'string' || tan === '') return INVALID
  const need = b64 === undefined ? NAMES : [...NAMES, 'b64']
  if (
    !Array.isArray(crit) ||
    new Set(crit).size !== crit.length ||
    crit.length !== need.length ||
    need.some((name) => !crit.includes(name))
  )
    return INVALID
  if (signs === undefined || signs.key.kid !== kid) return INVALID
  const body = Buffer.from(wire.body ?? '')
  const input =
    b64 === false
      ? Buffer.concat([Buffer.from(`${head}.`), body])
      : Buffer.from(`${head}.${body.toString('base64url')}`)
  if (!isSignedBy(signs.key, input, signature)) return INVALID
  if (b64 === false && params['unencoded'] !== true) return INVALID
  const age = wire.at / 1000 - iat
  if (age > Number(params['maxAgeSeconds']) || age < -10) return CLAIMS
  if (![params['trustAnchors']].flat().includes(tan)) return CLAIMS
  return signs.issuer === undefined || signs.issuer === iss ? undefined : CLAIMS
}
const INVALID = 'GH_GATEWAY_SIGNATURE_INVALID'
const CLAIMS = 'GH_GATEWAY_SIGNATURE_CLAIMS'
