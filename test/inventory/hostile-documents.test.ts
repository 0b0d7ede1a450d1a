/** Documents made to take time, memory or stack: each ends, within seconds, with what could be read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ImportResult, importSpec } from '../../src/inventory/index.ts'

const INFO = { title: 't', version: '1' }
const response = (schema: unknown): unknown => ({
  responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } },
})
const numbered = (count: number, prefix: string, value: (index: number) => unknown): object =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${prefix}${index}`, value(index)]),
  )

/** Some seconds on a loaded machine; a quadratic walk takes minutes. */
function within(limitMs: number, document: object): ImportResult {
  const text = JSON.stringify({ openapi: '3.0.3', info: INFO, ...document })
  const before = performance.now()
  const result = importSpec({ file: 'a.json', text })
  assert.ok(performance.now() - before < limitMs, `${performance.now() - before} ms`)
  assert.ok(!result.diagnostics.some(({ code }) => code === 'GH_INVENTORY_UNREADABLE'))
  return result
}

test('importSpec ends when thousands of operations share schemas that all refer to each other', () => {
  const ref = (index: number): unknown => ({ $ref: `#/components/schemas/S${index}` })
  const { spec } = within(20_000, {
    paths: numbered(3_000, '/a', () => ({ get: response(ref(0)) })),
    components: {
      schemas: numbered(60, 'S', () => ({ type: 'object', properties: numbered(60, 'p', ref) })),
    },
  })
  assert.equal(spec?.operations.length, 3_000)
})

test('importSpec ends when one of those schemas is unsound, and marks every operation that reaches it', () => {
  const ref = (index: number): unknown => ({ $ref: `#/components/schemas/S${index + 1}` })
  const { spec } = within(20_000, {
    paths: numbered(500, '/a', (index) => ({ get: response(ref(index - 1)) })),
    components: {
      schemas: numbered(500, 'S', (index) =>
        index === 499 ? { type: 'nonsense' } : { type: 'object', properties: { next: ref(index) } },
      ),
    },
  })
  assert.equal(spec?.operations.filter(({ unsound }) => unsound).length, 500)
})

test('importSpec marks only the operations that reach an unsound schema through a cycle', () => {
  const ref = (name: string): unknown => ({ $ref: `#/components/schemas/${name}` })
  const { spec } = within(5_000, {
    paths: { '/a': { get: response(ref('A')) }, '/c': { get: response(ref('C')) } },
    components: {
      schemas: {
        A: { type: 'object', properties: { b: ref('B'), a: ref('A') } },
        B: { type: 'object', properties: { a: ref('A'), bad: { type: 'nonsense' } } },
        C: { type: 'object', properties: { c: ref('C') } },
      },
    },
  })
  assert.deepEqual(
    spec?.operations.map(({ unsound }) => unsound),
    [true, false],
  )
})

test('importSpec ends when one object has 25,000 properties', () => {
  const { spec } = within(20_000, {
    paths: {
      '/a': { get: response({ type: 'object', properties: numbered(25_000, 'p', () => ({})) }) },
    },
  })
  assert.equal(spec?.operations.length, 1)
})

test('importSpec ends when thousands of references are broken', () => {
  const { diagnostics } = within(20_000, {
    paths: {
      '/a': {
        get: response({
          type: 'object',
          properties: numbered(6_000, 'p', (index) => ({
            $ref: `#/components/schemas/Acc${index}`,
          })),
        }),
      },
    },
    components: { schemas: numbered(2_000, 'Account', () => ({ type: 'string' })) },
  })
  assert.ok(diagnostics.length <= 2_001)
  assert.match(diagnostics.at(-1)?.message ?? '', /more problems are not listed/)
})

test('importSpec follows 64 references in a row and refuses 65, however long the chain is', () => {
  const chain = (length: number): ImportResult =>
    within(20_000, {
      paths: { '/a': { get: response({ $ref: '#/components/schemas/S1' }) } },
      components: {
        schemas: numbered(length + 1, 'S', (index) =>
          index === length ? { type: 'string' } : { $ref: `#/components/schemas/S${index + 1}` },
        ),
      },
    })
  // The reference of the response is the first, S1 to S63 are the others.
  assert.equal(chain(64).spec?.operations[0]?.unsound, false)
  assert.equal(chain(65).spec?.operations[0]?.unsound, true)
  assert.equal(chain(5_000).spec?.operations[0]?.unsound, true)
})

test('importSpec asks nothing of patterns in the document but their text', () => {
  const before = performance.now()
  const document = {
    openapi: '3.0.3',
    info: INFO,
    paths: { '/a': { get: response({ type: 'string', pattern: '(a+)+$' }) } },
  }
  importSpec({
    file: 'a',
    text: JSON.stringify({ ...document, 'x-text': `${'a'.repeat(50_000)}!` }),
  })
  assert.ok(performance.now() - before < 5_000)
})
