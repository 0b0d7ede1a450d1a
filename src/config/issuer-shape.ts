/** Who issues access tokens, and how tokens are asked about that say nothing themselves. */
import { parseEndpoint } from './addresses.ts'
import { LIMITS } from './limits.ts'
import { choice, numberIn, parsedText, text, yesOrNo } from './shape.ts'
import { defaulted, list, object, oneOrMore, optional, required } from './shape-collections.ts'
import { filePath, keySet, secretRef } from './shape-references.ts'
import { paired } from './upstream-shape.ts'

/** Compared with `iss` letter by letter (RFC 8725 §3.8), so it is kept as written. */
const issuerName = parsedText('the issuer as its tokens name it', (value) =>
  /\s/.test(value) ? { wrong: 'must be the value of "iss", without spaces' } : { value },
)

const CONSENT_IN = ['claim', 'scope', 'authorization_details'] as const
const CONSENT_IN_CLAIM: (typeof CONSENT_IN)[number] = 'claim'
const claims = {
  client: defaulted(
    text,
    { value: 'client_id', shown: 'client_id' },
    'Claim that names the client (third party).',
  ),
  subject: defaulted(text, { value: 'sub', shown: 'sub' }, 'Claim that names the customer.'),
  consent: defaulted(
    text,
    { value: 'consent_id', shown: 'consent_id' },
    'What names the consent: a claim, the beginning of a scope, or a member of authorization_details.',
    'openbanking_intent_id',
  ),
  consentIn: defaulted(
    choice(CONSENT_IN),
    { value: CONSENT_IN_CLAIM, shown: CONSENT_IN_CLAIM },
    'Where it stands: in a claim, behind the beginning of a scope (consent:7f3a, with "consent: \'consent:\'"), or in each object of authorization_details (RFC 9396).',
    'scope',
  ),
  scope: defaulted(text, { value: 'scope', shown: 'scope' }, 'Claim that lists the scopes.', 'scp'),
  grant: defaulted(
    text,
    { value: 'grant_id', shown: 'grant_id' },
    'Claim that names the grant (FAPI Grant Management): revoking it ends every token of it.',
    'sid',
  ),
  sca: optional(
    text,
    'Claim that says what became of strong customer authentication of a payment: an object with "outcome" (authenticated or exempt), "decision" and, where it was exempt, "exemption"; further "digest" (of the payments, docs/design/payments.md) and "article". Without it nothing that its tokens say of that is believed; of the issuer of "identity" it is "sca".',
    'psd2_sca',
  ),
}
const DEFAULT_CLAIMS = {
  client: 'client_id',
  subject: 'sub',
  consent: 'consent_id',
  consentIn: CONSENT_IN_CLAIM,
  scope: 'scope',
  grant: 'grant_id',
}

/** What a token may begin with (RFC 6750 §2.1); with two dots it would be a JWT. */
const PREFIX = /^(?!.*\..*\.)[A-Za-z0-9._~+/-]+$/
const pemFile = filePath('the path of a PEM file of certificates', 'exist')
const tls = paired(
  object('TLS with an issuer', {
    anchors: defaulted(
      list(pemFile),
      { value: [], shown: [] },
      'PEM files of the authorities that may vouch for it, and no others; else those of the machine.',
      ['trust/login-ca.pem'],
    ),
    certificate: optional(
      pemFile,
      'PEM file of the certificate that the gateway shows there (tls_client_auth, RFC 8705), and of those above it; read again whenever it changes.',
      'tls/gateway.pem',
    ),
    key: optional(secretRef, 'Where its private key (PEM) is kept.', {
      file: 'tls/gateway-key.pem',
    }),
  }),
)

const ALGORITHMS = ['PS256', 'ES256', 'EdDSA'] as const
const introspection = object('introspection', {
  endpoint: required(
    parsedText('an https URL', parseEndpoint),
    'Its introspection endpoint (RFC 7662): an https URL (http on loopback only).',
    'https://login.bank.example/introspect',
  ),
  clientId: required(text, 'How the gateway is known there.', 'gatehouse'),
  clientSecret: optional(
    secretRef,
    'Where its secret is kept (client_secret_basic). Without a secret and a key it is known by the certificate of "tls".',
    { env: 'INTROSPECTION_SECRET' },
  ),
  clientKey: optional(
    secretRef,
    'Where its private key is kept (private_key_jwt: PS256, ES256 or EdDSA, PEM or JWK), in place of a secret.',
    { file: 'keys/introspection.pem' },
  ),
  tokenPrefix: optional(
    parsedText('the beginning of a token', (value) =>
      PREFIX.test(value) && value.length <= LIMITS.name
        ? { value }
        : { wrong: `must be what a token may begin with, at most ${LIMITS.name} characters` },
    ),
    'How its tokens begin: they go to it alone, and no others do. Without one it is asked about what no other issuer of the API claims.',
    'ory_at_',
  ),
  tryInOrder: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'true: its tokens may be shown to the other issuers of an API that say the same and have no prefix, and theirs to it, in the order of this file, until one knows the token.',
  ),
  signed: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Answers must be signed by the keys of the issuer (RFC 9701).',
  ),
  cacheSeconds: defaulted(
    numberIn(0, 60, true),
    { value: 10, shown: 10 },
    'How long an answer is believed, in seconds; never longer than the token lives. Revocations of the feed count at once.',
  ),
})
export const issuer = object('an issuer', {
  issuer: required(
    issuerName,
    'Value of "iss" in its access tokens; compared exactly.',
    'https://login.bank.example',
  ),
  jwks: optional(
    keySet,
    'Its public keys (JWKS): a file, or an https URL (http on loopback only); else it is asked where they are, by OpenID Connect Discovery or RFC 8414.',
    'issuer-jwks.json',
    'https://login.bank.example/jwks.json',
  ),
  audience: required(
    oneOrMore(text),
    'Values of "aud" that mean this gateway; one must be in the token.',
    'https://api.bank.example',
  ),
  algorithms: defaulted(
    list(choice(ALGORITHMS), 1),
    { value: ALGORITHMS, shown: [...ALGORITHMS] },
    'Signature algorithms that its tokens may have.',
  ),
  clockSkewSeconds: defaulted(
    numberIn(0, 60, true),
    { value: 10, shown: 10 },
    'How far its clock may be off, in seconds.',
  ),
  introspection: optional(
    introspection,
    'Where it is asked about tokens that are no JWT; a token is shown to nobody else.',
  ),
  tls: optional(
    tls,
    'How to speak TLS with it, for its keys and its introspection endpoint: whom to believe, which certificate to show.',
  ),
  claims: defaulted(
    object('claims', claims),
    { value: { ...DEFAULT_CLAIMS, sca: null }, shown: DEFAULT_CLAIMS },
    'Names of the claims in its tokens.',
  ),
})
