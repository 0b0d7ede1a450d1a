/**
 * The house that is soaked: the example bank behind a real process of the gateway. One listener with mutual TLS, accounts under PSD2 with
 * tokens bound to certificates or keys, payments with linking, idempotency and message signatures, signed context and signed answers.
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Intent, type PaymentBook, paymentBook } from '../../examples/bank/payments.ts'
import { startBank } from '../../examples/bank/server.ts'
import { makeCertificates } from '../../src/app/index.ts'
import { type GatewayProcess, up } from '../../test/scenario/gateway-process.ts'
import { type Installation, installation, ISSUER_LINES } from '../../test/scenario/installation.ts'

/** What the gateway is called outside: DPoP proofs name it. */
export const PUBLIC_ORIGIN = 'https://api.soak.example'
export const SUBJECT = 'cust-amira'
export const READER = 'soak-reader'
export const PAYER = 'budget-buddy-pay'
/** The key that it signs its payments with. */
export const SIGNING_KEY_ID = 'budget-buddy-qseal'
const ORGANIZATION = 'PSDGB-FCA-123456'
const ROOT = join(import.meta.dirname, '..', '..')
const EXAMPLE = join(ROOT, 'examples', 'bank')

export interface SoakedBank {
  readonly gateway: GatewayProcess
  readonly home: Installation
  readonly payments: PaymentBook
  /** Path of `name.pem`, of what third parties hold. */
  pem(name: string): string
  /** Where the collector writes. */
  readonly samples: string
  /** Gives the listener another certificate of the same authority, under the names that it has. */
  changeServerCertificate(): void
  /** Another plan for every other step, so that a reload has something to do. */
  configurationOf(step: number): string
}

