/** Policy tests of how far back a request reaches: what `claims.authenticatedAt` changes. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouse } from '../../cli/terminal.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const BANK = join(import.meta.dirname, '..', '..', '..', 'examples', 'bank')
const CONFIG = `issuers:
  - { issuer: https://as.example, jwks: https://as.example/jwks.json, audience: x }
apis:
  - name: accounts
    spec: account-info-openapi.yaml
    upstream: "http://127.0.0.1:9080"
    template: ais
    rules:
      sca.required: { historyDays: 90 }
`
const DENIED = 'decision: deny, code: GH_GATEWAY_AUTHENTICATION_INSUFFICIENT, rule: sca.required'
/** The query, more claims, and what is expected. */
const CASES: readonly (readonly [query: string, claims: string, expect: string])[] = [
  ['', '', 'decision: allow'],
  ['?fromBookingDateTime=2026-08-30T00:00:00Z', '', 'decision: allow'],
  ['?fromBookingDateTime=2026-08-29T23:59:59Z', '', DENIED],
  [
    '?fromBookingDateTime=2020-01-01T00:00:00Z',
    ', authenticatedAt: 2026-11-28T11:55:00Z',
    'decision: allow',
  ],
  ['?fromBookingDateTime=2020-01-01T00:00:00Z', ', authenticatedAt: 2026-11-28T11:54:59Z', DENIED],
]

test('`gatehouse check` knows how far back a request reaches', async (t) => {
  const cwd = temporaryFolder(t)
  const spec = 'account-info-openapi.yaml'
  cpSync(join(BANK, 'spec', spec), join(cwd, spec))
  mkdirSync(join(cwd, 'feed'))
  mkdirSync(join(cwd, 'policy-tests'))
  writeFileSync(join(cwd, 'gatehouse.yaml'), CONFIG)
  const tests = CASES.map(
    ([query, claims, expect], at) => `  - name: case ${at}
    request: { path: "/open-banking/v4.0/aisp/accounts/a-1/transactions${query}" }
    claims: { scopes: [accounts]${claims} }
    client: { id: reader }
    consent: { id: c-1, client: reader, subject: ann, permissions: [ReadTransactionsBasic, ReadTransactionsCredits], accounts: [a-1] }
    expect: { ${expect} }
`,
  )
  const file = join(cwd, 'policy-tests', 'history.yaml')
  writeFileSync(file, `now: 2026-11-28T12:00:00Z\ntests:\n${tests.join('')}`)
  const { code, out, err } = await gatehouse(['check', '--only', 'tests'], { cwd })
  assert.equal(code, 0, `${out}\n${err}`)
  assert.match(out, new RegExp(`${CASES.length} of ${CASES.length} policy tests hold`))
})
