import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  compileSchemas,
  MAX_DEPTH,
  prepareProjector,
  prepareValidator,
} from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { value } from './arbitrary-schema.ts'
import { write } from './reference-value.ts'

const { program } = compileSchemas({ document: { any: {} }, roots: ['/any'], regex: linearRegex })
const validate = prepareValidator(program, 0, { regex: linearRegex, direction: 'request' })
const keep = prepareProjector(program, 0, { drop: [], rows: [], freeForm: 'keep' })
const strip = prepareProjector(program, 0, { drop: [], rows: [], freeForm: 'strip' })
const facts = { sets: {}, windows: {} }

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** All three must give the verdict of JSON.parse, but for duplicate keys and depth, which they name. */
function agree(text: string): void {
  const json = isJson(text)
  const verdicts = [validate(text), keep(text, facts), strip(text, facts)]
  for (const verdict of verdicts) {
    if (verdict.ok) assert.ok(json, `accepted: ${JSON.stringify(text)}`)
    else if (verdict.reason === 'malformed') assert.ok(!json, `refused: ${JSON.stringify(text)}`)
    else
      assert.ok(verdict.reason === 'duplicate-key' || verdict.reason === 'too-deep', verdict.reason)
  }
  assert.equal(new Set(verdicts.map((verdict) => verdict.ok)).size, 1, JSON.stringify(text))
}

const GOOD = [
  '1',
  ' 1 ',
  '-0',
  '0',
  '-0.0',
  '1e1',
  '1E+1',
  '1e-1',
  '0e0',
  '123456789012345678901234567890',
  '1E400',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\ud800"',
  '"\\udc00\\ud800"',
  '"\u2028\u2029"',
  '"\u007f"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  'true',
  'false',
  'null',
  '[]',
  '{}',
  '[[]]',
  '[1,2]',
  '{"a":1,"b":[]}',
  '\t\n\r {"a" : 1 }\n',
  '{"":0}',
  '[null]',
  '"😀"',
  '{"__proto__":1}',
  '"\\uABCD\\uabcd"',
]
const BAD = [
  '',
  ' ',
  '\ufeff1',
  '+1',
  '01',
  '-01',
  '1.',
  '.1',
  '-',
  '-a',
  '1e',
  '1e+',
  '1.e1',
  '0x1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1 2',
  'tru',
  'True',
  'nul',
  'nulll',
  'undefined',
  '"',
  '"\\',
  '"\\u',
  '"\\u12"',
  '"\\u12g4"',
  '"\\x"',
  '"\\a"',
  "'a'",
  '"\n"',
  '"\t"',
  '"\u0000"',
  '"\u001f"',
  '[',
  ']',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1,,2]',
  '{',
  '}',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{,"a":1}',
  '{a:1}',
  '{"a" 1}',
  '{"a"::1}',
  '{1:1}',
  '{"a":1 "b":2}',
  '{"a":1,,"b":2}',
  '[}',
  '{]',
  '1]',
  '{}}',
  '[1]x',
  '1,',
  '/**/1',
  '1//',
  '\u00a01',
  '\u000b1',
  '\f1',
  '\u20281',
  '{"a":tru}',
  '"abc',
  '[\u00a0]',
  '{"a":1}{"b":2}',
  '\0',
  '1\0',
  '[1\0]',
  '"a" \0',
  '--1',
  '1-1',
  '1.2.3',
  '1e1.5',
  '{"a":}',
  '{:1}',
  '{"a":1:2}',
  '[:]',
]

test('the grammar is that of RFC 8259', async (t) => {
  for (const text of GOOD)
    await t.test(`accepts ${JSON.stringify(text)}`, () => {
      assert.ok(isJson(text))
      assert.ok(validate(text).ok)
      agree(text)
    })
  for (const text of BAD)
    await t.test(`refuses ${JSON.stringify(text)}`, () => {
      assert.ok(!isJson(text))
      for (const verdict of [validate(text), keep(text, facts), strip(text, facts)])
        assert.equal(verdict.ok ? 'accepted' : verdict.reason, 'malformed')
    })
})

test('every prefix of a text is refused', () => {
  const text = '{"a":[1.5e3,"\\u0041x",true,null,{"b":false}],"c":-0}'
  agree(text)
  for (let end = 0; end < text.length; end++) assert.equal(validate(text.slice(0, end)).ok, false)
  for (let end = 0; end < text.length; end++)
    assert.equal(keep(text.slice(0, end), facts).ok, false)
})

