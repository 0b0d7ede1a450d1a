/** What the quick reader takes for plain YAML it reads as the package does: value by value, place by place. Else it leaves the text alone. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { readPlainYaml } from './plain-yaml.ts'
import { isStop } from './source-document.ts'
import { readAnyYaml } from './yaml-source.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

/** Whether the quick reader took it. */
function agrees(text: string): boolean {
  const quick = readPlainYaml(text)
  if (quick === undefined) return false
  try {
    assert.deepEqual({ ok: true, value: quick }, readAnyYaml(text), shown(text))
  } catch (thrown) {
    if (isStop(thrown)) assert.fail(`${thrown.stop.message} ${shown(text)}`)
    throw thrown
  }
  return true
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 300))
}

const files = globSync(['test/**/specs/**/*.{yaml,yml}', 'examples/**/*.{yaml,yml}'], { cwd: ROOT })
test('published specifications are read as the package reads them, most of them quickly', () => {
  const quick = files.filter((file) => agrees(readFileSync(join(ROOT, file), 'utf8')))
  assert.ok(quick.length > files.length / 2, `${quick.length} of ${files.length}`)
  for (const known of ['account-info-openapi.yaml', 'payment-initiation-openapi.yaml'])
    assert.ok(
      quick.some((file) => file.endsWith(known)),
      known,
    )
})

const taken: readonly string[] = [
  'a: 1\n',
  'a: 1',
  '---\na: b\n',
  '# c\n\na: b # d\n# e\nb:\n  - 1\n  -   x: y\n      z: w\n  - - 1\n    - 2\n',
  'a:\n- 1\n- b: c\nd: e\n',
  'a:\nb:  \nc: # nothing\nd:\n  - \n  -\n',
  'a: b\n  c\n\n\n  d\ne: f\n',
  'a: "b\n  c\n\n  d \n  "\ne: \'f\n  g\'\n',
  'a: "b\\\n  c \\\n  \\  d"\n',
  'a: "\\u00e9\\n\\"\\\\ \\/"\n',
  "a: 'it''s'\n'b c': 1\n\"201\": {}\n",
  'a: |\n  b\n   c\n\n  d\n\ne: >-\n  f\n  g\n\n  h\n    i\n  j\nk: |-\n\n  l\n',
  'a: [b, "c, d", [1, 2], {e: f, "g": [] }]\nh: {}\n',
  'a: [\n    b,\n    c\n  ]\nd: {\n    e: 1,\n    f: 2 }\n',
  'a: https://x.example/y?z=1#f\nb: -1.50\nc: 0x1F\nd: 1e3\ne: 007\nf: .5\ng: True\nh: ~\ni: null\nj: -0\n',
  '200: a\n1.0: b\ntrue: c\n/x/{id}: d\n$ref: e\nx-y: f\n-z: g\n',
  'a:\n  text on a line of its own\n  and one more\nb: c\n',
  'constructor: 1\n__proto__: 2\n',
  'a: b:c\nd: e#f\n',
]
for (const text of taken)
  test(`readPlainYaml reads ${JSON.stringify(text)}`, () => assert.equal(agrees(text), true))

