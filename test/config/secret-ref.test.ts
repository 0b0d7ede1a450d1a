import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Mistake } from '../../src/config/check.ts'
import { secretRef } from '../../src/config/shape-references.ts'
import { parseYaml } from '../../src/config/yaml-text.ts'
import { env } from './bank-folder.ts'

function read(text: string): { value: unknown; codes: readonly string[]; said: string } {
  const mistakes: Mistake[] = []
  const { root } = parseYaml('x.yaml', text)
  const value = secretRef.read(
    { node: root, key: null, path: ['upstreamCredential'] },
    {
      dir: '/bank',
      env,
      secrets: new Set(),
      report: (mistake) => mistakes.push(mistake),
      keyFile: () => undefined,
      specFile: () => undefined,
    },
  )
  return {
    value,
    codes: mistakes.map(({ code }) => code),
    said: mistakes.map(({ message }) => message).join('\n'),
  }
}

test('`secretRef` reads a file reference as an absolute path', () =>
  assert.deepEqual(read('{ file: issuer.json }').value, { file: '/bank/issuer.json' }))
test('`secretRef` reads a reference to an environment variable', () =>
  assert.deepEqual(read('{ env: BANK_SECRET }').value, { env: 'BANK_SECRET' }))

for (const [text, code] of [
  ['hunter2', 'GH_CONFIG_SECRET_LITERAL'],
  ['12345', 'GH_CONFIG_SECRET_LITERAL'],
  ['[hunter2]', 'GH_CONFIG_VALUE_TYPE'],
  ['{}', 'GH_CONFIG_SECRET_REFERENCE'],
  ['{ file: issuer.json, env: BANK_SECRET }', 'GH_CONFIG_SECRET_REFERENCE'],
  ['{ file: gone }', 'GH_CONFIG_FILE_MISSING'],
  ['{ env: NOT_SET }', 'GH_CONFIG_SECRET_REFERENCE'],
  ['{ env: hunter2!hunter2 }', 'GH_CONFIG_SECRET_REFERENCE'],
  ['{ value: hunter2 }', 'GH_CONFIG_UNKNOWN_KEY'],
] as const)
  test(`\`secretRef\` refuses ${text}`, () => {
    const { value, codes, said } = read(text)
    assert.equal(value, undefined)
    assert.ok(codes.includes(code), codes.join())
    assert.doesNotMatch(said, /hunter2|12345/)
  })
