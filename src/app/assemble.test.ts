import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { assemble, upstreamRoot } from './assemble.ts'
import { readConfig } from './read-config.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')

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
