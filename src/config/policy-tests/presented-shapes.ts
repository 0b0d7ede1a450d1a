/** What a policy test says of the proofs that come with a request: client certificate, DPoP proof, signature of the message. */
import { isScalar } from 'yaml'
import { readHttpUrl } from '../../lib/index.ts'
import { choice, numberIn, parsedText, type Shape, text, yesOrNo } from '../shape.ts'
import { defaulted, list, object, optional } from '../shape-collections.ts'
import { instant } from './instant.ts'

const REVOCATION = ['good', 'revoked', 'unknown'] as const
export const certificate = object('a client certificate', {
  organization: defaulted(
    text,
    { value: '', shown: '' },
    'Its organizationIdentifier.',
    'PSDGB-FCA-123456',
  ),
  roles: defaulted(list(text), { value: [], shown: [] }, 'Its PSD2 roles.', ['PSP_AI']),
  trustStore: optional(text, 'Trust store of its anchor; else the first that the policy names.'),
  depth: defaulted(numberIn(1, 10, true), { value: 1, shown: 1 }, 'Authorities above it.'),
  expiresAt: optional(instant, 'When it ends; else a day after the request.'),
  revocation: defaulted<(typeof REVOCATION)[number]>(
    choice(REVOCATION),
    { value: 'good', shown: 'good' },
    'What is known of its revocation.',
  ),
})

/** RFC 9449 §4.2. */
const url = parsedText(
  'a URL',
  (value) =>
    readHttpUrl(value) !== undefined
      ? { value }
      : { wrong: 'must be a URL such as https://api.bank.example/accounts' },
  { format: 'uri' },
)
const NONCES = ['absent', 'good', 'unknown'] as const
const USES = ['new', 'seen', 'full', 'before-start'] as const
const sound = {
  invalid: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'It cannot be read, or its signature is not good.',
  ),
}
export const dpopProof = object('a DPoP proof', {
  ...sound,
  otherKey: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'It is signed by another key than that of the token.',
  ),
  otherToken: defaulted(yesOrNo, { value: false, shown: false }, 'Its "ath" is of another token.'),
  method: optional(text, 'Value of "htm"; else the method of the request.', 'GET'),
  url: optional(
    url,
    'Value of "htu"; else that of the request, at the first of publicOrigins.',
    'https://api.bank.example/accounts',
  ),
  issuedAt: optional(instant, 'Value of "iat"; else the time of the request.'),
  nonce: defaulted<(typeof NONCES)[number]>(
    choice(NONCES),
    { value: 'absent', shown: 'absent' },
    'Its nonce: none, one of the gateway, or another.',
  ),
  use: defaulted<(typeof USES)[number]>(
    choice(USES),
    { value: 'new', shown: 'new' },
    'Whether its "jti" came before, the gateway can remember no more, or it may be older than the memory of the gateway.',
  ),
})

const signatureFields = object('a message signature', {
  ...sound,
  issuer: optional(text, 'Who signed; else whom the client signs as.'),
  trustAnchor: optional(text, 'Under which trust anchor; else the first that the policy takes.'),
  issuedAt: optional(instant, 'When; else the time of the request.'),
  unencoded: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'The body is signed as it is (RFC 7797).',
  ),
})
type Signature = NonNullable<ReturnType<(typeof signatureFields)['read']>>
const NONE = choice(['none'])
/** `none`, or what is not as usual in a good one. */
export const messageSignature: Shape<Signature | 'none'> = {
  read: (spot, check) => (isScalar(spot.node) ? NONE : signatureFields).read(spot, check),
  schema: (words) => ({ anyOf: [NONE.schema(words), signatureFields.schema(words)] }),
}
