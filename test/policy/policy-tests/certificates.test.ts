/** Policy tests of an API that asks for client certificates: what the certificate of a test is, and that one is no other's. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouse } from '../../cli/terminal.ts'
import { developmentCertificates } from '../../support/development-certificates.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const BANK = join(import.meta.dirname, '..', '..', '..', 'examples', 'bank')
const CONFIG = `listeners:
  - { name: tpp, listen: 8443, certificate: certs/server.pem, key: { file: certs/server-key.pem }, trustStores: [psd2] }
trustStores:
  - { name: psd2, anchors: [certs/ca.pem], crls: [certs/crl.pem] }
issuers:
  - { issuer: https://as.example, jwks: https://as.example/jwks.json, audience: x }
apis:
  - { name: accounts, spec: spec/account-info-openapi.yaml, upstream: "http://127.0.0.1:9080", template: psd2-ais }
`
const CERTIFICATE = 'certificate: { organization: PSDGB-FCA-1, roles: [PSP_AI]'
/** What differs from a request that is in order, and what is expected then. */
const CASES: readonly (readonly [
  certificate: string,
  claims: string,
  register: string,
  expect: string,
])[] = [
  [`${CERTIFICATE} }`, '', '', 'decision: allow'],
  ['', '', '', 'decision: deny, code: GH_GATEWAY_TLS_NEEDED, rule: transport.tls'],
  [`${CERTIFICATE} }`, ', bound: false', '', 'decision: deny, code: GH_GATEWAY_TOKEN_BINDING'],
  [
    `${CERTIFICATE}, revocation: revoked }`,
    '',
    '',
    'decision: deny, code: GH_GATEWAY_CERTIFICATE_REVOKED',
  ],
  [
    `${CERTIFICATE}, revocation: unknown }`,
    '',
    '',
    'decision: deny, code: GH_GATEWAY_CERTIFICATE_STATUS',
  ],
  [
    `${CERTIFICATE}, expiresAt: 2026-11-28T11:59:59Z }`,
    '',
    '',
    'decision: deny, code: GH_GATEWAY_CERTIFICATE_EXPIRED',
  ],
  [`${CERTIFICATE}, depth: 4 }`, '', '', 'decision: deny, code: GH_GATEWAY_CERTIFICATE_UNTRUSTED'],
  [
    'certificate: { organization: PSDGB-FCA-1, roles: [PSP_PI] }',
    '',
    '',
    'decision: deny, code: GH_GATEWAY_CERTIFICATE_ROLE',
  ],
  [
    'certificate: { organization: PSDGB-FCA-2, roles: [PSP_AI] }',
    '',
    '',
    'decision: deny, code: GH_GATEWAY_CERTIFICATE_CLIENT',
  ],
  [
    `${CERTIFICATE} }`,
    '',
    ', registerStatus: withdrawn',
    'decision: deny, code: GH_GATEWAY_REGISTER_STATUS',
  ],
]

test('`gatehouse check` runs policy tests with client certificates', async (t) => {
  const cwd = temporaryFolder(t)
  for (const folder of ['spec', 'feed'])
    cpSync(join(BANK, folder), join(cwd, folder), { recursive: true })
  cpSync(developmentCertificates(t).dir, join(cwd, 'certs'), { recursive: true })
  writeFileSync(join(cwd, 'gatehouse.yaml'), CONFIG)
  mkdirSync(join(cwd, 'policy-tests'))
  const tests = CASES.map(
    ([certificate, claims, register, expect], at) => `  - name: case ${at}
    request: { path: /open-banking/v4.0/aisp/accounts }
    claims: { scopes: [accounts]${claims} }
    client: { id: budget-buddy, organization: PSDGB-FCA-1${register} }
    consent: consent-amira-budget
    ${certificate}
    expect: { ${expect} }
`,
  )
  writeFileSync(
    join(cwd, 'policy-tests', 'certificates.yaml'),
    `now: 2026-11-28T12:00:00Z\ntests:\n${tests.join('')}`,
  )
  const { code, out, err } = await gatehouse(['check', '--only', 'tests'], { cwd })
  assert.equal(code, 0, `${out}\n${err}`)
  assert.match(out, new RegExp(`${CASES.length} of ${CASES.length} policy tests hold`))
})
