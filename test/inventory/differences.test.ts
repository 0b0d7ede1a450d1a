/**
 * One file per kind of change: what both versions share, a line of dashes, what is merged into the old one, dashes, what is merged
 * into the new one, dashes, and each change as kinds, code, operation, where, lines of both. Merging replaces members; null removes.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { CHANGE_CODES } from '../../src/inventory/difference/change.ts'
import { MAX_CHANGES } from '../../src/inventory/difference/diff-specs.ts'
import { diffSpecs, importSpec, placesIn, type SpecDifference } from '../../src/inventory/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const files = globSync(join(import.meta.dirname, 'differences', '*.case')).sort()
const RULER = '\n----------\n'
type Json = { [key: string]: unknown }

function merged(base: unknown, over: unknown): unknown {
  if (typeof over !== 'object' || over === null || Array.isArray(over)) return over
  const result: Json =
    typeof base === 'object' && base !== null && !Array.isArray(base) ? { ...base } : {}
  for (const [key, value] of Object.entries(over))
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  return result
}

function version(text: string, file: string) {
  const source = { file, text, regex: linearRegex }
  const { spec, diagnostics } = importSpec(source)
  assert.ok(spec !== undefined, JSON.stringify(diagnostics))
  return { spec, placeOf: placesIn(source) }
}
const diff = (old: unknown, fresh: unknown): SpecDifference =>
  diffSpecs(
    version(JSON.stringify(old, null, 1), 'old'),
    version(JSON.stringify(fresh, null, 1), 'new'),
  )

const met = new Set<string>()
for (const file of files)
  test(`diffSpecs: ${basename(file, '.case')}`, () => {
    const [base = '', old = '', fresh = '', want = ''] = readFileSync(file, 'utf8').split(RULER)
    const shared: unknown = parse(base)
    const [before, after] = [merged(shared, parse(old)), merged(shared, parse(fresh))]
    const shown = (all: SpecDifference): string =>
      all.changes
        .map((one) =>
          [
            one.kinds.join('+'),
            one.code,
            one.operation ?? '-',
            one.at || '-',
            `${one.before?.line ?? '-'}:${one.after?.line ?? '-'}`,
            one.detail,
          ]
            .join('  ')
            .trimEnd(),
        )
        .join('\n')
    const found = diff(before, after)
    for (const { code } of found.changes) met.add(code)
    // Rewrites the expectation, to be read in the diff: UPDATE_CASES=1 node --test test/inventory/differences.test.ts
    if (process.env['UPDATE_CASES'] === '1')
      writeFileSync(file, [base, old, fresh, `${shown(found)}\n`].join(RULER))
    else assert.equal(shown(found), want.trimEnd())
    assert.deepEqual(diff(before, before), { changes: [], more: 0 })
    assert.deepEqual(diff(after, after), { changes: [], more: 0 })
    for (const { code } of diff(after, before).changes) met.add(code)
  })

test('every kind of change is in a case', () => {
  assert.ok(files.length >= 5)
  assert.deepEqual(
    Object.keys(CHANGE_CODES).filter((code) => !met.has(code)),
    [],
  )
})

const api = (version_: string, schema: unknown, path = '/a'): unknown => ({
  openapi: version_,
  info: { title: 't', version: '1' },
  paths: {
    [path]: {
      get: {
        responses: { 200: { description: 'x', content: { 'application/json': { schema } } } },
      },
    },
  },
})

test('diffSpecs finds no difference between one API written as OpenAPI 3.0 and as 3.1', () => {
  const old = api('3.0.3', {
    type: 'object',
    properties: { a: { type: 'string', nullable: true }, k: { enum: ['x'] } },
  })
  const fresh = api('3.1.0', {
    type: 'object',
    properties: { a: { type: ['string', 'null'] }, k: { const: 'x' } },
  })
  assert.deepEqual(diff(old, fresh).changes, [])
})

test('diffSpecs ends on schemas that hold themselves', () => {
  const recursive = (extra: object): unknown => ({
    ...(api('3.0.3', { $ref: '#/components/schemas/A' }) as Json), // sound: an object, made above
    components: {
      schemas: {
        A: { type: 'object', properties: { next: { $ref: '#/components/schemas/A' }, ...extra } },
      },
    },
  })
  assert.deepEqual(
    diff(recursive({}), recursive({ b: { type: 'string' } })).changes.map(
      ({ code, at }) => `${code} ${at}`,
    ),
    ['response-member-added response 200 application/json .b'],
  )
})

test('diffSpecs lists as many changes as its bound says, and counts the rest', () => {
  const many = (count: number): unknown =>
    api('3.0.3', {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`p${i}`, { type: 'string' }]),
      ),
    })
  const none = many(0)
  assert.equal(diff(none, many(MAX_CHANGES)).more, 0)
  const over = diff(none, many(MAX_CHANGES + 2))
  assert.equal(over.changes.length, MAX_CHANGES)
  assert.equal(over.more, 2)
})
