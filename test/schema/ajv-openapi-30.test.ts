/**
 * Validation by OpenAPI 3.0 beside Ajv. Ajv speaks later drafts: the two words of draft 4 that mean something else there are written as
 * those drafts write them (`minimum` with `exclusiveMinimum: true` is `exclusiveMinimum`), and everything else is its own business.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv, type ValidateFunction } from 'ajv'
import * as fc from 'fast-check'
import { compileSchemas, prepareValidator } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { schema30 } from './arbitrary-30.ts'
import { value } from './arbitrary-schema.ts'
import { type Schema, write } from './reference-value.ts'

/** Cases of the property; `GATEHOUSE_FUZZ_RUNS` sets the number. */
const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const PER_SCHEMA = 20

/** As later drafts write it. */
function later(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(later)
  if (typeof schema !== 'object' || schema === null) return schema
  const made = Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, later(one)]))
  for (const [limit, flag] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof made[flag] !== 'boolean') continue
    if (made[flag]) {
      made[flag] = made[limit]
      delete made[limit]
    } else delete made[flag]
  }
  return made
}

function ajvOf(root: Schema): ValidateFunction {
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    ownProperties: true,
    logger: false,
  })
  return ajv.compile(later(root) as Schema) // sound: an object in, an object out
}

/**
 * What Ajv reads as a double is not asked of it, nor names it cannot hold. In draft 4 (§4.2 of the core, as JSON Schema then was) a number
 * with a fraction part is no integer, be it zero, and a double has lost that.
 */
const forAjv = value.filter(
  (one) =>
    !/1E400|[\ud800-\udfff]|__proto__|12345678901234567890|9007199254740993|10\.00|1e\+2|-0/.test(
      write(one),
    ),
)
const isForAjv = (root: Schema): boolean => !/__proto__|\\ud83d"/.test(JSON.stringify(root))

test('`prepareValidator` agrees with Ajv on the schemas of OpenAPI 3.0', () => {
  let [passed, refused] = [0, 0]
  fc.assert(
    fc.property(
      schema30.filter(isForAjv),
      fc.array(forAjv, { minLength: PER_SCHEMA, maxLength: PER_SCHEMA }),
      (root, values) => {
        // Sound: the generator makes plain JSON.
        const document = { openapi: '3.0.3', start: root } as unknown as Parameters<
          typeof compileSchemas
        >[0]['document']
        const { program, roots, problems } = compileSchemas({
          document,
          roots: ['/start'],
          regex: linearRegex,
        })
        assert.deepEqual(problems, [])
        const id = roots.get('/start') ?? -1
        const validate = prepareValidator(program, id, { regex: linearRegex, direction: 'request' })
        const ajv = ajvOf(root)
        for (const one of values) {
          const text = write(one)
          const got = validate(text).ok
          assert.equal(got, ajv(JSON.parse(text)), `${text} under ${JSON.stringify(root)}`)
          if (got) passed++
          else refused++
        }
      },
    ),
    { seed: 30, numRuns: Math.ceil(RUNS / PER_SCHEMA) },
  )
  assert.ok(passed > RUNS / 20 && refused > RUNS / 20, `the check is blind: ${passed} ${refused}`)
})

test('`nullable` lets null through the type alone: what stands beside it is asked all the same', () => {
  const root = { type: 'object', nullable: true, not: { type: 'number', nullable: true } }
  const { program, roots } = compileSchemas({
    document: { openapi: '3.0.3', start: root },
    roots: ['/start'],
    regex: linearRegex,
  })
  const options = { regex: linearRegex, direction: 'request' } as const
  const validate = prepareValidator(program, roots.get('/start') ?? -1, options)
  assert.deepEqual([validate('null').ok, validate('{}').ok], [false, true])
})
