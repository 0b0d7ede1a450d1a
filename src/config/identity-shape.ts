/** The authorization server: where it listens, what it keeps its records under, and who it knows. Off when the key is absent. */
import { parsePublicOrigin } from './addresses.ts'
import { listen } from './listen-shape.ts'
import { customers, login } from './login-shape.ts'
import { registration } from './registration-shape.ts'
import { choice, parsedText, text, yesOrNo } from './shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { filePath, secretRef } from './shape-references.ts'

/** TLS ends here, so there is no plain name for it, on loopback neither. */
const issuer = parsedText('an https origin', (written) => {
  const read = parsePublicOrigin(written)
  if ('value' in read && read.value.startsWith('http:')) return { wrong: 'must be an https origin' }
  return read
})

const resource = object('a resource', {
  identifier: required(
    text,
    'Resource indicator (RFC 8707), and aud of the tokens for it: what issuers[].audience of the gateway names.',
    'https://api.bank.example',
  ),
  scopes: required(list(text, 1), 'Scopes that there are for it.', ['accounts', 'payments']),
})

const certificateAddress = object('an address for certificates', {
  origin: required(
    issuer,
    'Its address, which the metadata of the server tells as mtls_endpoint_aliases (RFC 8705).',
    'https://mtls.login.bank.example',
  ),
  listen: required(listen, 'Address and port over TLS.', '0.0.0.0:9444', 9444),
})
const automaticCustomer = object('an automatic customer', {
  subject: required(
    text,
    'Which of the development customers answers by itself.',
    'cust-conformance',
  ),
  approves: defaulted(
    list(text),
    { value: [], shown: [] },
    'client_id of those to whose requests it says yes, in the browser without a page, and on its device when it is told to.',
    ['suite-1'],
  ),
  refuses: defaulted(
    list(text),
    { value: [], shown: [] },
    'client_id of those to whose requests it says no.',
    ['suite-rejects'],
  ),
})

const accent = parsedText('a colour such as #1d4f91', (written) =>
  /^#[0-9a-f]{6}$/i.test(written)
    ? { value: written.toLowerCase() }
    : { wrong: 'must be a colour of six hexadecimal digits, such as #1d4f91' },
)
const brand = object('brand', {
  name: required(text, 'Name of the bank, above every page.', 'Bank of Examples'),
  accent: required(
    accent,
    'Its colour; text on it is black or white, whichever can be read.',
    '#1d4f91',
  ),
})

/** Each is tried on what is sealed under another. */
const MAX_PREVIOUS_SECRETS = 3

const PROFILES = ['production', 'development'] as const
const PROFILE: (typeof PROFILES)[number] = 'production'

export const identity = object('identity', {
  issuer: required(
    issuer,
    'Its name: iss of everything that it signs, and the address under which third parties and customers find it.',
    'https://login.bank.example',
  ),
  listen: required(
    listen,
    'Address and port over TLS; port 0 takes a free one.',
    '0.0.0.0:9443',
    9443,
  ),
  certificate: required(
    filePath('the path of a PEM file of certificates', 'exist'),
    'PEM file of its certificate and of those above it; read again whenever it changes.',
    'tls/login.pem',
  ),
  key: required(secretRef, 'Where the private key of its certificate (PEM) is kept.', {
    file: 'tls/login-key.pem',
  }),
  trustStores: defaulted(
    list(text),
    { value: [], shown: [] },
    'Names of the trust stores whose client certificates are believed; without one no client is known by a certificate.',
    ['psd2'],
  ),
  mtls: optional(
    certificateAddress,
    'A second address where certificates of clients are asked for; then browsers are never asked for one. Else they are asked for at the first.',
  ),
  secret: required(
    secretRef,
    'Where the secret is kept that its keys and records are sealed under: at least 43 characters, the same on every node.',
    { env: 'IDENTITY_SECRET' },
  ),
  previousSecrets: defaulted(
    list(secretRef, 0, MAX_PREVIOUS_SECRETS),
    { value: [], shown: [] },
    'Where secrets of before are kept, which records may still be sealed under; "gatehouse status" says when one may be taken out.',
    [{ env: 'IDENTITY_SECRET_BEFORE' }],
  ),
  clients: defaulted(
    list(filePath('the path of the metadata of a client (JSON)', 'exist')),
    { value: [], shown: [] },
    'Files of client metadata as RFC 7591 names it, one client in each.',
    ['clients/budget-buddy.json'],
  ),
  registration: optional(
    registration,
    'Third parties register themselves (RFC 7591, RFC 7592) by certificate and software statement; else they cannot.',
  ),
  privateHosts: defaulted(
    list(text),
    { value: [], shown: [] },
    'Names at private addresses that may be called where a third party wrote them (jwks_uri, CIBA notification): for development, and for hosts of a directory within the network of the bank.',
    ['keys.directory.internal'],
  ),
  gateways: defaulted(
    list(text),
    { value: [], shown: [] },
    'client_id of those clients that are gateways: they may ask about the tokens of others (RFC 7662).',
    ['gateway'],
  ),
  profile: defaulted(
    choice(PROFILES),
    { value: PROFILE, shown: PROFILE },
    'production refuses what is made for development and tests: customers in a file, and one who answers by itself.',
    'development',
  ),
  login: optional(
    login,
    "The bank's own login: its customers are sent there from the pages and come back, with one authentication for each request.",
  ),
  customers: optional(customers, 'Who knows the accounts of those who log in there.'),
  developmentCustomers: optional(
    filePath('the path of a file of development customers (JSON)', 'exist'),
    'File of customers who may log in, for development and tests, in place of "login" and "customers"; with neither no authorization is completed in a browser.',
    'customers.json',
  ),
  approvalPage: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Whether customers may be asked on a device of their own (CIBA; Berlin Group, decoupled): /approvals is the page that plays that device.',
  ),
  embeddedApproach: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Whether third parties of the Berlin Group may bring what customers told them (embedded approach): a passcode, and a code of a device or one that was sent. Then third parties see passcodes.',
    true,
  ),
  automaticCustomer: optional(
    automaticCustomer,
    'Answers authorization requests by itself, for runs of test suites; the production profile refuses it.',
  ),
  brand: optional(brand, 'What customers see of the bank on its pages.'),
  resources: required(list(resource, 1), 'The APIs that its access tokens are for.'),
})
