import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compileSchemas, prepareProjector, type RowFacts } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { schema, selection, value } from './arbitrary-schema.ts'
import { projectSlowly } from './reference-projection.ts'
import { kindOf, type Schema, type Value, write } from './reference-value.ts'

const facts: RowFacts = { sets: { known: new Set(['x', '7', '10.00', 'true']) }, windows: {} }

function prepared(root: Schema, of: Parameters<typeof prepareProjector>[2]) {
  // Sound: the generator makes plain JSON.
  const document = { start: root } as unknown as Parameters<typeof compileSchemas>[0]['document']
  const { program, roots } = compileSchemas({ document, roots: ['/start'], regex: linearRegex })
  return prepareProjector(JSON.parse(JSON.stringify(program)), roots.get('/start') ?? -1, of)
}

/** A schema that is a reference to itself declares nothing; the reference has no words for it. */
const usable = schema.filter((root) => !('$ref' in root))

test('`prepareProjector` agrees with a slow reading of the specification', () => {
  let removed = 0
  let whole = 0
  fc.assert(
    fc.property(
      usable,
      fc.array(value, { minLength: 1, maxLength: 4 }),
      selection,
      (root, values, of) => {
        const project = prepared(root, of)
        for (const one of values) {
          const got = project(write(one), facts)
          const want = projectSlowly(root, one, of, facts)
          if (typeof want === 'string')
            assert.deepEqual(got, { ok: false, reason: want, at: got.ok ? '' : got.at })
          else {
            const { text, fields, rows } = want
            assert.deepEqual(got, { ok: true, text, removedFields: fields, removedRows: rows })
            if (fields + rows > 0) removed++
            else whole++
          }
        }
      },
    ),
    { seed: 3, numRuns: 1500 },
  )
  assert.ok(removed > 100 && whole > 100, `the check is blind: ${removed} trimmed, ${whole} whole`)
})

test('`prepareProjector` gives the same again when it projects what it gave', () => {
  fc.assert(
    fc.property(usable, value, selection, (root, one, of) => {
      const project = prepared(root, { ...of, rows: [] })
      const once = project(write(one), facts)
      if (!once.ok) return
      const twice = project(once.text, facts)
      assert.ok(twice.ok)
      assert.equal(twice.text, once.text)
      assert.equal(twice.removedFields, 0)
    }),
    { seed: 3, numRuns: 500 },
  )
})

/** White space between tokens, keys escaped letter by letter: the same value, another text. */
function disguised(one: Value, seed: number): string {
  let state = seed
  const space = (): string => {
    state = (state * 1103515245 + 12345) % 2147483648
    return ['', ' ', '\n\t', '\r ', ''][state % 5] ?? ''
  }
  const quoted = (text: string): string =>
    `"${Array.from(text, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .slice(0, text.length)
      .join('')}"`
  const units = (text: string): string =>
    quoted(Array.from({ length: text.length }, (_, i) => text[i] ?? '').join(''))
  const put = (inner: Value): string => {
    if (typeof inner === 'string') return units(inner)
    if (inner === null || typeof inner !== 'object' || 'number' in inner) return write(inner)
    if ('items' in inner)
      return `[${space()}${inner.items.map((item) => space() + put(item) + space()).join()}${space()}]`
    return `{${space()}${inner.members.map(([key, member]) => `${space()}${units(key)}${space()}:${space()}${put(member)}${space()}`).join()}}`
  }
  return space() + put(one) + space()
}

test('`prepareProjector` sees through white space and escapes', () => {
  const plain = value.filter((one) => !/[\ud800-\udfff]/.test(write(one)))
  fc.assert(
    fc.property(usable, plain, selection, fc.nat(), (root, one, of, seed) => {
      const project = prepared(root, of)
      const straight = project(write(one), facts)
      const other = project(disguised(one, seed), facts)
      assert.equal(other.ok, straight.ok)
      if (!other.ok || !straight.ok) return
      assert.deepEqual(JSON.parse(other.text), JSON.parse(straight.text))
      assert.equal(other.removedFields, straight.removedFields)
      assert.equal(other.removedRows, straight.removedRows)
    }),
    { seed: 3, numRuns: 1000 },
  )
})

test('`prepareProjector` lets no structure through a scalar schema', () => {
  fc.assert(
    fc.property(fc.constantFrom('string', 'integer', 'number', 'boolean'), value, (type, one) => {
      const root = { type: 'object', properties: { a: { type } } }
      const project = prepared(root, { drop: [], rows: [], freeForm: 'keep' })
      const got = project(`{"a":${write(one)}}`, facts)
      const fits = type === kindOf(one) || (type === 'integer' && kindOf(one) === 'number')
      assert.equal(got.ok && got.text, fits ? `{"a":${write(one)}}` : '{}')
    }),
    { seed: 3, numRuns: 500 },
  )
})
