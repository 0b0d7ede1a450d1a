/** A result that was kept is the result: for published files, for every case of a mistake, and down to the plan made of it. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ImportCache, importCached, importSpec } from '../../src/inventory/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const HERE = import.meta.dirname
const files = [
  join(HERE, '../../examples/bank/spec/account-info-openapi.yaml'),
  ...globSync(join(HERE, 'specs/*/*.y*ml')),
]
const cases = globSync(join(HERE, 'cases/*.case'))

function memory(): ImportCache & { readonly kept: Map<string, string>; hits: number } {
  const kept = new Map<string, string>()
  return {
    kept,
    hits: 0,
    read(key) {
      const found = kept.get(key)
      if (found !== undefined) this.hits++
      return found
    },
    keep: (key, text) => void kept.set(key, text),
  }
}

test('importCached gives what importSpec gives, the first time and the second', () => {
  const cache = memory()
  assert.ok(files.length >= 5 && cases.length > 60, 'the check is blind')
  let imported = 0
  for (const path of [...files, ...cases]) {
    const bytes = readFileSync(path)
    const text = path.endsWith('.case')
      ? Buffer.from(bytes.toString().split('\n----------\n')[0] ?? '')
      : bytes
    const source = { file: path, text, regex: linearRegex }
    const cold = importSpec(source)
    assert.deepEqual(importCached(source, cache), cold, path)
    assert.deepEqual(importCached(source, cache), cold, path)
    if (cold.spec !== undefined) imported++
  }
  assert.equal(cache.hits, imported)
  // A case and its twin may be one text; nothing else shares a key.
  assert.ok(cache.kept.size > imported * 0.9)
})

test('importCached names the file that was asked for, not the one that was imported first', () => {
  const cache = memory()
  const text = Buffer.from(
    'openapi: 3.0.0\ninfo: {title: t, version: "1"}\npaths: {/a: {get: {}}}\n',
  )
  importCached({ file: 'first.yaml', text }, cache)
  const second = importCached({ file: 'second.yaml', text }, cache)
  assert.equal(cache.hits, 1)
  assert.equal(second.spec?.source.file, 'second.yaml')
  assert.deepEqual([...new Set(second.diagnostics.map(({ place }) => place.file))], ['second.yaml'])
})

test('importCached keeps names such as `__proto__` as they are', () => {
  const cache = memory()
  const text = Buffer.from(
    '{"openapi":"3.0.0","info":{"title":"t","version":"1"},"security":[{"__proto__":[]}],"paths":{"/a":{"get":{"responses":{"200":{"description":"x","content":{"application/json":{"schema":{"type":"object","properties":{"__proto__":{"type":"string"},"n":{"minimum":-0}}}}}}}}}}}',
  )
  const source = { file: 'a', text, regex: linearRegex }
  importCached(source, cache)
  assert.deepEqual(importCached(source, cache), importSpec(source))
})

test('importCached imports anew where what was kept is no result', () => {
  const text = Buffer.from('openapi: 3.0.0\ninfo: {title: t, version: "1"}\npaths: {}\n')
  for (const kept of [
    '',
    'null',
    '{}',
    '[]',
    '{"problems":[null]}',
    '{"problems":[],"operations":[{}]',
  ])
    assert.deepEqual(
      importCached({ file: 'a', text }, { read: () => kept, keep: () => undefined }),
      importSpec({ file: 'a', text }),
      kept,
    )
})

test('importCached keeps nothing of a file that is no specification', () => {
  const cache = memory()
  importCached({ file: 'a', text: Buffer.from('swaggerVersion: "1.2"') }, cache)
  assert.equal(cache.kept.size, 0)
})
