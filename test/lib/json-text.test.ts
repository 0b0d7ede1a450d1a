import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonValue, parseJson, parseJsonTexts } from '../../src/lib/index.ts'

const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
/** Letters that are escaped, and those that may follow. */
const name = fc.string({
  unit: fc.constantFrom('\\', '"', 'i', 'a', '\n', 'u', '/', ' ', 'é'),
  maxLength: 4,
})
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>(null, true, false, 0, -0.5, 1e21, 'a', ''),
    name,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

test('a name with an escaped backslash is itself, whatever was read before', () => {
  assert.deepEqual(parseJson('{"a":1,"\\\\\\\\":1}'), { a: 1, '\\\\': 1 })
  assert.deepEqual(parseJson('{"a":1,"\\\\i":2}'), { a: 1, '\\i': 2 })
  JSON.parse('{"b":1,"\\\\\\\\":1}')
  assert.deepEqual(parseJson('{"b":1,"\\\\i":2}'), { b: 1, '\\i': 2 })
})

test('what was written is what is read', () => {
  fc.assert(
    fc.property(value, fc.nat(2), (one, space) => {
      assert.deepEqual(parseJson(JSON.stringify(one, null, space)), one)
    }),
    { numRuns: RUNS },
  )
})

test('it takes and refuses the texts that JSON.parse takes and refuses', () => {
  const pieces = [
    '\\',
    '"',
    '\\u00e9',
    '\\ud800',
    '\\x',
    '\\u12',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '1',
    '-',
    '01',
    '1.',
    '1e5',
    'true',
    'nul',
    'null',
    ' ',
    '\t',
    '\u00a0',
    '\u0001',
    '"a"',
    '"a":1',
    '{}',
    '',
  ]
  const read = (by: (text: string) => unknown, text: string): string => {
    try {
      by(text)
      return 'taken'
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error))
      return 'refused'
    }
  }
  const cut = fc
    .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), value, fc.nat(40))
    .map(([list, one, at]) => {
      const text = JSON.stringify(one)
      return text.slice(0, at) + list.join('') + text.slice(at)
    })
  let taken = 0
  fc.assert(
    fc.property(cut, (text) => {
      const escaped = `["\\\\",${text}]`
      const same = read(JSON.parse, escaped)
      if (same === 'taken') taken++
      assert.equal(read(parseJson, escaped), same, escaped)
      assert.equal(read(parseJson, text), read(JSON.parse, text), text)
    }),
    { numRuns: RUNS },
  )
  assert.ok(taken > RUNS / 100, 'the check is blind')
})

test('the last of two members of one name counts, and __proto__ is a name', () => {
  assert.deepEqual(parseJson('{"\\u0061":1,"a":2}'), { a: 2 })
  const read = parseJson('{"__proto__":{"admin":true},"\\\\":1}')
  assert.ok(Object.hasOwn(read as object, '__proto__'))
  assert.equal((read as { admin?: unknown }).admin, undefined)
})

test('nesting of 500 levels is read, one more is refused, and a text without end ends no stack', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}"\\\\"${']'.repeat(depth)}`
  assert.ok(parseJson(nested(500)))
  for (const text of [nested(501), `${'{"\\\\":'.repeat(100_000)}1`, '['.repeat(100_000) + '\\'])
    assert.throws(() => parseJson(text), SyntaxError)
})

test('a token is read in less than twice the time of JSON.parse', () => {
  const claims = JSON.stringify({
    iss: 'https://login.bank.example',
    sub: 'a'.repeat(36),
    aud: 'https://api.bank.example',
    exp: 1_767_603_900,
    iat: 1_767_603_600,
    jti: 'b'.repeat(43),
    client_id: 'c'.repeat(22),
    scope: 'openid accounts',
    consent_id: 'd'.repeat(32),
    cnf: { 'x5t#S256': 'e'.repeat(43) },
  })
  const timed = (read: (text: string) => unknown): number => {
    // Of the processor: what others do on this machine is not its time.
    const { user } = process.cpuUsage()
    for (let turn = 0; turn < 20_000; turn++) read(claims)
    return process.cpuUsage().user - user
  }
  let [ours, bare] = [Infinity, Infinity]
  // In turn, for a machine is slower at times.
  for (let round = 0; round < 9; round++) {
    ours = Math.min(ours, timed(parseJson))
    bare = Math.min(bare, timed(JSON.parse))
  }
  assert.ok(ours < 2 * bare, `${(ours / bare).toFixed(2)} times`)
})

test('numbers can be kept as the texts they were, and all else is as it was', () => {
  const text = '{"a":1.10,"b":[-0,1e3,10000000000000000001],"c":"1.10","\\\\":{"d":null,"e":true}}'
  assert.deepEqual(parseJsonTexts(text), {
    a: '1.10',
    b: ['-0', '1e3', '10000000000000000001'],
    c: '1.10',
    '\\': { d: null, e: true },
  })
  for (const wrong of ['', '01', '{"a":1,}', '1 2', `${'['.repeat(501)}1${']'.repeat(501)}`])
    assert.throws(() => parseJsonTexts(wrong), SyntaxError)
})

test('a member that comes twice is refused, however its name is written', () => {
  for (const twice of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"c":1,"d":2,"c":3}}]',
    '{"__proto__":1,"__proto__":2}',
  ])
    assert.throws(() => parseJsonTexts(twice), SyntaxError, twice)
  assert.deepEqual(parseJsonTexts('[{"a":1},{"a":2}]'), [{ a: '1' }, { a: '2' }])
})
