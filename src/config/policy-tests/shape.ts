/** THE definition of a policy-test file: requests, and what the policy is expected to decide about them. */
import { isMap, isScalar, isSeq } from 'yaml'
import {
  type AuthenticatedPayments,
  CATALOG,
  type ErrorCode,
  type JsonValue,
  readAuthorizationDetails,
} from '../../lib/index.ts'
import { label, nearestWord } from '../check.ts'
import { plainValue } from '../plain-value.ts'
import {
  choice,
  invalid,
  numberIn,
  parsedText,
  type Shape,
  text,
  word,
  wrongKind,
  yesOrNo,
} from '../shape.ts'
import {
  defaulted,
  type FieldValues,
  list,
  named,
  object,
  oneOrMore,
  optional,
  required,
} from '../shape-collections.ts'
import { offsetOf } from '../yaml-structure.ts'
import { instant } from './instant.ts'
import { certificate, dpopProof, messageSignature } from './presented-shapes.ts'

/** A value with the place where it stands, so that a failed expectation can be pointed at. */
export interface Placed<T> {
  readonly value: T
  readonly offset: number
}

function placed<T>(shape: Shape<T>): Shape<Placed<T>> {
  return {
    read: (spot, check) => {
      const value = shape.read(spot, check)
      const at = spot.node ?? spot.key
      return value === undefined ? undefined : { value, offset: at === null ? 0 : offsetOf(at) }
    },
    schema: (words) => shape.schema(words),
  }
}

const method = parsedText(
  'an HTTP method',
  (value) =>
    /^[A-Z]{1,20}$/.test(value)
      ? { value }
      : { wrong: 'must be a method in capitals, such as GET' },
  { pattern: '^[A-Z]{1,20}$' },
)

const path = parsedText(
  'a path',
  (value) => (value.startsWith('/') ? { value } : { wrong: 'must start with "/"' }),
  { pattern: '^/' },
)

/** Text as it stands, line breaks included; anything else is written as JSON. */
const body: Shape<string> = {
  read: (spot, check) => {
    const { node } = spot
    if (node !== null && check.secrets.has(node)) return undefined
    if (isScalar(node) && typeof node.value === 'string')
      return node.value.length <= MAX_BODY
        ? node.value
        : invalid(
            spot,
            check,
            `${label(spot.path)} has ${node.value.length} characters; ${MAX_BODY} are allowed.`,
          )
    if (!isMap(node) && !isSeq(node)) return wrongKind(spot, check, 'text, a map or a list')
    const value = plainValue(spot, check)
    return value === undefined ? undefined : JSON.stringify(value)
  },
  schema: () => ({ anyOf: [{ type: 'string' }, { type: 'object' }, { type: 'array' }] }),
}
const MAX_BODY = 262_144

/** RFC 9396; amounts in quotes, for a number would lose its zeros. */
const details: Shape<AuthenticatedPayments> = {
  read: (spot, check) => {
    const value = plainValue(spot, check)
    if (value === undefined) return undefined
    const read = readAuthorizationDetails(value as JsonValue) // sound: plain values of YAML are JSON
    return read.kind === 'known'
      ? read
      : invalid(
          spot,
          check,
          `${label(spot.path)} must be a list of objects with a type; amounts (in quotes), currencies and accounts of payments must be sound.`,
        )
  },
  schema: () => ({
    type: 'array',
    items: { type: 'object', required: ['type'], properties: { type: { type: 'string' } } },
  }),
}

const code: Shape<ErrorCode> = {
  read: (spot, check) => {
    const written = text.read(spot, check)
    if (written === undefined) return undefined
    // Sound: it is a key of the catalogue.
    if (Object.hasOwn(CATALOG, written)) return written as ErrorCode
    return invalid(
      spot,
      check,
      `${label(spot.path)} is no error code.`,
      nearestWord(written, CODES),
    )
  },
  schema: () => ({ enum: CODES }),
}
const CODES = Object.keys(CATALOG).filter((name) => name.startsWith('GH_GATEWAY_'))

const BASELINE = 'gateway.baseline'
const rule = word(({ rules }) => [BASELINE, ...rules.map(({ name }) => name)])

