/** The signed context that goes to the bank with each call (docs/design/upstream.md). */
import { label } from './check.ts'
import { invalid, numberIn, parsedText, type Shape, textAt } from './shape.ts'
import { defaulted, list, object, required } from './shape-collections.ts'
import { secretRef } from './shape-references.ts'

const HEADER = '^[a-z0-9]+(?:-[a-z0-9]+)*$'
const MAX_HEADER_CHARS = 64
/** What already means something to a server or a proxy is no place for it. */
const TAKEN =
  /^(?:x-gatehouse-.*|accept.*|authorization|proxy-.*|cookie|connection|content-.*|date|digest|expect|forwarded|host|keep-alive|range|te|trace(?:parent|state)|trailer|transfer-encoding|upgrade|via|x-forwarded-.*|x-envoy-.*)$/

const headerName: Shape<string> = {
  read: (spot, check) => {
    const name = textAt(spot, check, 'a header name')
    if (name === undefined) return undefined
    if (!new RegExp(HEADER).test(name) || name.length > MAX_HEADER_CHARS)
      return invalid(
        spot,
        check,
        `${label(spot.path)} must be a header name in lower case, at most ${MAX_HEADER_CHARS} characters.`,
      )
    if (TAKEN.test(name))
      return invalid(spot, check, `${label(spot.path)} names a header that means something else.`)
    return name
  },
  schema: () => ({ type: 'string', pattern: HEADER, maxLength: MAX_HEADER_CHARS }),
}

const HEADER_NAME = 'gatehouse-context'
const ISSUER = 'gatehouse'
const TTL_SECONDS = 30

export const contextShape = object('a signed context', {
  keys: required(
    list(secretRef, 1),
    'Private keys, P-256 or Ed25519, PKCS #8 PEM or JWK. The first signs; the others are only published: a key before its use, and for a while after.',
    [{ file: 'secrets/context.pem' }],
  ),
  header: defaulted(
    headerName,
    { value: HEADER_NAME, shown: HEADER_NAME },
    'Header in which it goes to the bank; stripped from every request of a client.',
  ),
  issuer: defaulted(
    parsedText('the name of this gateway', (value) =>
      /\s/.test(value) ? { wrong: 'must be a name without spaces' } : { value },
    ),
    { value: ISSUER, shown: ISSUER },
    'Value of "iss", for a bank that has several gateways.',
  ),
  ttlSeconds: defaulted(
    numberIn(5, 300, true),
    { value: TTL_SECONDS, shown: TTL_SECONDS },
    'From "iat" to "exp", in seconds.',
  ),
})
