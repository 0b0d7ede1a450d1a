/** The bank's own login, and its customers: an OpenID provider, and an address that knows their accounts. */
import { isMap, isScalar, type Node } from 'yaml'

import { parseIssuerUrl, parseKeyUrl } from './addresses.ts'
import { type Check, label, type Path } from './check.ts'
import { choice, parsedText, text } from './shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { secretRef } from './shape-references.ts'
import { member } from './tree-texts.ts'

const https = (parse: typeof parseKeyUrl) =>
  parsedText('an https URL', (written) =>
    /^https:/i.test(written) ? parse(written) : { wrong: 'must be an https URL' },
  )
const ALGORITHMS = ['PS256', 'ES256', 'RS256', 'EdDSA'] as const
const ALGORITHM: (typeof ALGORITHMS)[number] = 'PS256'

export const login = object('a login', {
  issuer: required(
    https(parseIssuerUrl),
    'The OpenID provider where customers of the bank log in; what else is needed it says itself (OpenID Connect Discovery).',
    'https://id.bank.example',
  ),
  clientId: required(text, 'How the authorization server is known there.', 'gatehouse'),
  clientSecret: optional(
    secretRef,
    'Where its secret is kept (client_secret_basic), in place of a key.',
    { env: 'LOGIN_SECRET' },
  ),
  clientKey: optional(
    secretRef,
    'Where its private key is kept (private_key_jwt: PS256, ES256 or EdDSA, PEM or JWK), in place of a secret.',
    { file: 'keys/login.pem' },
  ),
  idTokenAlgorithm: defaulted(
    choice(ALGORITHMS),
    { value: ALGORITHM, shown: ALGORITHM },
    'With what it signs its ID tokens; no other algorithm is taken.',
    'ES256',
  ),
  acrValues: defaulted(
    list(text),
    { value: [], shown: [] },
    'Ways to authenticate that are asked for (acr_values), one of which must have been used; without any, whatever it says is taken over.',
    ['urn:bank:two-factors'],
  ),
  subjectClaim: defaulted(
    text,
    { value: 'sub', shown: 'sub' },
    'Claim of the ID token that holds the id of the customer.',
    'customer_number',
  ),
})

export const customers = object('customers', {
  url: required(
    https(parseKeyUrl),
    'Address of the bank that knows its customers: GET of it, a slash and the id of one answers {"accounts":[…]}, or 404.',
    'https://customers.bank.internal/v1',
  ),
  token: optional(
    secretRef,
    'Where the token is kept that is shown there (Authorization: Bearer).',
    {
      env: 'CUSTOMERS_TOKEN',
    },
  ),
})

/** Who logs in where: at the bank, with the customers of the bank; or here, with made-up ones, for development only. */
export function crossCheckLogin(root: Node | null, check: Check): void {
  const identity = member(root, 'identity')
  if (!isMap(identity)) return
  const path: Path = ['identity']
  const has = (key: string): boolean => member(identity, key) !== undefined
  const at = (key: string): Node => member(identity, key) ?? identity
  const lacks = (key: string, needed: string, why: string): unknown =>
    check.report({
      code: 'GH_CONFIG_KEY_MISSING',
      at: at(key),
      path: [...path, needed],
      message: `${label([...path, key])} needs ${label([...path, needed])}: ${why}.`,
    })
  if (has('login') && !has('customers'))
    lacks('login', 'customers', 'who logs in has accounts somewhere')
  if (has('customers') && !has('login')) lacks('customers', 'login', 'they log in somewhere')
  if (has('developmentCustomers')) {
    const profile = member(identity, 'profile')
    const development = isScalar(profile) && profile.value === 'development'
    const wrong = has('login')
      ? 'stands beside "login"; customers log in here or at the bank'
      : development
        ? undefined
        : 'is for development, and this is no development'
    if (wrong !== undefined)
      check.report({
        code: 'GH_CONFIG_VALUE_INVALID',
        at: at('developmentCustomers'),
        path: [...path, 'developmentCustomers'],
        message: `${label([...path, 'developmentCustomers'])} ${wrong}.`,
        mend: has('login')
          ? 'Leave one of them out.'
          : 'Let customers log in at the bank ("login" and "customers"), or write "profile: development".',
      })
  }
  const provider = member(identity, 'login')
  if (!isMap(provider)) return
  const ways = ['clientSecret', 'clientKey'].filter((key) => member(provider, key) !== undefined)
  if (ways.length !== 1)
    check.report({
      code: ways.length === 0 ? 'GH_CONFIG_KEY_MISSING' : 'GH_CONFIG_VALUE_INVALID',
      at: provider,
      path: [...path, 'login'],
      message: `${label([...path, 'login'])} needs one of "clientSecret" and "clientKey": the authorization server is known there by one of them.`,
    })
}
