/** Validation beside Ajv, which we did not write, and beside the slow reference, which projection is then judged by. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { compileSchemas, prepareProjector, prepareValidator } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { isGrounded, schema2020 } from './arbitrary-2020.ts'
import { selection, value } from './arbitrary-schema.ts'
import { holds } from './reference-validation.ts'
import { projectSlowly } from './reference-projection.ts'
import { type Schema, write } from './reference-value.ts'

/** Cases of one property; `GATEHOUSE_FUZZ_RUNS` multiplies them. */
const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const PER_SCHEMA = 5
const facts = { sets: { known: new Set(['x', '7', '10.00', 'true']) }, windows: {} }

function compiled(root: Schema) {
  // Sound: the generator makes plain JSON.
  const document = { openapi: '3.1.0', start: root } as unknown as Parameters<
    typeof compileSchemas
  >[0]['document']
  const { program, roots, problems } = compileSchemas({
    document,
    roots: ['/start'],
    regex: linearRegex,
  })
  const shipped = JSON.parse(JSON.stringify(program)) as typeof program // sound: as it was written
  return { program: shipped, root: roots.get('/start') ?? -1, problems }
}

function ajvOf(root: Schema): ValidateFunction {
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    ownProperties: true,
    logger: false,
  })
  return ajv.compile(JSON.parse(JSON.stringify(root).replaceAll('#/start', '#')))
}

/** Ajv reads doubles: values whose text is another number once parsed, or that no program agrees on, are not asked of it. */
const forAjv = value.filter(
  (one) => !/1E400|[\ud800-\udfff]|__proto__|12345678901234567890/.test(write(one)),
)
/** It cannot name lone surrogates, and takes `contains` beside `prefixItems` as met by an empty array. */
const isForAjv = (schema: string): boolean =>
  !/__proto__|\\ud83d"/.test(schema) &&
  !(schema.includes('"prefixItems"') && schema.includes('"contains"'))
const grounded = schema2020.filter((one) => isGrounded(one))

test('`prepareValidator` agrees with Ajv and with the reference on JSON Schema 2020-12', () => {
  let [passed, refused] = [0, 0]
  fc.assert(
    fc.property(grounded, fc.array(forAjv, { minLength: 20, maxLength: 20 }), (root, values) => {
      const { program, root: id, problems } = compiled(root)
      assert.deepEqual(problems, [])
      const validate = prepareValidator(program, id, { regex: linearRegex, direction: 'request' })
      const ajv = isForAjv(JSON.stringify(root)) ? ajvOf(root) : undefined
      for (const one of values) {
        const text = write(one)
        const got = validate(text).ok
        const rules = { root, dialect: '2020-12', stripped: false } as const
        assert.equal(got, holds(rules, root, one), `the reference on ${text}`)
        if (ajv !== undefined) assert.equal(got, ajv(JSON.parse(text)), `Ajv on ${text}`)
        if (got) passed++
        else refused++
      }
    }),
    { seed: 5, numRuns: Math.ceil(RUNS / 20) },
  )
  assert.ok(passed > RUNS / 20 && refused > RUNS / 20, `the check is blind: ${passed} ${refused}`)
})

test('`prepareProjector` agrees with a slow reading of JSON Schema 2020-12', () => {
  let [trimmed, whole] = [0, 0]
  fc.assert(
    fc.property(
      grounded,
      fc.array(value, { minLength: PER_SCHEMA, maxLength: PER_SCHEMA }),
      selection,
      (root, values, of) => {
        const { program, root: id } = compiled(root)
        const project = prepareProjector(program, id, of, { regex: linearRegex })
        for (const one of values) {
          const got = project(write(one), facts)
          const want = projectSlowly(root, one, of, facts, '2020-12')
          if (typeof want === 'string') {
            assert.deepEqual(got, { ok: false, reason: want, at: got.ok ? '' : got.at })
            continue
          }
          const { text, fields, rows } = want
          assert.deepEqual(got, { ok: true, text, removedFields: fields, removedRows: rows })
          if (fields + rows > 0) trimmed++
          else whole++
        }
      },
    ),
    { seed: 6, numRuns: Math.ceil(RUNS / PER_SCHEMA) },
  )
  assert.ok(trimmed > RUNS / 50 && whole > RUNS / 50, `the check is blind: ${trimmed} ${whole}`)
})

test('`prepareProjector` lets nothing out that only a branch declares which does not hold', () => {
  let chosen = 0
  const branch = fc.record({
    tag: fc.constantFrom('x', 'y', 'z'),
    own: fc.constantFrom('a', 'b', 'c', 'd'),
  })
  fc.assert(
    fc.property(
      fc.constantFrom('oneOf', 'anyOf'),
      fc.uniqueArray(branch, { minLength: 1, maxLength: 3, selector: ({ tag }) => tag }),
      fc.constantFrom('x', 'y', 'z', 'w'),
      (keyword, branches, tag) => {
        const root = {
          [keyword]: branches.map(({ tag: is, own }) => ({
            type: 'object',
            properties: { tag: { const: is }, [own]: { type: 'string' } },
            required: ['tag'],
          })),
        }
        const { program, root: id } = compiled(root)
        const project = prepareProjector(program, id, { drop: [], rows: [], freeForm: 'strip' })
        const members = [['tag', tag], ...['a', 'b', 'c', 'd'].map((key) => [key, 's'])] as const
        const got = project(
          write({ members: members.map(([key, text]) => [key ?? '', text ?? '']) }),
          facts,
        )
        const match = branches.find((one) => one.tag === tag)
        assert.equal(got.ok, match !== undefined)
        if (!got.ok || match === undefined) return
        chosen++
        assert.deepEqual(Object.keys(JSON.parse(got.text) as object), ['tag', match.own])
      },
    ),
    { seed: 7, numRuns: 1_000 },
  )
  assert.ok(chosen > 100)
})
