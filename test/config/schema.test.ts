import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/schema'
import { parse as parseYaml } from 'yaml'

import { configSchema } from '../../src/config/index.ts'
import { SMALLEST } from './bank-folder.ts'
import { words } from './words.ts'
import { SCHEMA_FILE, schemaText } from './write-schema.ts'

const schema = Compile(configSchema(words))
const accepts = (text: string): boolean => schema.Check(parseYaml(text))

test('the committed schema is the one that the checker is made of', () => {
  assert.equal(
    readFileSync(SCHEMA_FILE, 'utf8'),
    schemaText(),
    'write it anew: node test/config/write-schema.ts',
  )
})

test('`configSchema` accepts what the checker accepts', () => {
  const clean = globSync(join(import.meta.dirname, 'cases', 'clean-*.case'))
  assert.ok(clean.length >= 2)
  for (const file of clean)
    assert.ok(accepts(readFileSync(file, 'utf8').split('----------\n')[0] ?? ''), basename(file))
})

test('`configSchema` refuses what an editor should underline', () => {
  assert.ok(accepts(SMALLEST))
  for (const wrong of [
    'apis: []',
    `${SMALLEST}    colour: blue\n`,
    `colour: blue\n${SMALLEST}`,
    SMALLEST.replace('name: atms', 'name: ATMs'),
    SMALLEST.replace('open-data', 'open data'),
    `${SMALLEST}    outageImpact: never\n`,
    `${SMALLEST}    roles: [aiss]\n`,
    `${SMALLEST}    rules: { authz.consnt: {} }\n`,
    `${SMALLEST}    rules: { token.lifetime: { maxSecond: 1 } }\n`,
    `mandate: { token.lifetime: { mode: off } }\n${SMALLEST}`,
    `listen: 65536\n${SMALLEST}`,
    SMALLEST.replace(/ {4}upstream.*\n/, ''),
  ])
    assert.ok(!accepts(wrong), wrong)
})

test('`configSchema` describes every key', () => {
  let seen = 0
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' && !/\/(?:rules|mandate)\//.test(`${path}/`))
        for (const [name, field] of Object.entries(value as Readonly<Record<string, object>>)) {
          seen++
          assert.ok('description' in field, `${path}/${name} has no description`)
        }
      if (!['default', 'examples', 'enum'].includes(key)) walk(value, `${path}/${key}`)
    }
  }
  walk(configSchema(words), '')
  assert.ok(seen > 40, `${seen} keys seen`)
})

test('`configSchema` gives examples and defaults that it accepts itself', () => {
  let seen = 0
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { examples = [], default: fallback } = node as { examples?: unknown[]; default?: unknown }
    for (const value of Array.isArray(examples) ? [...examples, fallback] : [])
      if (value !== undefined) {
        seen++
        assert.ok(
          Compile(node).Check(value),
          `${JSON.stringify(value)} in ${JSON.stringify(node).slice(0, 200)}`,
        )
      }
    for (const [key, value] of Object.entries(node))
      if (!['default', 'examples'].includes(key)) walk(value)
  }
  walk(configSchema(words))
  assert.ok(seen > 25, `${seen} seen`)
})
