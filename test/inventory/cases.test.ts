/**
 * One file per kind of mistake: the specification, a line of dashes, what is imported and what is listed. An operation line ends in
 * `unsound` if a part of it is refused at run time; a problem line is place, code, pointer and the nearest word.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { type ImportResult, importSpec } from '../../src/inventory/index.ts'
import { CATALOG } from '../../src/lib/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const files = globSync(join(import.meta.dirname, 'cases', '*.case')).sort()

test('there are cases, and each code of an import that has gone wrong is in one', () => {
  assert.ok(files.length > 30)
  const all = files.map((file) => readFileSync(file, 'utf8').split('\n----------\n')[1]).join('\n')
  const ELSEWHERE = ['GH_INVENTORY_UNREADABLE', 'GH_INVENTORY_RECORD_INVALID']
  for (const code of Object.keys(CATALOG).filter((name) => name.startsWith('GH_INVENTORY_')))
    if (!ELSEWHERE.includes(code)) assert.ok(all.includes(code), `${code} is in no case`)
})

function shown({ spec, diagnostics }: ImportResult): string {
  const operations = (spec?.operations ?? []).map(
    ({ method, path, unsound }) => `${method} ${path}${unsound ? ' unsound' : ''}`,
  )
  const problems = diagnostics.map(({ code, place, pointer, nearest }) =>
    [
      `${place.line}:${place.column}`,
      code,
      pointer === '' ? '(root)' : (pointer ?? '-'),
      ...(nearest === undefined ? [] : [`nearest ${nearest}`]),
    ].join(' '),
  )
  return [...operations, ...problems].join('\n')
}

const RULER = '\n----------\n'

for (const file of files)
  test(`importSpec: ${basename(file, '.case')}`, () => {
    const [input = '', want = ''] = readFileSync(file, 'utf8').split(RULER)
    const found = shown(importSpec({ file: 'api.yaml', text: input, regex: linearRegex }))
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/inventory/cases.test.ts
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(file, `${input}${RULER}${found}\n`)
    else assert.equal(found, want.trim())
    const yaml = join(dirname(file), basename(file).replace('json-', ''))
    if (yaml === file || !existsSync(yaml)) return
    // The same document as YAML: the same is found at the same pointers, only elsewhere in the text.
    const [, there = ''] = readFileSync(yaml, 'utf8').split(RULER)
    const withoutPlaces = (lines: string): string[] =>
      lines
        .split('\n')
        .map((line) => line.replace(/^\d+:\d+ /, ''))
        .sort()
    assert.deepEqual(withoutPlaces(found), withoutPlaces(there.trim()))
  })
