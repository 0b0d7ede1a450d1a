/** Golden cases: a file of a bank's own controls, a line of dashes, the mistakes as `gatehouse check` prints them. */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/schema'
import { parse as parseYaml } from 'yaml'
import { vocabulary } from '../../src/app/vocabulary.ts'
import { parseOwnControls } from '../../src/config/index.ts'
import { formatDiagnostic } from '../../src/lib/index.ts'
import { CONTROLS_SCHEMA_FILE, controlsSchemaText } from './write-schema.ts'

const RULER = '----------\n'
const cases = globSync(join(import.meta.dirname, 'own-controls', '*.case')).sort()

for (const file of cases)
  test(`parseOwnControls: ${basename(file, '.case')}`, () => {
    const whole = readFileSync(file, 'utf8')
    const at = whole.lastIndexOf(RULER)
    const text = whole.slice(0, at)
    const { controls, diagnostics } = parseOwnControls([{ file: 'own.yaml', text }], vocabulary())
    const lines = diagnostics.map((each) => `${formatDiagnostic(each)}\n`)
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/config/own-controls.test.ts
    if (process.env['UPDATE_CASES'] === '1')
      writeFileSync(file, whole.slice(0, at) + RULER + lines.join(''))
    else assert.equal(lines.join(''), whole.slice(at + RULER.length))
    assert.equal(controls.length === 0, diagnostics.length > 0)
  })

const control = (id: string): string => `- id: ${id}
  title: Accesses are scored for fraud
  intent: Every access to money is scored.
  category: payments
  severityIfMissing: high
  counters: [money-laundering]
  requiredWhen: [{ because: always }]
  observe: A score stands in the record.
  testFromOutside: Not to be seen from outside.
  evidence: { kinds: [attestation], freshnessDays: 90 }
`
const files = (...sizes: number[]): { file: string; text: string }[] =>
  sizes.map((size, at) => ({
    file: `${at}.yaml`,
    text: Array.from({ length: size }, (_, one) => control(`own-${at}-${one}`)).join(''),
  }))
const codes = (found: ReturnType<typeof parseOwnControls>): readonly string[] =>
  found.diagnostics.map(({ code }) => code)

test('500 controls in all files together are taken, 501 are not, at the place of the first too many', () => {
  const full = parseOwnControls(files(300, 200), vocabulary())
  assert.deepEqual([full.controls.length, codes(full)], [500, []])
  const over = parseOwnControls(files(300, 201), vocabulary())
  assert.deepEqual([over.controls, codes(over)], [[], ['GH_CONFIG_TOO_LARGE']])
  assert.deepEqual(over.diagnostics[0]?.place, { file: '1.yaml', line: 2001, column: 7 })
})

test('an id of 63 characters is taken, one of 64 is not; freshness ends at 3,650 days', () => {
  const read = (text: string): readonly string[] =>
    codes(parseOwnControls([{ file: 'own.yaml', text }], vocabulary()))
  assert.deepEqual(read(control(`own-${'a'.repeat(59)}`)), [])
  assert.deepEqual(read(control(`own-${'a'.repeat(60)}`)), ['GH_CONFIG_VALUE_INVALID'])
  assert.deepEqual(read(control('own-a').replace('90', '3650')), [])
  assert.deepEqual(read(control('own-a').replace('90', '3651')), ['GH_CONFIG_VALUE_INVALID'])
})

test('an id that stands in two files is refused at the second, which names the first', () => {
  const text = control('own-a')
  const { diagnostics } = parseOwnControls(
    [
      { file: 'a.yaml', text },
      { file: 'b.yaml', text: control('own-b') + text },
    ],
    vocabulary(),
  )
  assert.deepEqual(
    diagnostics.map(({ code, place }) => [code, place]),
    [['GH_CONFIG_VALUE_DUPLICATE', { file: 'b.yaml', line: 11, column: 7 }]],
  )
  assert.match(diagnostics[0]?.message ?? '', /a\.yaml:1/)
})

test('no id of the catalogue can be taken, now or later', () => {
  for (const id of vocabulary().controls?.ids ?? []) {
    assert.ok(!id.startsWith('own-'), id)
    const { diagnostics } = parseOwnControls([{ file: 'o', text: control(id) }], vocabulary())
    assert.equal(diagnostics[0]?.nearest, `own-${id}`)
  }
})

test('the committed schema is the one that the checker is made of, and accepts every clean case', () => {
  assert.equal(
    readFileSync(CONTROLS_SCHEMA_FILE, 'utf8'),
    controlsSchemaText(),
    'write it anew: node test/config/write-schema.ts',
  )
  const schema = Compile(JSON.parse(controlsSchemaText()) as object)
  const clean = cases.filter((file) => basename(file).startsWith('clean'))
  assert.ok(clean.length >= 3)
  for (const file of clean)
    assert.ok(schema.Check(parseYaml(readFileSync(file, 'utf8').split(RULER)[0] ?? '')), file)
  for (const wrong of [control('object-authz'), control('own-a').replace('high', 'hihg')])
    assert.ok(!schema.Check(parseYaml(wrong)), wrong)
})