/** Whatever a caller might write; it is escaped. */
const ANY_NAME = /^[^\p{Cc}]{1,200}$/u
/** RFC 9110 §5.6.2: a token. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/
const NOTHING: Readonly<Record<string, readonly string[]>> = Object.freeze(Object.create(null))

/** An id, or what it would lead to. */
function textOr<T>(fields: Shape<T>): Shape<string | T> {
  return {
    read: (spot, check) => (isMap(spot.node) ? fields : text).read(spot, check),
    schema: (words) => ({ anyOf: [text.schema(words), fields.schema(words)] }),
  }
}

const request = object('a request', {
  method: defaulted(method, { value: 'GET', shown: 'GET' }, 'HTTP method.'),
  path: required(
    path,
    'Path as the caller writes it, base path included; a query may follow.',
    '/open-banking/v4.0/aisp/accounts',
  ),
  query: defaulted(
    named('a name', ANY_NAME, oneOrMore(text)),
    { value: NOTHING, shown: {} },
    'Query parameters; values are escaped.',
  ),
  headers: defaulted(
    named('a header name', HEADER_NAME, oneOrMore(text)),
    { value: NOTHING, shown: {} },
    'Headers beside those that are made from the rest.',
  ),
  body: optional(body, 'Body: text as it stands, or a value that is sent as JSON.'),
  mediaType: defaulted(
    text,
    { value: 'application/json', shown: 'application/json' },
    'Media type of the body.',
  ),
})

const SCA_OUTCOMES = ['authenticated', 'exempt', 'another'] as const
/** `none`, or its claims. */
const tokenClaims = object('a token', {
  client: optional(text, 'Its client; else that of the consent.'),
  subject: optional(text, 'Its customer; else that of the consent.'),
  consent: optional(text, 'Id of its consent; else that of the consent of the test.'),
  scopes: defaulted(list(text), { value: [], shown: [] }, 'Its scopes.'),
  issuer: optional(text, 'Value of "iss"; else the first issuer of the configuration.'),
  audience: optional(oneOrMore(text), 'Values of "aud"; else those of the issuer.'),
  type: defaulted(text, { value: 'at+jwt', shown: 'at+jwt' }, 'Value of "typ".'),
  issuedAt: optional(instant, 'When it was issued; else a minute before the request.'),
  expiresAt: optional(instant, 'When it ends; else four minutes after the request.'),
  notBefore: optional(instant, 'When it begins.'),
  revoked: defaulted(yesOrNo, { value: false, shown: false }, 'It was revoked.'),
  bound: defaulted(
    yesOrNo,
    { value: true, shown: true },
    'It is bound to the client certificate of the test (RFC 8705) and to the key of its DPoP proof (RFC 9449), where there is one.',
  ),
  acr: optional(text, 'How the customer was authenticated: "acr".'),
  authenticatedAt: optional(instant, 'When the customer was authenticated: "auth_time".'),
  sca: optional(
    choice(SCA_OUTCOMES),
    'What became of strong customer authentication: "sca", of what token and consent hold; another: of another payment.',
  ),
  authorizationDetails: optional(details, 'Payments that it authorises (RFC 9396).'),
  invalid: optional(code, 'Its signature is not good: the code that the verifier gives.'),
})
type Claims = NonNullable<ReturnType<(typeof tokenClaims)['read']>>
const USUAL: Claims = {
  client: null,
  subject: null,
  consent: null,
  scopes: [],
  issuer: null,
  audience: null,
  type: 'at+jwt',
  issuedAt: null,
  expiresAt: null,
  notBefore: null,
  revoked: false,
  bound: true,
  acr: null,
  authenticatedAt: null,
  sca: null,
  authorizationDetails: null,
  invalid: null,
}
const NONE = choice(['none'])
const claims: Shape<Claims | 'none'> = {
  read: (spot, check) => (isScalar(spot.node) ? NONE : tokenClaims).read(spot, check),
  schema: (words) => ({ anyOf: [NONE.schema(words), tokenClaims.schema(words)] }),
}

const consentFields = object('a consent', {
  id: defaulted(text, { value: 'consent-of-the-test', shown: 'consent-of-the-test' }, 'Its id.'),
  client: required(text, 'The client that it was given to.', 'budget-buddy'),
  subject: required(text, 'The customer who gave it.', 'cust-amira'),
  status: defaulted(text, { value: 'AUTH', shown: 'AUTH' }, 'Its state.'),
  permissions: defaulted(list(text), { value: [], shown: [] }, 'Permission codes.'),
  accounts: defaulted(list(text), { value: [], shown: [] }, 'Ids of its accounts.'),
  validFrom: optional(instant, 'When it begins.'),
  expiresAt: optional(instant, 'When it ends.'),
  transactionsFrom: optional(instant, 'First instant of transactions that it covers.'),
  transactionsTo: optional(instant, 'Last instant of transactions that it covers.'),
  authorizationDetails: optional(details, 'Payments that were authenticated with it (RFC 9396).'),
  revoked: defaulted(yesOrNo, { value: false, shown: false }, 'It was revoked.'),
})
const consent = textOr(consentFields)

