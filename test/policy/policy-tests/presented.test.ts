/** Policy tests of what a client proves itself with beside its certificate: DPoP proofs, signatures of messages, step-up, single use. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gatehouse } from '../../cli/terminal.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SPECS = join(import.meta.dirname, '..', '..', 'inventory', 'specs', 'uk-obie')
const CONFIG = `issuers:
  - { issuer: https://as.example, jwks: https://as.example/jwks.json, audience: x }
publicOrigins: [https://api.bank.example]
apis:
  - name: payments
    spec: payment-initiation-openapi.yaml
    upstream: "http://127.0.0.1:9080"
    template: pis
    rules:
      token.senderConstrained: { methods: [dpop] }
      sca.required: { acr: [urn:example:sca], maxAgeSeconds: 300 }
`
const AMOUNT = '{ Amount: "10.00", Currency: GBP }'
const BODY = `{ Data: { ConsentId: c-1, Initiation: { InstructionIdentification: a, EndToEndIdentification: e2e, InstructedAmount: ${AMOUNT}, CreditorAccount: { SchemeName: UK.OBIE.IBAN, Identification: GB33BUKB20201555555555, Name: Ann } } }, Risk: {} }`
const DETAILS =
  '[{ type: payment_initiation, instructedAmount: { currency: GBP, amount: "10.00" }, creditorName: Ann, creditorAccount: { iban: GB33BUKB20201555555555 }, endToEndIdentification: e2e }]'

interface Case {
  readonly claims?: string
  readonly sca?: string
  readonly dpop?: string | null
  readonly rest?: string
  /** The consent that the body names. */
  readonly named?: string
  /** Code and rule of the denial; absent: it is allowed. */
  readonly denied?: readonly [code: string, rule: string]
}
const binding = (code: string): readonly [string, string] => [
  `GH_GATEWAY_${code}`,
  'token.senderConstrained',
]
const signed = (code: string): readonly [string, string] => [
  `GH_GATEWAY_${code}`,
  'request.signature',
]
const CASES: readonly Case[] = [
  {},
  { dpop: null, denied: binding('TOKEN_BINDING') },
  { dpop: null, claims: ', bound: false', denied: binding('TOKEN_BINDING') },
  { claims: ', bound: false', denied: binding('TOKEN_BINDING') },
  { dpop: 'invalid: true', denied: binding('PROOF_INVALID') },
  { dpop: 'otherKey: true', denied: binding('TOKEN_BINDING') },
  { dpop: 'otherToken: true', denied: binding('PROOF_TOKEN') },
  { dpop: 'method: GET', denied: binding('PROOF_REQUEST') },
  { dpop: 'url: https://api.bank.example/elsewhere', denied: binding('PROOF_REQUEST') },
  {
    dpop: 'url: https://other.example/open-banking/v4.0/pisp/domestic-payments',
    denied: binding('PROOF_REQUEST'),
  },
  { dpop: 'url: "HTTPS://API.bank.example:443/open-banking/v4.0/pisp/domestic-payments?x=1"' },
  { dpop: 'issuedAt: 2026-11-28T11:58:59Z', denied: binding('PROOF_TIME') },
  { dpop: 'use: seen', denied: binding('PROOF_REPLAYED') },
  { dpop: 'use: before-start', denied: binding('PROOF_NONCE') },
  { dpop: 'use: full', denied: binding('OVERLOADED') },
  { dpop: 'nonce: good' },
  { rest: 'signature: none', denied: ['GH_GATEWAY_REQUEST_INVALID', 'request.validation'] },
  { rest: 'signature: { invalid: true }', denied: signed('SIGNATURE_INVALID') },
  { rest: 'signature: { unencoded: true }', denied: signed('SIGNATURE_INVALID') },
  { rest: 'signature: { trustAnchor: other.example }', denied: signed('SIGNATURE_CLAIMS') },
  {
    rest: 'signature: { issuedAt: 2026-11-28T11:50:00Z }',
    denied: signed('SIGNATURE_CLAIMS'),
  },
  { rest: 'signature: { issuer: org/app }' },
  {
    rest: 'spent: GH_GATEWAY_IDEMPOTENCY_KEY_REUSED',
    denied: ['GH_GATEWAY_IDEMPOTENCY_KEY_REUSED', 'payment.idempotency'],
  },
  {
    rest: 'spent: GH_GATEWAY_PAYMENT_CONSENT_USED',
    denied: ['GH_GATEWAY_PAYMENT_CONSENT_USED', 'sca.dynamicLinking'],
  },
  {
    sca: 'another',
    denied: ['GH_GATEWAY_PAYMENT_SCA_OTHER', 'sca.required'],
  },
  {
    claims: ', acr: urn:example:password',
    denied: ['GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', 'sca.required'],
  },
  {
    named: 'c-2',
    denied: ['GH_GATEWAY_OBJECT_FORBIDDEN', 'authz.objects'],
  },
  {
    claims: ', authenticatedAt: 2026-11-28T11:54:00Z',
    denied: ['GH_GATEWAY_AUTHENTICATION_INSUFFICIENT', 'sca.required'],
  },
]

