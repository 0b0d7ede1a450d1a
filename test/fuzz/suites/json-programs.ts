/** Programs made of schemas: projection agrees with a slow reading of the specification, value by value. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import {
  compileSchemas,
  prepareProjector,
  prepareValidator,
  type Selection,
} from '../../../src/schema/index.ts'
import { schema, selection, value } from '../../schema/arbitrary-schema.ts'
import { projectSlowly } from '../../schema/reference-projection.ts'
import { type Schema, type Value, write } from '../../schema/reference-value.ts'
import type { Json } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

interface Case {
  readonly [key: string]: unknown
  readonly root: Schema
  readonly values: readonly Value[]
  readonly of: Selection
}

export const jsonPrograms = defineSuite<Json>(
  {
    name: 'json-programs',
    holds: 'a compiled projector agrees with the slow one, and never makes what no reader takes',
  },
  () => {
    const facts = { sets: { known: new Set(['x', '7', '10.00', 'true']) }, windows: {} }
    return {
      input: fc
        .record({
          // A schema that is a reference to itself declares nothing; the reference has no words for it.
          root: schema.filter((root) => !('$ref' in root)),
          values: fc.array(value, { minLength: 1, maxLength: 3 }),
          of: selection,
        })
        .map((made) => made as unknown as Json), // sound: plain JSON by construction
      check(input) {
        const { root, values, of } = input as unknown as Case // sound: made above
        const { program, roots } = compileSchemas({
          // Sound: the generator makes plain JSON.
          document: { start: root } as unknown as Parameters<typeof compileSchemas>[0]['document'],
          roots: ['/start'],
          regex: linearRegex,
        })
        const start = roots.get('/start') ?? -1
        const kept: typeof program = JSON.parse(JSON.stringify(program))
        const project = prepareProjector(kept, start, of)
        const validate = prepareValidator(kept, start, {
          regex: linearRegex,
          direction: 'response',
        })
        for (const one of values) {
          const text = write(one)
          const got = project(text, facts)
          const want = projectSlowly(root, one, of, facts)
          if (typeof want === 'string')
            assert.deepEqual(got, { ok: false, reason: want, at: got.ok ? '' : got.at })
          else
            assert.deepEqual(got, {
              ok: true,
              text: want.text,
              removedFields: want.fields,
              removedRows: want.rows,
            })
          const verdict = validate(text)
          if (!verdict.ok) assert.notEqual(verdict.reason, 'malformed')
          if (got.ok) JSON.parse(got.text)
        }
      },
    }
  },
)
