import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import { withMeantAlternatives } from './meant-alternatives.ts'

const RUNS = Math.max(2_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const text = { type: 'string' }
const of = (required: readonly string[], names: readonly string[] = required): JsonObject => ({
  type: 'object',
  required,
  properties: Object.fromEntries(names.map((name) => [name, text])),
})
const SINGLE = of(['payee'], ['payee', 'day'])
const SERIES = of(['payee', 'start', 'frequency'], ['payee', 'start', 'frequency', 'end'])
const BATCH = of(['payments'])

test('what has a member that only another alternative requires is none of the first', () => {
  const components = { schemas: { Single: SINGLE, Series: SERIES } }
  const [single, series] = ['Single', 'Series'].map((name) => ({ $ref: `#/components/schemas/${name}` })) // prettier-ignore
  const meant = { allOf: [single], not: { anyOf: [{ required: ['start'] }, { required: ['frequency'] }] } } // prettier-ignore
  assert.deepEqual(withMeantAlternatives({ body: { oneOf: [series, BATCH, single] }, components } as JsonValue), {
    body: { oneOf: [series, BATCH, meant] },
    components,
  }) // prettier-ignore
})

for (const [what, oneOf, more] of [
  ['that is closed', [{ ...SINGLE, additionalProperties: false }, SERIES]],
  ['that requires nothing', [of([], ['payee']), SERIES]],
  ['that requires what the other does not', [of(['payee', 'day']), SERIES]],
  ['that requires the same', [SINGLE, of(['payee'], ['payee', 'end'])]],
  [
    'with another schema for what both require',
    [{ ...SINGLE, properties: { payee: { type: 'number' } } }, SERIES],
  ],
  ['that names the member itself', [of(['payee'], ['payee', 'start']), of(['payee', 'start'])]],
  ['that is no object', [text, SERIES]],
  ['that a member tells apart', [SINGLE, SERIES], { discriminator: { propertyName: 'kind' } }],
] as const)
  // prettier-ignore
  test(`an alternative ${what} is left as it is, uncopied`, () => {
    const document = { body: { oneOf, ...more } } as JsonValue // sound: it is JSON
    assert.equal(withMeantAlternatives(document), document)
  })

test('any body fits as it is meant: a series is one, a single payment is one, and by the letter no series was', () => {
  const letter = { oneOf: [SINGLE, SERIES, BATCH] }
  const judge = (schema: JsonValue) => new Ajv({ strict: false }).compile(schema as JsonObject) // sound: it is one
  const [before, after] = [judge(letter), judge(withMeantAlternatives(letter))]
  const fits = (body: JsonObject, names: readonly string[]) =>
    names.every((name) => typeof body[name] === 'string')
  const texts = (body: JsonObject, names: readonly string[]) =>
    names.every((name) => body[name] === undefined || typeof body[name] === 'string')
  const names = ['payee', 'day', 'start', 'frequency', 'end', 'payments', 'other']
  const body = fc.dictionary(fc.constantFrom(...names), fc.constantFrom<JsonValue>('x', 1))
  let series = 0
  fc.assert(
    fc.property(body, (one) => {
      const single = fits(one, ['payee']) && texts(one, ['day']) && !('start' in one) && !('frequency' in one) // prettier-ignore
      const periodic = fits(one, ['payee', 'start', 'frequency']) && texts(one, ['end'])
      const batch = fits(one, ['payments'])
      assert.equal(after(one), [single, periodic, batch].filter(Boolean).length === 1)
      if (!periodic || batch || !texts(one, ['day'])) return
      series++
      assert.ok(!before(one) && after(one))
    }),
    { numRuns: RUNS },
  )
  assert.ok(series > 5, 'the check is blind')
})
