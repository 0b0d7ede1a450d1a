/** Faults of connections and tokens. */
import { hmacSigned } from '../../support/token-issuer.ts'
import { always, type Around, type Fault, fault, seconds, withProof, withToken } from './fault.ts'

const flip = (text: string): string =>
  text.endsWith('A') ? `${text.slice(0, -1)}B` : `${text.slice(0, -1)}A`

export const TRANSPORT = [
  fault('an old or no TLS', always, (recipe, { one }) => {
    recipe.tls = one('1.2', '1.2', undefined)
  }),
  fault('another certificate', always, (recipe, { world, one }) => {
    recipe.certificate = one(...world.certificates.keys())
  }),
  fault('bound to one certificate, sent over another', withToken, (recipe, { world, one }) => {
    const other = world.certificates.get(one('good-b', 'under-one', 'partner'))?.certificate
    if (recipe.token !== null) recipe.token.claims['cnf'] = { 'x5t#S256': other?.thumbprint }
    recipe.bound = 'certificate'
  }),
]

const claim = (name: string, values: (around: Around) => readonly unknown[]): Fault =>
  fault(`claim ${name}`, withToken, (recipe, around) => {
    if (recipe.token !== null) recipe.token.claims[name] = around.one(...values(around))
  })
/** Without those of which there is one for each visitor. */
const named = ({ consents }: Around['world']): readonly string[] =>
  [...consents.keys()].filter((id) => !id.startsWith('visit-'))
const tokenHeader = (name: string, ...values: readonly unknown[]): Fault =>
  fault(`header ${name} of a token`, withToken, (recipe, { one }) => {
    if (recipe.token !== null) recipe.token.header[name] = one(...values)
  })
export const TOKENS = [
  fault('no token', withToken, (recipe) => {
    recipe.token = null
  }),
  fault('another scheme', withToken, (recipe, { one }) => {
    recipe.scheme = one('Basic', 'bearer', 'BEARER', 'DPoP', 'dpop', 'Bearer ', 'BearerX', 'MAC')
    if (one(true, false)) recipe.bound = one('certificate', 'nothing')
  }),
  fault('a text that is no token', withToken, (recipe, { one }) => {
    const text = one(
      '',
      'x',
      'a.b',
      'a.b.c',
      'a b',
      '"quoted"',
      'e30.e30.e30',
      'ä',
      'a.b.c.d',
      'x'.repeat(8_193),
    )
    if (recipe.token !== null) recipe.token.mend = () => text
  }),
  fault('a token cut or bent', withToken, (recipe, { one }) => {
    const bend = one<(text: string) => string>(
      flip,
      (text) => text.slice(0, -1),
      (text) => `${text}=`,
      (text) => text.replace(/\.[\w-]+\./, '.e30.'),
      (text) => `${text.split('.').slice(0, 2).join('.')}.`,
      (text) => `${text}.x`,
      (text) =>
        text.replace(
          /\.[\w-]+\./,
          `.${Buffer.from('{"iss":"a","iss":"b"}').toString('base64url')}.`,
        ),
    )
    if (recipe.token !== null) recipe.token.mend = bend
  }),
  fault('a token by a stranger', withToken, (recipe, { world }) => {
    if (recipe.token !== null) recipe.token.key = world.strangerKey
  }),
  fault('a token by HMAC over the public key', withToken, (recipe, { world }) => {
    const secret = world.issuerKeys[0].publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const text = hmacSigned(
      secret,
      { alg: 'HS256', typ: 'at+jwt', kid: 'as-1' },
      recipe.token?.claims ?? {},
    )
    if (recipe.token !== null) recipe.token.mend = () => text
  }),
  tokenHeader('alg', 'none', 'HS256', 'PS256', 'RS256', 'EdDSA', 'ES256', undefined),
  tokenHeader('kid', 'other', 7, undefined),
  tokenHeader('typ', 'JWT', 'application/at+jwt', 'AT+JWT', 'dpop+jwt', undefined),
  fault('an extension that must be understood', withToken, (recipe, { one }) => {
    if (recipe.token !== null)
      recipe.token.header[one('crit', 'b64')] = one<unknown>(['exp'], false)
  }),
  claim('iss', () => [
    'https://evil.example',
    'https://as.bank.example/',
    'https://as2.bank.example',
    undefined,
    7,
  ]),
  claim('aud', () => [
    'other',
    ['other', 'https://api.bank.example'],
    [],
    undefined,
    'https://api.bank.example/',
  ]),
  claim('exp', ({ now }) => [
    seconds(now) - 5,
    seconds(now) - 10,
    seconds(now) - 3_600,
    undefined,
    'soon',
    seconds(now) + 86_400,
    seconds(now) + 0.5,
  ]),
  claim('iat', ({ now }) => [
    seconds(now) + 5,
    seconds(now) + 300,
    seconds(now) - 3_000,
    undefined,
  ]),
  claim('nbf', ({ now }) => [seconds(now) + 5, seconds(now) + 300, seconds(now)]),
  claim('jti', () => ['revoked-token', undefined]),
  claim('client_id', () => [
    'tpp-b',
    'tpp-nameless',
    'tpp-suspended',
    'tpp-revoked',
    'tpp-withdrawn',
    'tpp-unlisted',
    'nobody',
    undefined,
    '',
  ]),
  claim('sub', () => ['customer-2', undefined, '']),
  claim('scope', () => [
    'openid',
    'accounts',
    'payments',
    '',
    undefined,
    'accounts payments fapi',
    'Accounts',
  ]),
  claim('consent_id', ({ world }) => [
    ...named(world),
    ...Array<string>(8).fill('unheard-of'),
    undefined,
    '',
  ]),
  claim('consent_id', ({ world }) => named(world)),
  claim('acr', () => ['urn:sca:strong', 'urn:other', undefined, 7]),
  claim('auth_time', ({ now }) => [
    seconds(now) - 1_801,
    seconds(now) - 3_601,
    seconds(now) + 61,
    seconds(now) + 30,
    undefined,
    'then',
  ]),
  claim('cnf', () => [
    {},
    { kid: 'x' },
    'x',
    null,
    { jkt: 'short' },
    { 'x5t#S256': 7 },
    { jkt: 'A'.repeat(43) },
    { 'x5t#S256': 'A'.repeat(43) },
    undefined,
  ]),
  fault('bound to nothing', withToken, (recipe) => {
    recipe.bound = 'nothing'
  }),
  fault('bound to a key, sent as a bearer token', withProof, (recipe) => {
    recipe.scheme = 'bearer'
  }),
]
