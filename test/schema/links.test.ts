/** Links in a projection: every text below a marked place leaves as it is told, wherever it stands, and nothing else changes by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compileSchemas, prepareProjector, type RowFacts } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const HREF = { type: 'object', properties: { href: { type: 'string' } } }
const DOCUMENT = {
  start: {
    type: 'object',
    properties: {
      rows: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string' },
            _links: { type: 'object', additionalProperties: HREF },
          },
        },
      },
      links: {
        type: 'object',
        properties: {
          self: { type: 'string' },
          next: { type: 'string' },
          count: { type: 'integer' },
        },
      },
      note: { type: 'string' },
    },
  },
}
const { program, roots } = compileSchemas({
  document: DOCUMENT,
  roots: ['/start'],
  regex: linearRegex,
})
const project = prepareProjector(program, roots.get('/start') ?? -1, {
  drop: [],
  rows: [{ at: ['rows', '*'], field: ['id'], test: { kind: 'in', set: 'known' } }],
  links: [
    { at: ['links'], foreign: false },
    { at: ['rows', '*', '_links'], foreign: true },
  ],
  freeForm: 'strip',
})
const facts = (link?: RowFacts['link']): RowFacts => ({
  sets: { known: new Set(['1', '2']) },
  windows: {},
  ...(link !== undefined && { link }),
})
const run = (value: unknown, link?: RowFacts['link']) => project(JSON.stringify(value), facts(link))

test('a link leaves as it is told, or not at all, and other texts as they are', () => {
  const seen: (readonly [string, boolean])[] = []
  const got = run(
    {
      note: 'in:x',
      links: { self: 'in:a', next: 'no', count: 3 },
      rows: [
        { id: '1', _links: { any: { href: 'in:b' }, other: { href: 'no' } } },
        { id: '9', _links: { any: { href: 'in:c' } } },
        { id: '2', _links: { 'a"b': { href: 'keep' } } },
      ],
    },
    (url, foreign) => {
      seen.push([url, foreign])
      return url === 'no' ? undefined : url.replace('in:', 'out:"')
    },
  )
  assert.ok(got.ok)
  assert.deepEqual(JSON.parse(got.text), {
    note: 'in:x',
    links: { self: 'out:"a', count: 3 },
    rows: [
      { id: '1', _links: { any: { href: 'out:"b' }, other: {} } },
      { id: '2', _links: { 'a"b': { href: 'keep' } } },
    ],
  })
  assert.deepEqual([got.removedFields, got.removedRows], [2, 1])
  assert.deepEqual(seen, [
    ['in:a', false],
    ['no', false],
    ['in:b', true],
    ['no', true],
    ['in:c', true],
    ['keep', true],
  ])
})

test('links that leave as they are leave the very text, and so do all without a word about them', () => {
  const text =
    '{"links":{"self":"\\u0061", "next" : "b"},"rows":[{"id":"1","_links":{"x":{"href":"c"}}}]}'
  for (const link of [undefined, (url: string) => url]) {
    const got = project(text, facts(link))
    assert.ok(got.ok && got.text === text)
  }
})

const link = fc.constantFrom('in:a', 'no', 'keep', 'in:"\\', '')
const row = fc.record(
  {
    id: fc.constantFrom('1', '2', '9'),
    _links: fc.dictionary(
      fc.stringMatching(/^[a-z"\\]{1,4}$/),
      fc.record({ href: link, more: link }, { requiredKeys: [] }),
      { maxKeys: 3 },
    ),
    extra: link,
  },
  { requiredKeys: ['id'] },
)
const answer = fc.record(
  {
    rows: fc.array(row, { maxLength: 4 }),
    links: fc.record({ self: link, next: link, prev: link }, { requiredKeys: [] }),
    note: link,
  },
  { requiredKeys: [] },
)

test('whatever is removed around them, links are rewritten as a slow reading says', () => {
  const told = (url: string): string | undefined =>
    url === 'no' ? undefined : url.replace('in:', 'out:')
  const slow = (
    value: Record<string, unknown>,
    allowed: readonly string[],
  ): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => allowed.includes(name))
        .flatMap(([name, text]) => {
          const leaves = told(String(text))
          return leaves === undefined ? [] : [[name, leaves]]
        }),
    )
  fc.assert(
    fc.property(answer, (value) => {
      const got = run(value, told)
      assert.ok(got.ok)
      const want = {
        ...value,
        ...(value.links && { links: slow(value.links, ['self', 'next']) }),
        ...(value.rows && {
          rows: value.rows
            .filter(({ id }) => id !== '9')
            .map(({ id, _links }) => ({
              id,
              ...(_links && {
                _links: Object.fromEntries(
                  Object.entries(_links).map(([name, one]) => [name, slow(one, ['href'])]),
                ),
              }),
            })),
        }),
      }
      // As texts: `JSON.parse` of Node 24.21 reads the name `"\\i"` as `"\\\\"` after it met that one in the same place.
      assert.equal(got.text, JSON.stringify(want))
    }),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000) },
  )
})
