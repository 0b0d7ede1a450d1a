import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { compileSchemas, makeDesk, prepareProjector } from './index.ts'
import { unitsOf } from './units.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const shown = (units: Uint16Array, length: number): string =>
  String.fromCharCode(...units.subarray(0, length))

test('`unitsOf` gives the UTF-16 units and a 0 behind the last', () => {
  assert.deepEqual([...unitsOf('aé€\u{1f600}')], [97, 233, 0x20ac, 0xd83d, 0xde00, 0])
  assert.deepEqual([...unitsOf('')], [0])
})

test('`makeDesk` ends each text with a 0, whatever was on the desk before', () => {
  const desk = makeDesk()
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), (texts) => {
      for (const text of texts) {
        const units = desk(text, undefined)
        assert.equal(shown(units, text.length), text)
        assert.equal(units[text.length], 0)
      }
    }),
  )
})

test('`makeDesk` has room for the 0 at every size, also past what it keeps', () => {
  const desk = makeDesk()
  for (const length of [0, 1, 2, 3, 255, 256, 257, 65_534, 65_535, 65_536, 65_537, 5])
    for (const ascii of [undefined, new Uint8Array(length).fill(120)]) {
      const units = desk('x'.repeat(length), ascii)
      assert.ok(units.length > length)
      assert.equal(units[length], 0)
      assert.equal(units[length - 1] ?? 120, 120)
    }
})

test('`makeDesk` reads the text when the bytes are not as many as its units', () => {
  const text = '£10'
  assert.equal(shown(makeDesk()(text, bytes(text)), text.length), text)
})

const { program } = compileSchemas({
  document: { any: { type: 'object', properties: { a: { type: 'string' } } } },
  roots: ['/any'],
  regex: linearRegex,
})
const selection = { drop: [], rows: [], freeForm: 'strip' } as const
const facts = { sets: {}, windows: {} }

test('`prepareProjector` reads nothing of the text before when the next one breaks off', () => {
  const project = prepareProjector(program, 0, selection, { desk: makeDesk() })
  const whole = '{"a":"one","b":"two"}'
  assert.equal(project(whole, facts, bytes(whole)).ok, true)
  for (let length = 0; length < whole.length; length++) {
    const part = whole.slice(0, length)
    assert.equal(project(part, facts, bytes(part)).ok, false, part)
    assert.equal(project(part, facts).ok, false, part)
    assert.equal(project(whole, facts, bytes(whole)).ok, true)
  }
})

test('`prepareProjector` answers alike with the bytes of an ASCII text and without', () => {
  const fresh = prepareProjector(program, 0, selection)
  const shared = prepareProjector(program, 0, selection, { desk: makeDesk() })
  fc.assert(
    fc.property(fc.json({ noUnicodeString: true }), fc.nat(), (json, cutAt) => {
      for (const text of [json, json.slice(0, cutAt % (json.length + 1)), `{"a":"",${json}}`]) {
        const units = bytes(text)
        const ascii = units.length === text.length ? units : undefined
        assert.deepEqual(shared(text, facts, ascii), fresh(text, facts))
      }
    }),
  )
})
