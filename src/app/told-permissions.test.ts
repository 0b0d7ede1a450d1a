import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importSpec } from '../inventory/index.ts'
import { linearRegex } from './linear-regex.ts'
import { MAX_CODES, toldPermissions } from './told-permissions.ts'

/** What is told of one operation in a document whose consents may list these codes. */
function told(route: string, codes: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const [method = '', path = ''] = route.split(' ')
  const parameters = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: more[name] ?? { type: 'string' },
  }))
  const text = JSON.stringify({
    openapi: '3.0.3',
    info: { title: 'Made', version: '1' },
    paths: {
      [path]: { [method.toLowerCase()]: { parameters, responses: { 200: { description: 'ok' } } } },
    },
    components: {
      schemas: {
        Codes: { type: 'string', enum: Array.isArray(codes) ? codes : [] },
        Consent: {
          type: 'object',
          properties: Array.isArray(codes)
            ? { permissions: { type: 'array', items: { $ref: '#/components/schemas/Codes' } } }
            : codes,
        },
      },
    },
  })
  const { spec, diagnostics } = importSpec({
    file: 'made.json',
    text: Buffer.from(text),
    regex: linearRegex,
  })
  assert.ok(spec !== undefined, JSON.stringify(diagnostics))
  const [first] = toldPermissions(spec.document, spec.operations)
  assert.equal(first?.operation, route)
  return first
}

const BRAZIL = ['ACCOUNTS_READ', 'LOANS_READ', 'LOANS_SCHEDULED_INSTALMENTS_READ', 'RESOURCES_READ']
const UK = ['ReadLoansBasic', 'ReadLoansDetail', 'ReadPensions', 'WriteLoans', 'CardLimits']

const CASES: readonly (readonly [route: string, codes: readonly string[], told: string])[] = [
  ['GET /loans', UK, 'ReadLoansBasic ReadLoansDetail'],
  ['GET /v1/loans/{id}', UK, 'ReadLoansBasic ReadLoansDetail'],
  ['POST /loans', UK, 'WriteLoans'],
  ['GET /cards/{id}/limits', UK, 'CardLimits'],
  ['POST /cards/{id}/limits', UK, 'CardLimits'],
  ['GET /loans', BRAZIL, 'LOANS_READ'],
  ['GET /contracts/{id}/scheduled-instalments', BRAZIL, 'LOANS_SCHEDULED_INSTALMENTS_READ'],
  ['GET /pensions', ['pensions:read', 'pensions.write'], 'pensions:read'],
  ['GET /policies', ['policy:read'], 'policy:read'],
  // Two resources that end alike, a code that only writes, no code at all: nothing is guessed.
  ['GET /limits', ['ReadCardLimits', 'ReadLoanLimits'], ''],
  ['GET /pensions', ['pensions:write'], ''],
  ['GET /boxes', UK, ''],
  ['GET /{id}', UK, ''],
  ['GET /loans', [], ''],
]
for (const [route, codes, want] of CASES)
  test(`\`toldPermissions\` finds ${want || 'nothing'} for ${route} among ${codes.join(', ')}`, () => {
    const found = told(route, codes)
    assert.equal(found.codes.join(' '), want)
    assert.deepEqual(found.candidates, want === '' ? codes : [])
  })

test('`toldPermissions` takes the one value of the first parameter, and names several', () => {
  const of = (...values: string[]) =>
    told('POST /v1/{service}/{product}', UK, { service: { type: 'string', enum: values } })
  assert.deepEqual(of('payments').codes, ['payments'])
  const several = of('payments', 'bulk-payments')
  assert.deepEqual([several.codes, several.candidates], [[], ['payments', 'bulk-payments']])
})

test('`toldPermissions` is not led in a circle, and keeps a bounded number of codes', () => {
  const circle = { Permissions: { $ref: '#/components/schemas/Consent' } }
  assert.deepEqual(told('GET /loans', circle).candidates, [])
  const many = Array.from({ length: MAX_CODES + 1 }, (_, at) => `code-${at}`)
  assert.equal(told('GET /loans', many).candidates.length, MAX_CODES)
})