const left: readonly string[] = [
  '',
  '- a\n',
  'a\n',
  'a: &x 1\nb: *x\n',
  'a: !!str 1\n',
  'a: 1\na: 2\n',
  'a: {b: 1, b: 2}\n',
  '<<: {a: 1}\n',
  '? a\n: b\n',
  'a: 1\n---\nb: 2\n',
  'a: 1\n...\n',
  '%YAML 1.2\n---\na: 1\n',
  'a:\tb\n',
  'a: b\r\n',
  'a: .inf\n',
  'a: .nan\n',
  '~: 1\n',
  'null: 1\n',
  'a: b: c\n',
  'a: "b\n',
  'a: [b\n',
  'a: @b\n',
  'a: `b\n',
  'a: %b\n',
  'a: |2\n   b\n',
  'a: |+\n  b\n\n',
  'a: "\\x41"\n',
  'a: b # c\n  d\n',
  'a:\n    b: 1\n  c: 2\n',
  'a: 1\n b: 2\n',
  ' a: 1\n',
  'a: 1\n\u2028b: 2\n',
  `${'a'.repeat(1_001)}: 1\n`,
  `a: ${'['.repeat(300)}${']'.repeat(300)}\n`,
  Array.from({ length: 201 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
]
for (const text of left)
  test(`readPlainYaml leaves ${JSON.stringify(text.slice(0, 40))} to the package`, () =>
    assert.equal(readPlainYaml(text), undefined))

const scalar = fc.oneof(
  fc.string({ maxLength: 30, unit: 'grapheme' }),
  fc.string({ maxLength: 120, unit: fc.constantFrom(...'ab :#-\n\'"[]{},|>&*!%@`\\ 1.0') }),
  fc.constantFrom(
    'true',
    'null',
    '~',
    '1',
    '-1',
    '0x1f',
    '1e9',
    '.5',
    '007',
    '',
    ' ',
    '<<',
    '=',
    '2020-01-01',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, scalar, tie('map'), tie('list')),
  map: fc.dictionary(
    fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.stringMatching(/^[a-z/$]{1,8}$/)),
    tie('tree'),
    { maxKeys: 5 },
  ),
  list: fc.array(tie('tree'), { maxLength: 4 }),
}))
const written = fc.record({
  lineWidth: fc.constantFrom(0, 20, 80),
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(1, 2, 4),
  singleQuote: fc.boolean(),
  defaultStringType: fc.constantFrom(
    'PLAIN',
    'QUOTE_DOUBLE',
    'QUOTE_SINGLE',
    'BLOCK_LITERAL',
    'BLOCK_FOLDED',
  ) as fc.Arbitrary<'PLAIN'>, // sound: all are of the option's words
  collectionStyle: fc.constantFrom('any', 'block', 'flow') as fc.Arbitrary<'any'>, // sound: likewise
})
const documents = fc
  .tuple(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tree, { minKeys: 1, maxKeys: 6 }),
    written,
  )
  .map(([value, options]) => stringify(value, { ...options, aliasDuplicateObjects: false }))

test('documents of chance in every style are read as the package reads them', () => {
  let quick = 0
  fc.assert(
    fc.property(documents, (text) => void (quick += Number(agrees(text)))),
    { numRuns: RUNS },
  )
  assert.ok(quick > RUNS / 4, `only ${quick} of ${RUNS}: the comparison is blind`)
})

const PIECES = [
  'a',
  'b',
  'key',
  ':',
  ': ',
  '- ',
  '-',
  '\n',
  '\n  ',
  '\n    ',
  '\n ',
  ' ',
  '  ',
  '#',
  ' # c',
  '"',
  "'",
  '|',
  '>',
  '|-',
  '>-',
  '[',
  ']',
  '{',
  '}',
  ', ',
  ',',
  '?',
  '&x',
  '*x',
  '!t',
  '1',
  '0',
  '.5',
  'true',
  '~',
  '\\',
  '\\n',
  '---',
  '...',
  '<<',
  '\t',
  '=',
  '@',
  '%',
]
test('texts of pieces of YAML are read as the package reads them, or left to it', () => {
  let quick = 0
  const text = fc
    .array(fc.constantFrom(...PIECES), { maxLength: 24 })
    .map((pieces) => `k: ${pieces.join('')}`)
  fc.assert(
    fc.property(text, (one) => void (quick += Number(agrees(one)))),
    { numRuns: RUNS },
  )
  assert.ok(quick > RUNS / 50, `only ${quick} of ${RUNS}: the comparison is blind`)
})

test('pieces of published specifications with mistakes of chance are read as the package reads them, or left to it', () => {
  const lines = files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split('\n'))
  let quick = 0
  const mistakes = fc.array(
    fc.record({
      line: fc.nat(40),
      column: fc.nat(40),
      cut: fc.nat(3),
      put: fc.constantFrom('', ...PIECES),
    }),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(
      fc.nat(lines.length - 1),
      fc.integer({ min: 3, max: 40 }),
      mistakes,
      (from, count, edits) => {
        const piece = outdented(lines.slice(from, from + count))
        for (const { line, column, cut, put } of edits) {
          const old = piece[line % piece.length] ?? ''
          const at = Math.min(column, old.length)
          piece[line % piece.length] = old.slice(0, at) + put + old.slice(at + cut)
        }
        quick += Number(agrees(piece.join('\n')))
      },
    ),
    { numRuns: RUNS },
  )
  assert.ok(quick > RUNS / 10, `only ${quick} of ${RUNS}: the comparison is blind`)
})

/** From the first line on that begins a member, at the margin. */
function outdented(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => /^ *[\w$/'"-]+:/.test(line))
  const from = lines.slice(Math.max(0, first))
  const margin = /^ */.exec(from[0] ?? '')?.[0].length ?? 0
  return from.map((line) => (line.startsWith(' '.repeat(margin)) ? line.slice(margin) : line))
}
