/** Strong customer authentication: which elements customers may have, how strict the bank is beyond the law, what watches payments. Off when the key is absent. */
import { isMap, isScalar, type Node } from 'yaml'

import { parsePublicOrigin } from './addresses.ts'
import { type Check, label, type Path, quote } from './check.ts'
import { choice, numberIn, parsedText, text, word, yesOrNo } from './shape.ts'
import { SCA_SERVICES } from './sca-services-shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { filePath } from './shape-references.ts'
import { itemsOf, member, refuse, textIn } from './tree-texts.ts'

const DOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/
const domain = parsedText('a domain such as bank.example', (written) =>
  DOMAIN.test(written)
    ? { value: written }
    : { wrong: 'must be a domain in lower case, such as bank.example' },
)
/** A page, or an app of Android by the digest of its certificate (WebAuthn, "android:apk-key-hash:"). */
const passkeyOrigin = parsedText('an https origin, or one of an app', (written) => {
  if (/^android:apk-key-hash:[A-Za-z0-9_-]{27,86}$/.test(written)) return { value: written }
  const read = parsePublicOrigin(written)
  return 'value' in read && read.value.startsWith('http:')
    ? { wrong: 'must be an https origin' }
    : read
})
const aaguid = parsedText('an AAGUID', (written) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(written)
    ? { value: written }
    : { wrong: 'must be an AAGUID in lower case with hyphens' },
)

const SYNCED = ['refuse', 'accept'] as const
const SYNCED_DEFAULT: (typeof SYNCED)[number] = 'refuse'
const passkeys = object('passkeys', {
  rpId: required(domain, 'Domain of the bank that the keys are for (WebAuthn).', 'bank.example'),
  rpName: required(text, 'How devices name the bank.', 'Bank of Examples'),
  origins: required(list(passkeyOrigin, 1), 'Pages and apps that may ask for a key, exactly.', [
    'https://pay.bank.example',
  ]),
  syncedKeys: defaulted(
    choice(SYNCED),
    { value: SYNCED_DEFAULT, shown: SYNCED_DEFAULT },
    'Keys that a provider copies between devices: refuse (RTS Art. 7(2), possession that cannot be replicated), or accept by the judgement of the bank.',
    'accept',
  ),
  models: optional(
    object('models', {
      aaguids: required(list(aaguid, 1), 'AAGUIDs of the authenticators that are taken.', [
        '08987058-cadc-4b81-b6e1-30de50dcbe96',
      ]),
      roots: required(
        filePath('the path of a PEM file of certificates', 'exist'),
        'PEM file of the certificates that their attestation is judged by.',
        'tls/authenticators.pem',
      ),
    }),
    'Only authenticators of these models, attested; else any, and attestation is not asked for.',
  ),
})

/** Those of the factor itself (`TRANSACTION_SUITES` in `src/sca`); a test holds both together. */
const SUITES = [
  'OCRA-1:HOTP-SHA256-8:QH64',
  'OCRA-1:HOTP-SHA256-10:QH64',
  'OCRA-1:HOTP-SHA512-8:QH64',
] as const
const SUITE: (typeof SUITES)[number] = 'OCRA-1:HOTP-SHA256-8:QH64'

const factors = object('factors', {
  passcode: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'What the customer knows: kept as Argon2id, and refused where many people have the same.',
    true,
  ),
  transactionCode: optional(
    object('a transaction code', {
      suite: defaulted(
        choice(SUITES),
        { value: SUITE, shown: SUITE },
        'What devices that are given out from now on make their codes with (OCRA, RFC 6287); those before go on as they began.',
        'OCRA-1:HOTP-SHA256-10:QH64',
      ),
    }),
    'A device of the customer that makes a code over amount and payee.',
  ),
  totp: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Codes by the clock (RFC 6238), for access to accounts only: they are bound to no payment.',
    true,
  ),
  passkeys: optional(
    passkeys,
    "Passkeys (WebAuthn): two elements in one answer, by /sca/v1, on the bank's own pages and apps, and on the pages here where origins hold the issuer's.",
  ),
})

const MAX_FAILURES = 5
const limits = object('limits', {
  failures: defaulted(
    numberIn(1, MAX_FAILURES, true),
    { value: MAX_FAILURES, shown: MAX_FAILURES },
    'Attempts that fail in a row before authentication is blocked; the law has five (RTS Art. 4(3)(b)), the bank may have fewer.',
    3,
  ),
})

const developmentMonitoring = object('development monitoring', {
  payments: required(
    numberIn(1, 1_000, true),
    'Payments of one customer; with more in that time a scenario of fraud is found.',
    10,
  ),
  minutes: required(numberIn(1, 1_440, true), 'The time, in minutes.', 10),
})

/** Who says what a currency is worth stands in the evidence of each payment. */
const MAX_SOURCE_CHARS = 70
const SOURCE = 'ECB euro foreign exchange reference rates'
const rates = object('rates', {
  file: required(
    filePath('the path of a file of reference rates (CSV)', 'exist'),
    'File of the form of eurofxref-hist.csv or eurofxref.csv of the European Central Bank: what one euro was worth, a day in each line. Read again whenever it changes.',
    'rates/eurofxref-hist.csv',
  ),
  source: defaulted(
    parsedText('a name', (written) =>
      written !== '' && written.length <= MAX_SOURCE_CHARS && !/\p{Cc}/u.test(written)
        ? { value: written }
        : { wrong: `must be a name of ${MAX_SOURCE_CHARS} characters at the most` },
    ),
    { value: SOURCE, shown: SOURCE },
    'Whose rates they are, as it stands in the evidence of each payment.',
    'Treasury of the bank',
  ),
})