export async function soakedBank(t: TestContext, everyMs: number): Promise<SoakedBank> {
  const payments = paymentBook(Date.now, PUBLIC_ORIGIN)
  const bank = await startBank({
    port: 0,
    clock: Date.now,
    publicOrigin: PUBLIC_ORIGIN,
    payments,
  })
  // A machine that is busy is late: no request shall meet a connection that the bank is closing.
  bank.keepAliveTimeout = 60_000
  t.after(() => {
    bank.closeAllConnections()
    bank.close()
  })
  const { port } = bank.address() as AddressInfo // sound: listening on TCP
  const configurationOf = (step: number): string =>
    configuration(`http://127.0.0.1:${port}`, 6_000_000 - (step % 2))
  const home = installation(t, configurationOf(0), {
    [`feed/clients/${READER}.json`]: client(READER),
    'feed/consents/reader.json': readerConsent('consent-reader'),
  })
  cpSync(join(EXAMPLE, 'spec'), join(home.dir, 'spec'), { recursive: true })
  // Two authorities, so that the listener has another certificate to change to; both are trusted by third parties.
  for (const dir of ['certs', 'other'])
    makeCertificates({
      dir: join(home.dir, dir),
      organization: 'Soak Ltd',
      organizationIdentifier: ORGANIZATION,
      hosts: ['127.0.0.1'],
      days: 9,
      now: Date.now(),
    })
  const served = join(home.dir, 'served')
  mkdirSync(served)
  copyFileSync(join(home.dir, 'certs', 'crl.pem'), join(served, 'crl.pem'))
  let which = 0
  const changeServerCertificate = (): void => {
    const from = join(home.dir, which++ % 2 === 0 ? 'certs' : 'other')
    for (const name of ['server-key.pem', 'server.pem'])
      copyFileSync(join(from, name), join(served, name))
  }
  changeServerCertificate()
  const pem = (name: string): string => join(home.dir, 'certs', `${name}.pem`)
  for (const [name, { privateKey }] of [
    ['context-key', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['answer-key', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const)
    writeFileSync(pem(name), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  home.write(`feed/clients/${PAYER}.json`, payer(pem('qseal')))
  const samples = join(home.dir, 'samples.jsonl')
  writeFileSync(samples, '')
  const gateway = await up(t, home, {
    NODE_OPTIONS: `--expose-gc --import=${join(import.meta.dirname, 'collector.ts')}`,
    GATEHOUSE_SOAK_SAMPLES: samples,
    GATEHOUSE_SOAK_EVERY_MS: String(everyMs),
    MALLOC_ARENA_MAX: '2', // as bin/gatehouse
  })
  return { gateway, home, payments, pem, samples, changeServerCertificate, configurationOf }
}

function configuration(upstream: string, perClient: number): string {
  return `listeners:
  - name: third-parties
    listen: 127.0.0.1:0
    certificate: served/server.pem
    key: { file: served/server-key.pem }
    clientCertificate: required
    trustStores: [psd2]
trustStores:
  - { name: psd2, anchors: [certs/ca.pem], crls: [served/crl.pem] }
publicOrigins: ["${PUBLIC_ORIGIN}"]
context: { keys: [{ file: certs/context-key.pem }] }
answerSigning: { keys: [{ file: certs/answer-key.pem }], issuer: Example Bank }
${ISSUER_LINES}    claims: { sca: sca }
apis:
  - name: accounts
    spec: spec/account-info-openapi.yaml
    upstream: ${upstream}
    template: psd2-ais
    rules:
      token.senderConstrained: { methods: [mtls, dpop] }
      rate: { mode: enforce, perClient: ${perClient}, perConsent: 6000000 }
  - name: payments
    spec: spec/payment-initiation-openapi.yaml
    upstream: ${upstream}
    template: psd2-pis
`
}

function client(id: string): object {
  return {
    id,
    name: 'Soak Ltd',
    status: 'active',
    organizationIdentifier: ORGANIZATION,
    registerStatus: 'authorised',
    roles: ['PSP_AI', 'PSP_PI'],
  }
}

/** With the key that it signs with, as a directory would have registered it. */
function payer(seal: string): object {
  const key = createPublicKey(readFileSync(seal)).export({ format: 'jwk' })
  const jwks = { keys: [{ ...key, kid: SIGNING_KEY_ID, use: 'sig', alg: 'PS256' }] }
  return { ...client(PAYER), jwks }
}

export function readerConsent(id: string): object {
  return {
    id,
    client: READER,
    subject: SUBJECT,
    status: 'AUTH',
    permissions: [
      'ReadAccountsDetail',
      'ReadBalances',
      'ReadTransactionsDetail',
      'ReadTransactionsCredits',
      'ReadTransactionsDebits',
    ],
    accounts: ['22289', '22426'],
  }
}

/** What the customer authenticated of a proposal, as the authorization server writes it into the feed. */
export function paymentConsent(payments: PaymentBook, id: string): object {
  const intent = payments.intent(id)
  if (intent === undefined) throw new Error(`nothing was proposed as ${id}`)
  return {
    id,
    client: PAYER,
    subject: SUBJECT,
    status: 'AUTH',
    permissions: [`${intent.kind}s`],
    accounts: [],
    authorizationDetails: [authorisedDetail(intent)],
  }
}

/** RFC 9396, in the form of its example of a payment initiation. */
function authorisedDetail({ data }: Intent): object {
  const initiation = of(data['Initiation'])
  const amount = of(initiation['InstructedAmount'])
  const payee = of(initiation['CreditorAccount'])
  return {
    type: 'payment_initiation',
    instructedAmount: { currency: amount['Currency'], amount: amount['Amount'] },
    creditorName: payee['Name'],
    creditorAccount: { schemeName: payee['SchemeName'], identification: payee['Identification'] },
    endToEndIdentification: initiation['EndToEndIdentification'],
    remittanceInformationUnstructured: of(initiation['RemittanceInformation'])['Unstructured'],
  }
}

function of(value: unknown): Readonly<Record<string, unknown>> {
  // Sound: a non-null object may be asked for any member.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
