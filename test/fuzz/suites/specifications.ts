/** Specifications: any text, and real ones with parts replaced, removed, doubled and moved. No exception, no internal fault. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { dryRunReport, importSpec } from '../../../src/inventory/index.ts'
import { ACCOUNTS_SPEC, PRODUCTS_SPEC } from '../../scenario/invented-bank.ts'
import { cutUp, type Json, mutated } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'breadth', 'specs')
const TEXTS = [
  ...['crud.yaml', 'open-data.yaml', 'shapes.json'].map((name) =>
    readFileSync(join(FOLDER, name), 'utf8'),
  ),
  ACCOUNTS_SPEC,
  PRODUCTS_SPEC,
]
const DOCUMENTS = TEXTS.map((text) => parse(text) as Json) // sound: these files hold JSON's values
const PIECES = [
  '$ref: "#/paths"',
  '$ref: "#/components/schemas/Pot"',
  '$ref: http://a.example/b',
  '&a ',
  '*a',
  '<<: *a',
  '	',
  '\n',
  '  ',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '!!js',
  '---\n',
  '%YAML 1.1\n',
  'allOf',
  'oneOf',
  'discriminator',
  'nullable: true',
  '__proto__',
]
const OVERHEARD = /GH_INVENTORY_UNREADABLE/

export const specifications = defineSuite<string>(
  {
    name: 'specifications',
    holds: 'any text is imported or refused by name, with places in it',
  },
  () => ({
    input: fc.oneof(
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(...TEXTS).chain((text) => cutUp(text, PIECES)),
      },
      {
        weight: 4,
        arbitrary: fc
          .constantFrom(...DOCUMENTS)
          .chain((document) => fc.tuple(mutated(document), fc.boolean()))
          .map(([document, yaml]) =>
            yaml ? stringify(document, { aliasDuplicateObjects: false }) : JSON.stringify(document),
          ),
      },
    ),
    check(text) {
      const result = importSpec({ file: 'api.yaml', text, regex: linearRegex })
      const lines = text.split(/\r\n|\r|\n/).length
      for (const { code, message, place } of result.diagnostics) {
        assert.doesNotMatch(code, OVERHEARD, message)
        assert.ok(place.line >= 1 && place.line <= lines && place.column >= 1, `${place.line}`)
        assert.doesNotMatch(message, /undefined|\[object/)
      }
      for (const { line } of dryRunReport(result).problems) assert.ok(line >= 1)
      if (result.spec === undefined) assert.ok(result.diagnostics.length > 0, 'no word why')
    },
  }),
)
