/**
 * `keys.case`: every key of the file with every kind of value that it does not take, each misspelling, and what its absence means.
 * A line is a path and a value put there in a sound file (`-`: the key left out), then what the checker says, or what the key is then.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse as readYaml, stringify } from 'yaml'
import type { JsonObject } from '../../src/lib/index.ts'
import { configSchema } from '../../src/config/index.ts'
import { parse } from './bank-folder.ts'
import { words } from './words.ts'

const FILE = join(import.meta.dirname, 'keys.case')

/** Every key once, each with a value that is sound and no default. */
const FULL = `
version: 1
organisation: { name: Example Bank, jurisdictions: [UK, EU], entity: [financial-entity], timeZone: Europe/London }
listen: 127.0.0.1:8081
listeners:
  - name: third-parties
    listen: 0.0.0.0:8443
    certificate: tls/server.pem
    key: { env: BANK_SECRET }
    minVersion: "1.3"
    clientCertificate: optional
    dataPlane: node
    trustStores: [psd2]
    proxies: { certificates: [tls/ca.pem], header: client-cert }
  - { name: edge, listen: 8444, certificate: tls/server.pem, key: { env: BANK_SECRET }, clientCertificate: none, dataPlane: envoy }
sockets:
  - { name: behind-nginx, listen: unix:run/proxy.sock, mode: "0660", header: client-cert, proxyTls: "1.3", trustStores: [psd2] }
extAuthz: { listen: 127.0.0.1:9192, secret: { env: BANK_SECRET }, envoyListen: 10001 }
trustStores:
  - name: psd2
    anchors: [tls/ca.pem]
    trustedLists: [{ file: tls/list.xml, signers: tls/ca.pem }]
    revocation: crl
    crls: [tls/ca.crl]
    ocsp: { responder: http://ocsp.example, mode: where-no-crl, timeoutMs: 500, maxAgeSeconds: 600, certificateId: sha256, nonce: true }
dataDir: state
monitoring: { listen: 127.0.0.1:9465 }
logs: { level: warn, format: text }
retention: { events: 500d, index: 30d, observations: 120d, plans: 90d }
feed: ../feed
policyTests: [tests/*.yaml]
store: { postgres: { url: { env: BANK_SECRET }, feed: true } }
issuers:
  - issuer: https://login.bank.example
    jwks: issuer.json
    audience: [https://api.bank.example]
    algorithms: [ES256]
    clockSkewSeconds: 5
    introspection: { endpoint: https://login.bank.example/i, clientId: gate, clientSecret: { env: BANK_SECRET }, signed: true, cacheSeconds: 3, tokenPrefix: bank_, tryInOrder: true }
    tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }
    claims: { client: azp, subject: uid, consent: intent, consentIn: authorization_details, scope: scp, grant: sid, sca: psd2_sca }
identity:
  issuer: https://login.bank.example
  listen: 0.0.0.0:9443
  certificate: tls/server.pem
  key: { env: BANK_SECRET }
  trustStores: [psd2]
  mtls: { origin: https://mtls.login.bank.example, listen: 0.0.0.0:9446 }
  secret: { env: BANK_SECRET }
  previousSecrets: [{ env: BANK_SECRET }]
  clients: [issuer.json]
  registration:
    directories: [{ issuer: OpenBanking Ltd, jwks: issuer.json, maxAgeSeconds: 600 }]
    register: { from: https://directory.example/register, jwks: issuer.json }
    partners: true
    fapi1: true
  privateHosts: [keys.directory.internal]
  gateways: [gate]
  approvalPage: true
  embeddedApproach: true
  profile: development
  login: { issuer: https://id.bank.example, clientId: gate, clientSecret: { env: BANK_SECRET }, idTokenAlgorithm: ES256, acrValues: [urn:two], subjectClaim: number }
  customers: { url: https://customers.bank.example/v1, token: { env: BANK_SECRET } }
  automaticCustomer: { subject: cust-1, approves: [one], refuses: [two] }
  brand: { name: Bank of Keys, accent: "#1d4f91" }
  resources: [{ identifier: https://api.bank.example, scopes: [accounts] }]
sca:
  jurisdiction: UK
  acr: urn:bank:sca
  factors:
    passcode: true
    transactionCode: { suite: OCRA-1:HOTP-SHA512-8:QH64 }
    totp: true
    passkeys: { rpId: bank.example, rpName: Bank of Keys, origins: [https://pay.bank.example], syncedKeys: accept, models: { aaguids: [08987058-cadc-4b81-b6e1-30de50dcbe96], roots: tls/ca.pem } }
  limits: { failures: 3 }
  monitoring: { url: https://watch.bank.example/v1, token: { env: BANK_SECRET }, tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }, timeoutMs: 500 }
  payeeCheck: { url: https://vop.bank.example/v1, token: { env: BANK_SECRET }, tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }, timeoutMs: 3000 }
  sender: { url: https://sms.bank.example/v1, token: { env: BANK_SECRET }, tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }, timeoutMs: 2000 }
  push: { url: https://push.bank.example/v1, token: { env: BANK_SECRET }, tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }, timeoutMs: 2000 }
  notices: { url: https://post.bank.example/v1, token: { env: BANK_SECRET }, tls: { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET } }, timeoutMs: 2000 }
  rates: { file: issuer.json, source: Treasury }
  developmentMonitoring: { payments: 4, minutes: 60 }
  developmentEnrolments: issuer.json
publicOrigins: [https://pub.bank.example]
answerSigning: { keys: [{ env: BANK_SECRET }], issuer: org-1, trustAnchor: bank.example }
context: { keys: [{ env: BANK_SECRET }], header: bank-context, issuer: gate-1, ttlSeconds: 20 }
mandate: { token.lifetime: { mode: enforce, maxSeconds: 600 } }
templates: [templates/own.yaml]
controls: [controls/own.yaml]
classes: { partner: { rules: { upstream.resilience: { bounds: { bodyTimeoutMs: { max: 10000 } } } } } }
apis:
  - name: accounts
    spec: accounts.yaml
    upstream: [https://core.bank.example/aisp, https://core-b.bank.example/aisp]
    upstreamHealth: { path: /health, intervalMs: 5000, timeoutMs: 1000, healthyAfter: 1, unhealthyAfter: 2 }
    upstreamTls:
      { anchors: [tls/ca.pem], certificate: tls/server.pem, key: { env: BANK_SECRET }, serverName: core.bank.internal, uri: "spiffe://bank.internal/core", minVersion: "1.3" }
    template: ais
    basePath: /aisp
    owner: Accounts team
    dataClasses: [balance]
    roles: [ais]
    exposure: internet-authenticated
    outageImpact: within-2h
    criticalOrImportantFunction: true
    features: [jwt]
    serves: [atms]
    audit: strict
    degraded: true
    issuers: [https://login.bank.example]
    approval: { by: Dana Okafor, on: "2026-10-31" }
    rules: { authz.consent: { mode: observe, fraction: 5 } }
    class: partner
    operations: { GetAccounts: { rules: { authz.objects: { mode: observe, approval: { by: Dana Okafor, on: "2026-10-31" } } } } }
    permissions: { GetAccounts: [ReadAccountsBasic] }
  - { name: atms, spec: specs/atms.json, upstream: http://127.0.0.1:9000, template: open-data, basePath: /atms }
`

