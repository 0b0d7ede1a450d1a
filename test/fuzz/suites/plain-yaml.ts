/** The quick reader of YAML beside the package: what it takes it reads alike, value by value and place by place. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { readPlainYaml } from '../../../src/inventory/source/plain-yaml.ts'
import { isStop, type SourceResult } from '../../../src/inventory/source/source-document.ts'
import { readAnyYaml } from '../../../src/inventory/source/yaml-source.ts'
import { ACCOUNTS_SPEC, PRODUCTS_SPEC } from '../../scenario/invented-bank.ts'
import { cutUp } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'breadth', 'specs')
const TEXTS = [
  ...['crud.yaml', 'customers.yaml'].map((name) => readFileSync(join(FOLDER, name), 'utf8')),
  ACCOUNTS_SPEC,
  PRODUCTS_SPEC,
]
const PIECES = [
  'a',
  'key',
  ': ',
  ':',
  '- ',
  '-',
  '? ',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\n ',
  '\n  ',
  '\n    ',
  '#',
  ' # c',
  '"',
  "'",
  "''",
  '\\',
  '\\n',
  '\\\n',
  '\\u00e9',
  '\\ ',
  '|',
  '>',
  '|-',
  '>-\n',
  '|2',
  '[',
  ']',
  '{',
  '}',
  ', ',
  ',',
  '[a, b]',
  '{ a: b }',
  '{}',
  '&x ',
  '*x',
  '!t ',
  '<<',
  '%',
  '@',
  '1',
  '-1',
  '0x1f',
  '1e9',
  '.5',
  '007',
  'true',
  '~',
  'null',
  '.inf',
  '---\n',
  '...\n',
  '\t',
  '\r\n',
]

export const plainYaml = defineSuite<string>(
  {
    name: 'plain-yaml',
    holds: 'what the quick reader of YAML takes, it reads as the package does',
  },
  () => ({
    input: fc.oneof(
      {
        weight: 2,
        arbitrary: fc
          .array(fc.constantFrom(...PIECES), { maxLength: 30 })
          .map((pieces) => `k: ${pieces.join('')}`),
      },
      { weight: 1, arbitrary: fc.constantFrom(...TEXTS).chain((text) => cutUp(text, PIECES)) },
    ),
    check(text) {
      const quick = readPlainYaml(text)
      if (quick !== undefined) assert.deepEqual({ ok: true, value: quick }, byThePackage(text))
    },
  }),
)

function byThePackage(text: string): SourceResult {
  try {
    return readAnyYaml(text)
  } catch (thrown) {
    if (isStop(thrown)) return { ok: false, error: [thrown.stop] }
    throw thrown
  }
}
