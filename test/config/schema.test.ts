import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/schema'
import { parse as parseYaml } from 'yaml'

import { configSchema } from '../../src/config/index.ts'
import { ruleReference } from '../../src/policy/index.ts'
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

test('`configSchema` describes every key, and in the published schema with the words of the rules', () => {
  // Sound: made by ourselves.
  const published = JSON.parse(schemaText()) as ReturnType<typeof configSchema>
  const definitions = (published['$defs'] ?? {}) as Readonly<Record<string, object>>
  let seen = 0
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties' || key === '$defs')
        for (const [name, field] of Object.entries(value as Readonly<Record<string, object>>)) {
          seen++
          const refers = '$ref' in field ? String(field.$ref).replace('#/$defs/', '') : undefined
          const said = refers === undefined ? field : definitions[refers]
          const isList = key === '$defs' && name.startsWith('rules.')
          assert.ok(
            isList || (said !== undefined && ('description' in said || 'description' in field)),
            `${path}/${name} has no description`,
          )
        }
      if (!['default', 'examples', 'enum'].includes(key)) walk(value, `${path}/${key}`)
    }
  }
  walk(published, '')
  assert.ok(seen > 200, `${seen} keys seen`)
  for (const { name, does, params } of ruleReference())
    for (const param of params) {
      assert.ok(schemaText().includes(JSON.stringify(does)), `${name} has no words`)
      const { description } = definitions[`${name}.${param.name}`] as { description: string } // sound: as above
      assert.ok(description.startsWith(param.does), `${name}.${param.name} has no words`)
    }
})

test('`configSchema` gives examples and defaults that it accepts itself', () => {
  const definitions = configSchema(words)['$defs']
  let seen = 0
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { examples = [], default: fallback } = node as { examples?: unknown[]; default?: unknown }
    for (const value of Array.isArray(examples) ? [...examples, fallback] : [])
      if (value !== undefined) {
        seen++
        assert.ok(
          Compile({ ...node, $defs: definitions }).Check(value),
          `${JSON.stringify(value)} in ${JSON.stringify(node).slice(0, 200)}`,
        )
      }
    for (const [key, value] of Object.entries(node))
      if (!['default', 'examples'].includes(key)) walk(value)
  }
  walk(configSchema(words))
  assert.ok(seen > 25, `${seen} seen`)
})
