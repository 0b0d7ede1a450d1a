import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../lib/index.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { compileSchemas, type ParameterOptions, prepareParameter } from './index.ts'

function prepared(schema: JsonValue, list: ParameterOptions['list'] = false) {
  const { program, roots } = compileSchemas({
    document: { schema },
    roots: ['/schema'],
    regex: linearRegex,
  })
  const check = prepareParameter(program, roots.get('/schema') ?? -1, { regex: linearRegex, list })
  return (...values: readonly string[]): string => {
    const verdict = check(values)
    return verdict.ok ? 'ok' : verdict.reason + (verdict.at && `@${verdict.at}`)
  }
}

test('`prepareParameter` reads numbers by the grammar of JSON when the schema is a number', () => {
  const integer = prepared({ type: 'integer', minimum: 1, maximum: 100 })
  assert.equal(integer('100'), 'ok')
  for (const [text, reason] of [
    ['101', 'maximum'],
    ['0', 'minimum'],
  ] as const)
    assert.equal(integer(text), reason)
  for (const text of ['', '1.0', '1e1', '+1', '01', ' 1', '1 ', '0x1', 'NaN', 'true', '"1"', '１'])
    assert.equal(integer(text), 'type', text)
  const number = prepared({ type: 'number', maximum: 9007199254740992 })
  assert.equal(number('10.00'), 'ok')
  assert.equal(number('9007199254740993'), 'maximum')
})

test('`prepareParameter` takes only true and false when the schema is a boolean', () => {
  const flag = prepared({ type: 'boolean' })
  assert.deepEqual(
    ['true', 'false', 'True', '1', '', 'null'].map((text) => flag(text)),
    ['ok', 'ok', 'type', 'type', 'type', 'type'],
  )
})

test('`prepareParameter` reads text as it stands when the schema is a string', () => {
  const text = prepared({ type: 'string', maxLength: 4, pattern: '^[a-z0-9]*$' })
  assert.deepEqual(
    ['12', 'true', '', 'abcde', 'A'].map((value) => text(value)),
    ['ok', 'ok', 'ok', 'maxLength', 'pattern'],
  )
  assert.equal(prepared({ type: 'string', format: 'date' })('2024-02-30'), 'format')
  assert.equal(prepared({ type: 'string', enum: ['booked', 'both'] })('pending'), 'enum')
})

test('`prepareParameter` refuses a second value when the schema means one', () => {
  assert.equal(prepared({ type: 'string' })('a', 'a'), 'repeated')
  assert.equal(prepared({ type: 'string' }, 'repeat')('a', 'a'), 'repeated')
  assert.equal(prepared({ type: 'array', items: { type: 'string' } }, false)('a', 'a'), 'repeated')
  assert.equal(prepared({ type: 'string' })(), 'required')
})

test('`prepareParameter` reads lists the way they are declared', () => {
  const schema = { type: 'array', items: { type: 'integer' }, maxItems: 3, uniqueItems: true }
  const comma = prepared(schema, 'comma')
  assert.deepEqual(
    [
      comma('1'),
      comma('1,2,3'),
      comma('1,2,3,4'),
      comma('1,x'),
      comma('1,'),
      comma('1,1'),
      comma('1', '2'),
    ],
    ['ok', 'ok', 'maxItems', 'type@/1', 'type@/1', 'uniqueItems', 'ok'],
  )
  const repeat = prepared(schema, 'repeat')
  assert.deepEqual([repeat('1'), repeat('1', '2'), repeat('1,2')], ['ok', 'ok', 'type@/0'])
})

test('`prepareParameter` tries every declared reading when there are alternatives', () => {
  const either = prepared({ oneOf: [{ type: 'integer' }, { type: 'string', enum: ['all'] }] })
  assert.deepEqual([either('7'), either('all'), either('none')], ['ok', 'ok', 'oneOf'])
  assert.equal(prepared({})('anything'), 'ok')
})

test('`prepareParameter` refuses everything when the schema is unsound or an object', () => {
  assert.equal(prepared({ type: 'string', pattern: '(a)\\1' })('aa'), 'unsound')
  assert.equal(prepared({ $ref: '#/nowhere' })('x'), 'unsound')
  assert.equal(prepared({ type: 'object' })('{}'), 'type')
})