function written(
  { claims = '', sca = 'authenticated', dpop = '', rest = '', named = 'c-1', denied }: Case,
  at: number,
): string {
  const said = [
    claims.includes('acr:') ? '' : ', acr: urn:example:sca',
    claims.includes('authenticatedAt:') ? '' : ', authenticatedAt: 2026-11-28T11:59:00Z',
  ].join('')
  const expect =
    denied === undefined
      ? 'decision: allow'
      : `decision: deny, code: ${denied[0]}, rule: ${denied[1]}`
  return `  - name: case ${at}
    request:
      method: POST
      path: /open-banking/v4.0/pisp/domestic-payments
      headers: { x-idempotency-key: key-1 }
      body: ${BODY.replace('c-1', named)}
    claims: { scopes: [payments], sca: ${sca}${claims}${said} }
    client: { id: payer }
    consent: { id: c-1, client: payer, subject: ann, permissions: [domestic-payments], authorizationDetails: ${DETAILS} }
${dpop === null ? '' : `    dpop: { ${dpop} }\n`}${rest === '' ? '' : `    ${rest}\n`}    expect: { ${expect} }
`
}

function folder(t: TestContext, tests: string): string {
  const cwd = temporaryFolder(t)
  cpSync(
    join(SPECS, 'payment-initiation-openapi.yaml'),
    join(cwd, 'payment-initiation-openapi.yaml'),
  )
  mkdirSync(join(cwd, 'feed'))
  mkdirSync(join(cwd, 'policy-tests'))
  writeFileSync(join(cwd, 'gatehouse.yaml'), CONFIG)
  writeFileSync(
    join(cwd, 'policy-tests', 'presented.yaml'),
    `now: 2026-11-28T12:00:00Z\ntests:\n${tests}`,
  )
  return cwd
}

test('`gatehouse check` runs policy tests with DPoP proofs, signatures, step-up and what is spent', async (t) => {
  const cwd = folder(t, CASES.map(written).join(''))
  const { code, out, err } = await gatehouse(['check', '--only', 'tests'], { cwd })
  assert.equal(code, 0, `${out}\n${err}`)
  assert.match(out, new RegExp(`${CASES.length} of ${CASES.length} policy tests hold`))
})

test('what is no proof is a mistake with its place, and no test of the file is run', async (t) => {
  const cwd = folder(t, written({ dpop: 'url: nowhere, use: often', rest: 'spent: GONE' }, 0))
  const { code, err, out } = await gatehouse(['check', '--only', 'tests'], { cwd })
  assert.equal(code, 4, out)
  for (const place of ['dpop.url', 'dpop.use', 'spent']) assert.match(err + out, new RegExp(place))
})