const clientFields = object('a client', {
  id: required(text, 'Its id.', 'budget-buddy'),
  status: defaulted(text, { value: 'active', shown: 'active' }, 'Its state.'),
  organization: optional(
    text,
    'Its organisation, as its certificates name it.',
    'PSDGB-FCA-123456',
  ),
  registerStatus: optional(text, 'What the register of its authority says.', 'authorised'),
})
const client = textOr(clientFields)

const answer = object("the bank's answer", {
  status: defaulted(numberIn(100, 599, true), { value: 200, shown: 200 }, 'Status.'),
  mediaType: defaulted(
    text,
    { value: 'application/json', shown: 'application/json' },
    'Media type of the body.',
  ),
  headers: defaulted(list(text), { value: [], shown: [] }, 'Names of its headers.'),
  body: defaulted(
    body,
    { value: '', shown: '' },
    'Its body: text as it stands, or a value that is sent as JSON.',
  ),
})

const DECISIONS = ['allow', 'deny'] as const
const LEAVES = ['whole', 'trimmed', 'replaced', 'refused'] as const
const expectation = object('an expectation', {
  decision: required(placed(choice(DECISIONS)), 'What is decided.', 'allow'),
  code: optional(placed(code), 'Code of the denial, as the caller hears it.'),
  rule: optional(placed(rule), 'Rule that denies.'),
  answer: optional(
    placed(choice(LEAVES)),
    "What of the bank's answer leaves: all of it, part of it, a problem document in its place, nothing.",
  ),
  keeps: defaulted(
    placed(list(text)),
    { value: { value: [], offset: 0 }, shown: [] },
    'Members that leave, such as Data.Account[].AccountId.',
  ),
  drops: defaulted(
    placed(list(text)),
    { value: { value: [], offset: 0 }, shown: [] },
    'Members that the bank sends and that stay behind.',
  ),
})

const policyTest = object('a policy test', {
  name: required(placed(text), 'What it shows, in words.', "Amira's accounts, basic consent"),
  request: required(request, 'The request.'),
  now: optional(instant, 'Time of the request; else that of the file.'),
  claims: defaulted<Claims | 'none'>(
    claims,
    { value: USUAL, shown: {} },
    'What the access token says, where it is not as usual in a good one; none: there is no token.',
  ),
  client: optional(
    placed(client),
    "The client: its id in the feed, or what it is; else the token's client, looked up in the feed.",
  ),
  consent: optional(
    placed(consent),
    "The consent: its id in the feed, or what it is; else the token's consent, looked up in the feed.",
  ),
  certificate: optional(
    certificate,
    'The client certificate, over TLS 1.3; else the request comes over plain HTTP.',
  ),
  dpop: optional(
    dpopProof,
    'The DPoP proof, where it is not as usual in a good one; else the token comes as a bearer token.',
  ),
  signature: optional(
    messageSignature,
    'The signature of the message, where it is not as usual in a good one; none: there is none.',
  ),
  spent: optional(
    code,
    'What may be taken once, or so often, is not to be had: the code that is given for it.',
    'GH_GATEWAY_IDEMPOTENCY_KEY_REUSED',
  ),
  feedAgeSeconds: defaulted(numberIn(0, 1e9, false), { value: 0, shown: 0 }, 'Age of the feed.'),
  answer: optional(answer, 'What the bank answers, where that is tested.'),
  expect: required(expectation, 'What is expected.'),
})

const file = {
  version: defaulted(numberIn(1, 1, true), { value: 1, shown: 1 }, 'Version of this format.'),
  now: required(
    instant,
    'Time of the requests: a test that depends on the day it runs is none.',
    '2026-11-28T12:00:00Z',
  ),
  tests: required(list(policyTest, 1), 'The tests.'),
}
export const policyTestsShape = object('a policy-test file', file)
export type PolicyTestsRead = FieldValues<typeof file>
