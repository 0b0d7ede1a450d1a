/** Golden cases: a file, a line of dashes, the mistakes as `gatehouse check` prints them (none: the file is sound). */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import { formatDiagnostic } from '../../src/lib/index.ts'
import { parse } from './bank-folder.ts'

const RULER = '----------\n'
const cases = globSync(join(import.meta.dirname, 'cases', '*.case')).sort()

test('there are cases', () => assert.ok(cases.length >= 25))

for (const file of cases)
  test(`parseConfig: ${basename(file, '.case')}`, () => {
    const whole = readFileSync(file, 'utf8')
    const at = whole.lastIndexOf(RULER)
    assert.notEqual(at, -1, 'the case has no ruler')
    const { config, diagnostics } = parse(whole.slice(0, at))
    const lines = diagnostics.map((each) => `${formatDiagnostic(each).replaceAll('/bank/', '')}\n`)
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/config/cases.test.ts
    if (process.env['UPDATE_CASES'] === '1')
      writeFileSync(file, whole.slice(0, at) + RULER + lines.join(''))
    else assert.equal(lines.join(''), whole.slice(at + RULER.length))
    assert.equal(config === undefined, diagnostics.length > 0)
  })
