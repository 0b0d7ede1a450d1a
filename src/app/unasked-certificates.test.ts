import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { developmentCertificates } from '../../test/support/development-certificates.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { assemble } from './assemble.ts'
import { readConfig } from './read-config.ts'

const SPEC = join(import.meta.dirname, '../../examples/bank/spec/account-info-openapi.yaml')

test('an API that needs certificates which no listener asks for is a finding at its template, and closes nothing', (t) => {
  const dir = temporaryFolder(t)
  const { file } = developmentCertificates(t)
  const listener = (asked: string): string =>
    `listeners:\n  - { name: tls, listen: 127.0.0.1:0, certificate: ${file('server')}, key: { file: ${file('server-key')} }, clientCertificate: ${asked}, trustStores: [psd2] }\ntrustStores:\n  - { name: psd2, anchors: [${file('ca')}], crls: [${file('crl')}] }\n`
  const found = (before: string, template: string) => {
    const text = `${before}issuers:\n  - { issuer: 'https://as.example', jwks: 'https://as.example/jwks', audience: a }\napis:\n  - name: accounts\n    spec: ${SPEC}\n    upstream: http://127.0.0.1:9\n    template: ${template}\n`
    writeFileSync(join(dir, 'gatehouse.yaml'), text)
    const { config, diagnostics } = readConfig(dir, {})
    assert.deepEqual(diagnostics, [])
    assert.ok(config !== undefined)
    return assemble(config)
      .policy.findings.filter(({ code }) => code === 'GH_POLICY_CERTIFICATE_UNASKED')
      .map(({ place, closes }) => [place.line, closes])
  }
  assert.deepEqual(found('', 'psd2-ais'), [[7, false]])
  assert.deepEqual(found('', 'ais'), [])
  assert.deepEqual(found(listener('none'), 'psd2-ais'), [[11, false]])
  for (const asked of ['optional', 'required'])
    assert.deepEqual(found(listener(asked), 'psd2-ais'), [])
})

test('a rule that names a trust store nobody has is a mistake at that word, at every level', (t) => {
  const dir = temporaryFolder(t)
  const { file } = developmentCertificates(t)
  const RULE = '{ transport.mtls: { mode: enforce, trustStores: [psd] } }'
  const text = `trustStores:
  - { name: psd2, anchors: [${file('ca')}], crls: [${file('crl')}] }
mandate: ${RULE}
classes: { partners: { rules: ${RULE} } }
issuers:
  - { issuer: 'https://as.example', jwks: 'https://as.example/jwks', audience: a }
apis:
  - name: accounts
    spec: ${SPEC}
    upstream: http://127.0.0.1:9
    template: psd2-ais
    rules: ${RULE}
    operations: { GetAccounts: { rules: ${RULE} } }
`
  writeFileSync(join(dir, 'gatehouse.yaml'), text)
  const wrong = readConfig(dir, {}).diagnostics.filter(
    ({ code }) => code === 'GH_CONFIG_REFERENCE_UNKNOWN',
  )
  assert.deepEqual(
    wrong.map(({ place, nearest }) => [place.line, nearest]),
    [3, 4, 12, 13].map((line) => [line, 'psd2']),
  )
  writeFileSync(join(dir, 'gatehouse.yaml'), text.replaceAll('[psd]', '[psd2]'))
  assert.deepEqual(
    readConfig(dir, {}).diagnostics.filter(({ code }) => code === 'GH_CONFIG_REFERENCE_UNKNOWN'),
    [],
  )
})
