/** Hostile JSON texts: names that come twice, numbers no double holds, lone surrogates, depth. One grammar, RFC 8259, for all readers. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  compileSchemas,
  MAX_DEPTH,
  prepareProjector,
  prepareValidator,
} from '../../../src/schema/index.ts'
import { parseStrictObject } from '../../../src/proof/strict-json.ts'
import { value } from '../../schema/arbitrary-schema.ts'
import { write } from '../../schema/reference-value.ts'
import { cutUp } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

const PIECES = [
  '"a":1,"a":2',
  '"\\u0061":1',
  '\\ud800',
  '\ud800',
  '\\udfff\\ud800',
  '"__proto__":{}',
  '1e400',
  '-0',
  '0.1e-7',
  '00',
  '1.',
  '.5',
  '+1',
  'NaN',
  '12345678901234567890.00',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '\0',
  '',
  '﻿',
  '/*',
  '//',
  "'",
]
const deep = fc
  .tuple(fc.integer({ min: MAX_DEPTH - 3, max: MAX_DEPTH + 3 }), fc.boolean())
  .map(([depth, list]) =>
    list
      ? `${'['.repeat(depth)}${']'.repeat(depth)}`
      : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  )
const abyss = fc.integer({ min: 1_000, max: 30_000 }).map((depth) => '['.repeat(depth))

export const jsonTexts = defineSuite<string>(
  {
    name: 'json-texts',
    holds:
      'every reader takes exactly what RFC 8259 takes, names each other reason, and changes no number',
  },
  () => {
    const { program } = compileSchemas({
      document: { any: {} },
      roots: ['/any'],
      regex: linearRegex,
    })
    const validate = prepareValidator(program, 0, { regex: linearRegex, direction: 'request' })
    const keep = prepareProjector(program, 0, { drop: [], rows: [], freeForm: 'keep' })
    const facts = { sets: {}, windows: {} }
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    return {
      input: fc.oneof(
        { weight: 6, arbitrary: value.chain((one) => cutUp(write(one), PIECES)) },
        { weight: 2, arbitrary: fc.json().chain((text) => cutUp(text, PIECES)) },
        { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
        { weight: 1, arbitrary: deep },
        { weight: 1, arbitrary: abyss },
      ),
      check(text) {
        const json = isJson(text)
        const verdicts = [validate(text), keep(text, facts)]
        for (const verdict of verdicts) {
          if (verdict.ok) assert.ok(json, 'accepted')
          else if (verdict.reason === 'malformed') assert.ok(!json, 'refused')
          // Either of two reasons may come first; a text that is no JSON at all may be too deep before that shows.
          else assert.ok(['duplicate-key', 'too-deep'].includes(verdict.reason), verdict.reason)
        }
        assert.equal(verdicts[0]?.ok, verdicts[1]?.ok)
        const kept = keep(text, facts)
        if (kept.ok) assert.equal(kept.text, text, 'kept as it came, to the last digit')
        const strict = parseStrictObject(text)
        if (strict !== undefined)
          assert.ok(json && validate(text).ok, 'the strict reader takes no more')
      },
    }
  },
)
