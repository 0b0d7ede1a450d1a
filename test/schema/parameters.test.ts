/** Parameters as they come in a path, a query or a header: one line a case. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compileSchemas, prepareParameter } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const lines = readFileSync(join(import.meta.dirname, 'parameters.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(lines.length > 45))

for (const line of lines)
  test(line, () => {
    const [given = '', want] = line.split(' => ')
    const [schema = '', list = '', values = ''] = given.split(' | ')
    const { program, roots } = compileSchemas({
      document: { schema: JSON.parse(schema) },
      roots: ['/schema'],
      regex: linearRegex,
    })
    assert.ok(list === 'repeat' || list === 'comma' || list === 'no', list)
    const check = prepareParameter(program, roots.get('/schema') ?? -1, {
      regex: linearRegex,
      list: list === 'no' ? false : list,
    })
    const got = check(JSON.parse(values))
    assert.equal(got.ok ? 'ok' : got.reason + (got.at === '' ? '' : `@${got.at}`), want)
  })
