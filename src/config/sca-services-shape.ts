/** Services of the bank's own that strong customer authentication asks or tells, each at an address of its own (`docs/openapi/sca-bank.json`). */
import { parseEndpoint } from './addresses.ts'
import { numberIn, parsedText } from './shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { filePath, secretRef } from './shape-references.ts'
import { paired } from './upstream-shape.ts'

const pemFile = filePath('the path of a PEM file of certificates', 'exist')
const tls = paired(
  object('TLS with the bank', {
    anchors: defaulted(
      list(pemFile),
      { value: [], shown: [] },
      'PEM files of the authorities that may vouch for it, and no others; else those of the machine.',
      ['trust/bank-ca.pem'],
    ),
    certificate: optional(
      pemFile,
      'PEM file of the certificate that is shown there, and of those above it; read again whenever it changes.',
      'tls/gatehouse.pem',
    ),
    key: optional(secretRef, 'Where its private key is kept (PEM).', {
      file: 'tls/gatehouse-key.pem',
    }),
  }),
)

/** `path`: where it stands; `mostMs`: after which nobody waits for it any more. */
function service(example: string, mostMs: number, defaultMs: number) {
  return object('a service of the bank', {
    url: required(
      parsedText('an https URL', parseEndpoint),
      'Where it is asked, by POST of JSON: an https URL (http on loopback only). No redirect is followed.',
      example,
    ),
    token: optional(
      secretRef,
      'Where the token is kept that is shown there (Authorization: Bearer); read again for each question.',
      { env: 'BANK_TOKEN' },
    ),
    tls: optional(
      tls,
      'How to speak TLS with it: whom to believe, which certificate to show (mutual TLS).',
    ),
    timeoutMs: defaulted(
      numberIn(50, mostMs, true),
      { value: defaultMs, shown: defaultMs },
      `Milliseconds until it has said nothing; ${mostMs} at the most.`,
      Math.floor(defaultMs / 2),
    ),
  })
}

/** What the ledger waits for monitoring and payee check (`src/sca/ledger/prepare.ts`); a test holds both together. */
export const MOST_MONITORING_MS = 1_000
export const MOST_PAYEE_CHECK_MS = 5_000
const MOST_MESSAGE_MS = 10_000

export const SCA_SERVICES = {
  monitoring: optional(
    service('https://monitoring.bank.internal/v1/assess', MOST_MONITORING_MS, 800),
    "The bank's monitoring of transactions (RTS Art. 2, 18), asked at each decision. Who is late or answers something else has evaluated nothing, and then nothing is exempt.",
  ),
  payeeCheck: optional(
    service('https://vop.bank.internal/v1/check', MOST_PAYEE_CHECK_MS, 4_000),
    'Verification of payee, asked before a payment is authorised; its result is in the evidence. Who is late or answers something else was unavailable.',
  ),
  sender: optional(
    service('https://messages.bank.internal/v1/codes', MOST_MESSAGE_MS, 3_000),
    'What sends one-time codes to numbers and addresses of customers (with it customers may have this factor), and the codes with which they enrol: without it those are printed to whoever approved them.',
  ),
  push: optional(
    service('https://messages.bank.internal/v1/pushes', MOST_MESSAGE_MS, 3_000),
    "What tells customers' devices that an approval waits; with it customers may have this factor.",
  ),
  notices: optional(
    service('https://messages.bank.internal/v1/notices', MOST_MESSAGE_MS, 3_000),
    'What tells a customer of a block, by another way than the one on which he tries (RTS Art. 4(4)). Without it nobody is blocked for good.',
  ),
} as const
