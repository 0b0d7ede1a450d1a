/** Policy templates: any document is a template or a reason, never an exception. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { parseTemplate } from '../../../src/policy/template/document.ts'
import { BUILT_IN } from '../../../src/policy/template/templates.ts'
import { anyJson, type Json, mutated } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

export const templates = defineSuite<Json>(
  { name: 'templates', holds: 'any document is a template or one reason why not' },
  () => {
    const documents = BUILT_IN.map(({ document }) => JSON.parse(JSON.stringify(document)) as Json) // sound: plain data
    for (const one of documents) assert.ok(parseTemplate(one).ok, 'the check is blind')
    return {
      input: fc.oneof(
        { weight: 1, arbitrary: anyJson },
        { weight: 5, arbitrary: fc.constantFrom(...documents).chain((one) => mutated(one)) },
      ),
      check(document) {
        const parsed = parseTemplate(document)
        if (!parsed.ok) assert.match(parsed.error.text, /\S/)
      },
    }
  },
)
