import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { ImportCache } from '../inventory/index.ts'
import { assemble } from './assemble.ts'
import { upstreamRoot } from './upstream-source.ts'
import { diskImportCache } from './import-cache.ts'
import { readConfig } from './read-config.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')
const SPECS = join(import.meta.dirname, '..', '..', 'test', 'inventory', 'specs')

// The table of docs/decisions/003.
const cases = [
  ['http://core:9000', '/ob/v4', 'http://core:9000/ob/v4'],
  ['http://core:9000/', '/ob/v4', 'http://core:9000/'],
  ['http://core:9000/x', '/ob/v4', 'http://core:9000/x'],
  ['https://[::1]:9000', '', 'https://[::1]:9000'],
  ['HTTP://core', '/v1', 'HTTP://core/v1'],
] as const
for (const [upstream, specPath, root] of cases) {
  test(`upstreamRoot of ${upstream} for a specification at "${specPath}" is ${root}`, () => {
    assert.equal(upstreamRoot(upstream, specPath), root)
  })
}

test('assemble says which personal data a declaration leaves out, at its place, and closes nothing for it', (t) => {
  const dir = temporaryFolder(t)
  const spec = join(BANK, 'spec', 'account-info-openapi.yaml')
  const text = (classes: string): string =>
    `issuers:\n  - { issuer: 'https://as.example', jwks: 'https://as.example/jwks', audience: a }\napis:\n  - name: accounts\n    spec: ${spec}\n    upstream: http://127.0.0.1:9\n    template: ais\n${classes}`
  const findings = (classes: string) => {
    writeFileSync(join(dir, 'gatehouse.yaml'), text(classes))
    const { config, diagnostics } = readConfig(dir, {})
    assert.deepEqual(diagnostics, [])
    assert.ok(config !== undefined)
    return assemble(config).policy.findings.filter((one) => one.code === 'GH_OBJECTIVES_UNDECLARED')
  }
  assert.deepEqual(findings(''), [])
  const [found] = findings('    dataClasses: [account-reference, public-reference]\n')
  assert.match(found?.text ?? '', /also shows .*balance.*transaction/)
  assert.equal(found?.place.line, 8)
  assert.equal(found?.closes, false)
})

test('a plan is the same to the last byte whether its imports are cold, kept or damaged', (t) => {
  const dir = temporaryFolder(t)
  const specs = [
    ['accounts', join(BANK, 'spec', 'account-info-openapi.yaml'), 'ais'],
    ['payments', join(SPECS, 'uk-obie', 'payment-initiation-openapi.yaml'), 'pis'],
    ['berlin', join(SPECS, 'berlin-group', 'psd2-api_v1.3.11-2021-10-01v1.yaml'), 'ais'],
    ['brazil', join(SPECS, 'brazil', 'payments-4.0.0.yml'), 'pis'],
    ['json', join(SPECS, '..', '..', 'breadth', 'specs', 'shapes.json'), 'ais'],
    ['broken', join(SPECS, '..', '..', 'breadth', 'specs', 'broken.yaml'), 'ais'],
  ] as const
  const apis = specs.map(
    ([name, spec, template]) =>
      `  - { name: ${name}, spec: ${spec}, upstream: 'http://127.0.0.1:9', basePath: /${name}, template: ${template} }\n`,
  )
  writeFileSync(
    join(dir, 'gatehouse.yaml'),
    `issuers:\n  - { issuer: 'https://as.example', jwks: 'https://as.example/jwks', audience: a }\napis:\n${apis.join('')}`,
  )
  const { config, diagnostics } = readConfig(dir, {})
  assert.deepEqual(diagnostics, [])
  assert.ok(config !== undefined)
  const hits: string[] = []
  const counted = (cache: ImportCache): ImportCache => ({
    read(key) {
      const found = cache.read(key)
      if (found !== undefined) hits.push(key)
      return found
    },
    keep: cache.keep,
  })
  const disk = counted(diskImportCache(config.dataDir, { create: true }))
  const cold = assemble(config, disk)
  assert.deepEqual(hits, [], 'nothing was kept yet')
  const kept = assemble(config, disk)
  assert.equal(new Set(hits).size, specs.length, 'every import was kept: the comparison is blind')
  assert.ok(cold.policy.plan.apis.filter(({ state }) => state === 'active').length >= 4)
  assert.equal(kept.policy.plan.digest, cold.policy.plan.digest)
  // The digest leaves nothing out by mistake.
  assert.equal(JSON.stringify(kept.policy), JSON.stringify(cold.policy))
  const known = ({ record, objective, undeclared }: (typeof cold.apis)[number]) => ({
    record,
    objective,
    undeclared,
  })
  assert.deepEqual(kept.apis.map(known), cold.apis.map(known))
  // One that is damaged is imported again, to the same plan.
  const folder = join(config.dataDir, 'imports')
  for (const name of readdirSync(folder).filter((one) => /^[0-9]+-/.test(one))) {
    const file = join(folder, name)
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    rmSync(file)
    writeFileSync(file, bytes)
  }
  hits.length = 0
  assert.equal(assemble(config, disk).policy.plan.digest, cold.policy.plan.digest)
  assert.deepEqual(hits, [])
})

test('what a token says of strong authentication is believed of our own server, and where the file names its claim', (t) => {
  const dir = temporaryFolder(t)
  const spec = join(BANK, 'spec', 'account-info-openapi.yaml')
  writeFileSync(join(dir, 'a.pem'), '')
  const claimsWith = (issuers: string): unknown => {
    writeFileSync(
      join(dir, 'gatehouse.yaml'),
      `identity: { listen: '127.0.0.1:0', issuer: 'https://own.example', certificate: a.pem, key: { file: a.pem }, secret: { env: SECRET }, resources: [{ identifier: a, scopes: [accounts] }] }
issuers: [${issuers}]
apis:
  - { name: accounts, spec: ${spec}, upstream: 'http://127.0.0.1:9', template: ais }
`,
    )
    const { config, diagnostics } = readConfig(dir, { SECRET: 's'.repeat(64) })
    assert.ok(config !== undefined, JSON.stringify(diagnostics))
    return assemble(config).policy.plan.issuers.map(({ claims }) => claims.sca ?? null)
  }
  const issuer = (name: string, more = ''): string =>
    `{ issuer: 'https://${name}.example', jwks: 'https://${name}.example/jwks', audience: a${more} }`
  const named = issuer('another', ', claims: { sca: sca }')
  assert.deepEqual(claimsWith([issuer('own'), issuer('foreign'), named].join()), [
    'sca',
    null,
    'sca',
  ])
})