type Step = string | number
const stepsOf = (path: string): readonly Step[] =>
  path.split('/').map((step) => (/^\d+$/.test(step) ? Number(step) : step))

/** `value` put at `path`; `undefined` takes the key out. */
function changed(value: unknown, path: readonly Step[], to: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return to
  if (Array.isArray(value))
    return value.map((item, at) => (at === head ? changed(item, rest, to) : item))
  const members = new Map(Object.entries(value ?? {}))
  const inner = changed(members.get(String(head)), rest, to)
  if (inner === undefined) members.delete(String(head))
  else members.set(String(head), inner)
  return Object.fromEntries(members)
}

function at(value: unknown, path: readonly Step[]): unknown {
  // sound: only members are looked at
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<Step, unknown> | null)?.[step],
    value,
  )
}

/** Keys whose value stands elsewhere in the checked configuration. */
const MODEL_NAME: ReadonlyMap<string, string> = new Map([['feed', 'feedDir']])

function judged(path: string, written: string): string {
  const value: unknown = written === '-' ? undefined : readYaml(written)
  const steps = stepsOf(path)
  const { config, diagnostics } = parse(stringify(changed(readYaml(FULL), steps, value)))
  if (config !== undefined)
    return `is ${JSON.stringify(at(config, [MODEL_NAME.get(path) ?? steps[0] ?? '', ...steps.slice(1)])) ?? 'unknown'}`
  return diagnostics
    .map(({ code, message, nearest }) => {
      const short = message.length > 110 ? `${message.slice(0, 110)}…` : message
      return `${code} ${short}${nearest === undefined ? '' : ` [${nearest}]`}`
    })
    .join(' | ')
}

test('`parseConfig`: every key with what it does not take, and without', () => {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const seen = lines.map((line) => {
    const given = /^([^\s#]\S*) = (.*?)(?: => .*)?$/.exec(line)
    return given === null
      ? line
      : `${given[1]} = ${given[2]} => ${judged(given[1] ?? '', given[2] ?? '')}`
  })
  // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/config/keys.test.ts
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(FILE, seen.join('\n'))
  else assert.deepEqual(seen, lines)
})

test('the file that the cases start from is sound and has every key of the published schema', () => {
  assert.deepEqual(parse(FULL).diagnostics, [])
  const missing: string[] = []
  const check = (schema: JsonObject, value: unknown, path: string): void => {
    // sound: the schema is made by the shapes; only members are looked at
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonObject>>
    for (const [key, inner] of Object.entries(properties)) {
      const member = at(value, [key])
      if (member === undefined) {
        // A secret is in a file or in a variable, never in both.
        const other =
          (key === 'file' && at(value, ['env']) !== undefined) ||
          // And a gateway is known by a secret or by a key.
          (key === 'clientKey' && at(value, ['clientSecret']) !== undefined) ||
          // And customers are those of the bank, or made up.
          (key === 'developmentCustomers' && at(value, ['login']) !== undefined)
        if (!other && !/\/(rules|mandate)\b/.test(path)) missing.push(`${path}/${key}`)
      } else check(inner, Array.isArray(member) ? member[0] : member, `${path}/${key}`)
    }
    const items = schema['items'] as JsonObject | undefined // sound: as above
    if (items !== undefined) check(items, value, path)
  }
  check(configSchema(words), readYaml(FULL), '')
  assert.deepEqual(missing, [])
  // And every key has its lines.
  const text = readFileSync(FILE, 'utf8')
  for (const path of ['version', 'apis/0/upstream', 'issuers/0/claims/scope', 'apis/0/approval/on'])
    assert.ok(text.includes(`\n${path} = `), path)
})
