/** Keys that sign answers to third parties (docs/design/payments.md). */
import { text } from './shape.ts'
import { defaulted, list, object, required } from './shape-collections.ts'
import { secretRef } from './shape-references.ts'

const TRUST_ANCHOR = 'openbanking.org.uk'

export const answerSigningShape = object('signing of answers', {
  keys: required(
    list(secretRef, 1),
    'Private RSA keys of at least 2048 bits, PKCS #8 PEM or JWK with the kid under which the directory publishes them. The first signs; the others are only published: a key before its use, and for a while after.',
    [{ file: 'secrets/answers.jwk.json' }],
  ),
  issuer: required(
    text,
    'Value of the claim iss: how the directory names the bank that signs.',
    '0015800000jfwxXAAQ',
  ),
  trustAnchor: defaulted(
    text,
    { value: TRUST_ANCHOR, shown: TRUST_ANCHOR },
    'Value of the claim tan: the trust anchor under which the keys are published.',
  ),
})
