import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPathHash, isIban, isPan, sampleShape } from './shape-sample.ts'

const hash = createPathHash(Buffer.alloc(32, 1))
const classOf = (value: unknown): unknown =>
  sampleShape(JSON.stringify({ a: value }), hash)?.[hash('/a')]

const CLASSES: readonly (readonly [value: unknown, is: string])[] = [
  [null, 'null'],
  [true, 'bool'],
  [7, 'int'],
  [7.5, 'decimal'],
  ['', 'empty'],
  ['hello', 'text'],
  ['12', 'int'],
  ['10.00', 'decimal'],
  ['2026-01-05', 'date'],
  ['2026-01-05T09:00:00+00:00', 'date'],
  ['93bac548-d2de-4546-b106-880a5018460d', 'uuid'],
  ['GB33BUKB20201555555555', 'iban'],
  ['GB33 BUKB 2020 1555 5555 55', 'iban'],
  ['GB34BUKB20201555555555', 'text'],
  ['4111111111111111', 'pan'],
  ['4111 1111 1111 1111', 'pan'],
  ['4111111111111112', 'int'],
  ['ada@bank.example', 'email'],
  ['https://bank.example/x', 'url'],
  ['x'.repeat(600), 'text'],
]
for (const [value, is] of CLASSES)
  test(`\`sampleShape\` calls ${JSON.stringify(value)?.slice(0, 40)} ${is}`, () => {
    assert.equal(classOf(value), is)
  })

test('`sampleShape` speaks of each item of a list as one, and of an empty value last', () => {
  const shape = sampleShape('{"a":[{"b":null},{"b":"x"},{"b":7}]}', hash)
  assert.deepEqual(shape, { [hash('/a/*/b')]: 'text' })
})

test('`sampleShape` does not take a key for a list or a path', () => {
  const shape = sampleShape('{"*":1,"a/b":1,"a":{"b":1},"~":1}', hash)
  assert.equal(Object.keys(shape ?? {}).length, 4)
})

test('`sampleShape` keeps no key and no value, and stays within its bounds', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const shape = sampleShape(JSON.stringify(value), hash) ?? {}
      assert.ok(Object.keys(shape).length <= 256)
      for (const name of Object.keys(shape)) assert.match(name, /^[0-9a-f]{16}$/)
    }),
  )
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, at]))
  assert.equal(Object.keys(sampleShape(JSON.stringify(wide), hash) ?? {}).length, 256)
  assert.equal(sampleShape('not json', hash), undefined)
  assert.equal(sampleShape(`"${'x'.repeat(262_144)}"`, hash), undefined)
})

test('`sampleShape` looks at 4,096 values and hashes 256 paths, however many the body holds', () => {
  let hashed = 0
  const counting = (path: string): string => {
    hashed++
    return hash(path)
  }
  const members = (count: number, value: string): string =>
    Array.from({ length: count }, (_, at) => `"k${at}":${value}`).join()
  sampleShape(`{${members(20_000, '1')}}`, counting)
  assert.equal(hashed, 256)
  // The object itself is the first value; 4,094 empty objects leave room for one more, and 4,095 for none.
  const last = (before: number): unknown =>
    sampleShape(`{${members(before, '{}')},"last":1}`, hash)?.[hash('/last')]
  assert.equal(last(4_094), 'int')
  assert.equal(last(4_095), undefined)
})

test('`createPathHash` depends on its key', () => {
  assert.notEqual(hash('/a'), createPathHash(Buffer.alloc(32, 2))('/a'))
})

test('`isIban` and `isPan` check their check digits', () => {
  assert.ok(isIban('DE89370400440532013000') && !isIban('DE88370400440532013000'))
  assert.ok(!isIban('DE89') && !isIban('XX00'))
  assert.ok(isPan('5500005555555559') && !isPan('5500005555555558'))
  assert.ok(!isPan('123456789012'))
})