test('mutated texts are accepted exactly if JSON.parse accepts them', () => {
  const letter = fc.constantFrom(
    ...'{}[]:,"\\ \n\t0123456789.eE+-truefalsn\u0000\u001f\u00e9\ud800'.split(''),
  )
  const edit = fc.tuple(fc.nat(), fc.constantFrom('insert', 'delete', 'replace'), letter)
  let good = 0
  fc.assert(
    fc.property(value, fc.array(edit, { maxLength: 3 }), (one, edits) => {
      let text = write(one)
      for (const [place, kind, put] of edits) {
        const at = place % (text.length + 1)
        text =
          text.slice(0, at) +
          (kind === 'delete' ? '' : put) +
          text.slice(kind === 'insert' ? at : at + 1)
      }
      if (isJson(text)) good++
      agree(text)
    }),
    { seed: 3, numRuns: 4000 },
  )
  assert.ok(good > 500, `the check is blind: ${good} good texts`)
})

test('a name that comes twice is refused, however it is written', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"b":2,"a":3}}',
    '{"__proto__":1,"__proto__":2}',
    '[{"":1,"":2}]',
    '{"\\ud800":1,"\ud800":2}',
  ]) {
    for (const verdict of [validate(text), keep(text, facts), strip(text, facts)])
      assert.equal(verdict.ok ? 'accepted' : verdict.reason, 'duplicate-key', text)
  }
  const many = Array.from({ length: 200 }, (_, i) => `"k${i}":0`)
  assert.ok(keep(`{${many.join()}}`, facts).ok)
  for (const again of [0, 30, 31, 32, 61, 62, 63, 199])
    for (const verdict of [keep, strip].map((project) =>
      project(`{${many.join()},"k${again}":1}`, facts),
    ))
      assert.equal(verdict.ok ? 'accepted' : verdict.reason, 'duplicate-key', `k${again}`)
})

test('a name is not mistaken for its first half', () => {
  for (const project of [keep, strip]) {
    assert.ok(project('{"😀":1,"x":2}', facts).ok)
    assert.ok(project('{"😀":1,"\ud83d":2,"\ude00":3}', facts).ok)
    assert.ok(project('{"\ud83d":1,"x":2}', facts).ok)
  }
  const declared = compileSchemas({
    document: { s: { type: 'object', properties: { '😀': {} } } },
    roots: ['/s'],
    regex: linearRegex,
  })
  const project = prepareProjector(declared.program, 0, { drop: [], rows: [], freeForm: 'strip' })
  const got = project('{"\ud83d":1}', facts)
  assert.equal(got.ok && got.text, '{}')
})

test(`${MAX_DEPTH} containers may stand inside one another, not ${MAX_DEPTH + 1}`, () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const nested = (depth: number): string =>
      open.repeat(depth) + (open === '[' ? '' : '0') + close.repeat(depth)
    for (const check of [
      validate,
      (text: string) => keep(text, facts),
      (text: string) => strip(text, facts),
    ]) {
      assert.ok(check(nested(MAX_DEPTH)).ok)
      const verdict = check(nested(MAX_DEPTH + 1))
      assert.equal(verdict.ok ? 'accepted' : verdict.reason, 'too-deep')
      const unclosed = check(open.repeat(100_000))
      assert.equal(unclosed.ok ? 'accepted' : unclosed.reason, 'too-deep')
    }
  }
})

test('the names a projector has met change no answer', () => {
  const project = prepareProjector(program, 0, { drop: [['a']], rows: [], freeForm: 'keep' })
  const texts = [
    '{"a":1,"b":2}',
    '{"b":2,"a":1}',
    '{"c":{"a":1},"b":2,"a":1}',
    '{"b":1,"c":[{"x":1,"y":2}]}',
  ]
  const first = texts.map((text) => project(text, facts))
  // More names than are remembered.
  for (let i = 0; i < 3000; i++) assert.ok(project(`{"n${i}":{"m${i}":1}}`, facts).ok)
  assert.deepEqual(
    texts.map((text) => project(text, facts)),
    first,
  )
  for (const name of ['z'.repeat(64), 'z'.repeat(65), 'z'.repeat(100_000)])
    for (const again of [keep, strip, project])
      assert.equal(again(`{"${name}":1,"${name}":2}`, facts).ok, false)
  assert.equal(keep('{"z1":1,"z1":2}', facts).ok, false)
  assert.equal(project('{"z1":1,"z1":2}', facts).ok, false)
})