const ACR = 'urn:openbanking:psd2:sca'
export const sca = object('sca', {
  jurisdiction: optional(
    word((words) => words.jurisdictions),
    'Whose numbers for exemptions hold: one of organisation.jurisdictions; else the first of them. Without sourced numbers nothing is exempt.',
    'EU',
  ),
  acr: defaulted(
    text,
    { value: ACR, shown: ACR },
    'What tokens say (acr) of a customer who was authenticated strongly, and what a third party may ask for (acr_values).',
    'urn:bank:sca',
  ),
  factors: required(factors, 'Elements that customers may have; two of them must be independent.'),
  limits: defaulted(
    limits,
    { value: { failures: MAX_FAILURES }, shown: { failures: MAX_FAILURES } },
    'Where the bank is stricter than the law.',
  ),
  ...SCA_SERVICES,
  rates: optional(
    rates,
    'What other currencies are worth in that of the rules. Without a rate of the last six days a payment is exempt from nothing for its amount, and is in no sum of a report.',
  ),
  developmentMonitoring: optional(
    developmentMonitoring,
    'A simple rule that plays the monitoring of transactions (RTS Art. 2), for development: the production profile refuses it. Where monitoring of the bank is named too, that is asked. Without any nothing is exempt.',
  ),
  developmentEnrolments: optional(
    filePath('the path of a file of enrolments (JSON)', 'exist'),
    'File of elements that customers have from the start, their secrets written down, for development and examples: the production profile refuses it.',
    'enrolments.json',
  ),
})

const PATH: Path = ['sca']
/** What is for development alone. */
const DEVELOPMENT = ['developmentMonitoring', 'developmentEnrolments'] as const

export function crossCheckSca(root: Node | null, check: Check): void {
  const written = member(root, 'sca')
  if (!isMap(written)) return
  needsCustomers(root, written, check)
  twoIndependent(written, check)
  originsOf(member(member(written, 'factors'), 'passkeys'), check)
  const profile = member(member(root, 'identity'), 'profile')
  for (const key of DEVELOPMENT) {
    const at = member(written, key)
    if (at !== undefined && !(isScalar(profile) && profile.value === 'development'))
      check.report({
        code: 'GH_CONFIG_PROFILE',
        at,
        path: [...PATH, key],
        message: `sca.${key} is refused by the production profile.`,
        mend: 'Take it out; or write "profile: development" into identity, where nobody is a customer.',
      })
  }
  jurisdictionOf(root, written, check)
}

function jurisdictionOf(root: Node | null, written: Node, check: Check): void {
  const named = textIn(member(written, 'jurisdiction'), [...PATH, 'jurisdiction'], check)
  const listed = member(member(root, 'organisation'), 'jurisdictions')
  const known =
    listed === undefined
      ? ['EU']
      : itemsOf(listed).flatMap((one) =>
          isScalar(one) && typeof one.value === 'string' ? [one.value] : [],
        )
  // An organisation without any is a mistake of its own.
  if (named !== undefined && known.length > 0 && !known.includes(named.text))
    refuse(check, named, 'is none of organisation.jurisdictions', known)
}

function needsCustomers(root: Node | null, at: Node, check: Check): void {
  const identity = member(root, 'identity')
  const known = ['developmentCustomers', 'customers'].some(
    (key) => member(identity, key) !== undefined,
  )
  if (!known)
    check.report({
      code: 'GH_CONFIG_KEY_MISSING',
      at,
      path: PATH,
      message: '"sca" authenticates the customers of "identity", and there are none.',
      mend: 'Add "identity" with "login" and "customers".',
    })
}

/** RTS Art. 9: two categories, neither of which falls with the other. */
function twoIndependent(sca: Node, check: Check): void {
  const factors = member(sca, 'factors')
  if (!isMap(factors)) return
  const sent = ['sender', 'push'].some((key) => member(sca, key) !== undefined)
  const has = (key: string): boolean => {
    const value = member(factors, key)
    return value !== undefined && !(isScalar(value) && value.value !== true)
  }
  if (has('passkeys') || (has('passcode') && (sent || has('transactionCode') || has('totp'))))
    return
  check.report({
    code: 'GH_CONFIG_VALUE_INVALID',
    at: factors,
    path: [...PATH, 'factors'],
    message: `${label([...PATH, 'factors'])} has no two elements that are independent, so that nobody could be authenticated.`,
    mend: 'Add "passkeys", or "passcode" and "transactionCode".',
  })
}

/** WebAuthn §5.1.3: a page may ask for keys of its own domain and of those above it, and of no other. */
function originsOf(passkeys: Node | undefined, check: Check): void {
  const path: Path = [...PATH, 'factors', 'passkeys']
  const rpId = textIn(member(passkeys, 'rpId'), [...path, 'rpId'], check)
  if (rpId === undefined || !DOMAIN.test(rpId.text)) return
  itemsOf(member(passkeys, 'origins')).forEach((node, index) => {
    const origin = textIn(node, [...path, 'origins', index], check)
    const host = origin === undefined ? undefined : URL.parse(origin.text)?.hostname
    if (origin === undefined || host === undefined || !origin.text.startsWith('https:')) return
    if (host === rpId.text || host.endsWith(`.${rpId.text}`)) return
    check.report({
      code: 'GH_CONFIG_VALUE_INVALID',
      at: node,
      path: origin.path,
      message: `${label(origin.path)} is at ${quote(host)}, which is not within ${quote(rpId.text)}: its browser would refuse.`,
    })
  })
}
