/** Whatever happens to a document: no exception, no internal fault, and the sum of operations adds up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { dryRunReport, importSpec } from '../../src/inventory/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const ok = {
  description: 'ok',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } },
}
const VALID: { [key: string]: Json } = {
  openapi: '3.0.3',
  info: { title: 'Accounts', version: '1' },
  servers: [{ url: '/v1' }],
  security: [{ oauth: ['accounts'] }],
  paths: {
    '/accounts': { get: { operationId: 'list', responses: { '200': ok } } },
    '/accounts/{id}': {
      parameters: [{ $ref: '#/components/parameters/id' }],
      get: {
        operationId: 'read',
        responses: { '200': { $ref: '#/components/responses/account' } },
      },
      delete: { responses: { '204': { description: 'gone' } } },
    },
    '/payments': {
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        responses: {
          '201': ok,
          default: {
            description: 'error',
            headers: { 'Retry-After': { schema: { type: 'integer' } } },
          },
        },
      },
    },
    '/alias': { $ref: '#/paths/~1accounts' },
  },
  components: {
    parameters: {
      id: {
        in: 'path',
        name: 'id',
        required: true,
        schema: { type: 'string', pattern: '^[a-z]+$' },
      },
    },
    responses: { account: ok },
    schemas: {
      Account: {
        type: 'object',
        properties: {
          iban: { type: 'string' },
          owner: { $ref: '#/components/schemas/Owner' },
          next: { $ref: '#/components/schemas/Account' },
        },
      },
      Owner: { allOf: [{ type: 'object', properties: { name: { type: 'string' } } }] },
    },
    securitySchemes: { oauth: { type: 'oauth2', flows: {} } },
  },
}

// Sound: written here. As text, because an object with a member of the name `then` is taken for a promise by some.
const CONDITION = JSON.parse(
  '{"if":{"required":["iban"]},"then":{"dependentSchemas":{"iban":{"$ref":"#/components/schemas/Owner"}}}}',
) as { [key: string]: Json }
const VALID_31: Json = {
  ...VALID,
  openapi: '3.1.1',
  webhooks: { paid: { post: { responses: { '200': ok } } } },
  components: {
    ...(VALID['components'] as { [key: string]: Json }), // sound: written above
    schemas: {
      Account: {
        type: ['object', 'null'],
        properties: {
          iban: { type: 'string', examples: ['NL1'] },
          owner: { $ref: '#/components/schemas/Owner', minProperties: 1 },
        },
        patternProperties: { '^x-': true },
        ...CONDITION,
        unevaluatedProperties: false,
      },
      Owner: { prefixItems: [{ const: 1 }, { exclusiveMinimum: 0 }], items: false, contains: {} },
    },
  },
}

const VALID_SWAGGER: Json = {
  swagger: '2.0',
  info: { title: 'Accounts', version: '1' },
  host: 'api.bank.example',
  basePath: '/v1',
  schemes: ['https'],
  consumes: ['application/json'],
  produces: ['application/json'],
  securityDefinitions: { oauth: { type: 'oauth2', flow: 'implicit', scopes: { a: 'b' } } },
  parameters: { id: { in: 'path', name: 'id', required: true, type: 'string' } },
  definitions: {
    Account: { type: 'object', properties: { iban: { type: 'string', 'x-nullable': true } } },
  },
  responses: { account: { description: 'ok', schema: { $ref: '#/definitions/Account' } } },
  paths: {
    '/accounts/{id}': {
      parameters: [{ $ref: '#/parameters/id' }],
      get: { responses: { '200': { $ref: '#/responses/account' } } },
      put: {
        parameters: [
          { in: 'body', name: 'b', schema: { $ref: '#/definitions/Account' } },
          { in: 'query', name: 'q', type: 'array', items: { type: 'string' } },
        ],
        responses: { '200': { description: 'ok' } },
      },
    },
    '/token': {
      post: {
        consumes: ['application/x-www-form-urlencoded'],
        parameters: [{ in: 'formData', name: 'grant', type: 'string', required: true }],
        responses: { '200': { description: 'ok', schema: { type: 'object' } } },
      },
    },
  },
}

const VALID_POSTMAN: Json = {
  info: {
    name: 'Bank',
    schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
  },
  variable: [{ key: 'base', value: 'https://api.bank.example' }],
  auth: { type: 'bearer' },
  item: [
    {
      name: 'folder',
      item: [
        {
          name: 'read',
          request: {
            method: 'GET',
            url: { raw: '{{base}}/accounts/:id?page=1', query: [{ key: 'page', value: '1' }] },
            header: [{ key: 'x-id', value: '1' }],
          },
          response: [{ code: 200, header: [{ key: 'etag', value: '1' }], body: '{"id":"1"}' }],
        },
      ],
    },
    {
      name: 'pay',
      request: {
        method: 'POST',
        url: '{{base}}/payments',
        body: { mode: 'raw', raw: '{"amount":{{amount}}}' },
      },
      response: [{ code: 201, body: '[1,"a",null]' }],
    },
  ],
}

const FIELDS = new Set(['$ref', 'summary', 'description', 'servers', 'parameters'])
const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Counted by another way than the importer's: pairs of path and key, references of path items followed. */
function operationsPresent(document: Json): number {
  const paths = isObject(document) ? document['paths'] : undefined
  if (!isObject(paths)) return 0
  let count = 0
  for (const [path, start] of Object.entries(paths)) {
    if (path.startsWith('x-')) continue
    const keys = new Set<string>()
    const collect = (value: Json | undefined): void => {
      for (const key of isObject(value) ? Object.keys(value) : [])
        if (!FIELDS.has(key) && !key.startsWith('x-')) keys.add(key)
    }
    collect(start)
    let item: Json | undefined = start
    const seen = new Set<Json>()
    while (isObject(item) && typeof item['$ref'] === 'string' && !seen.has(item)) {
      seen.add(item)
      const reference: string = item['$ref']
      item = reference.startsWith('#/')
        ? reference
            .slice(2)
            .split('/')
            .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
            .reduce<Json | undefined>(
              (at, token) => (isObject(at) && Object.hasOwn(at, token) ? at[token] : undefined),
              document,
            )
        : undefined
    }
    if (!isObject(item) || typeof item['$ref'] !== 'string') collect(item)
    count += keys.size
  }
  return count
}

function placesOf(
  value: Json,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesOf(item, [...path, index]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))
      : []
  return [path, ...inner]
}

function changed(value: Json, path: readonly (string | number)[], to: Json | undefined): Json {
  const [head, ...rest] = path
  if (head === undefined) return to ?? null
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      index !== head
        ? [item]
        : rest.length === 0 && to === undefined
          ? []
          : [changed(item, rest, to)],
    )
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key !== head
        ? [[key, item]]
        : rest.length === 0 && to === undefined
          ? []
          : [[key, changed(item, rest, to)]],
    ),
  )
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Json), // sound: JSON
  fc.constantFrom<Json>(
    null,
    [],
    {},
    '',
    'text',
    -1,
    { $ref: '#/paths' },
    { $ref: '#/paths/~1accounts' },
    { $ref: '#/components/schemas/Account' },
    { $ref: '#/nowhere' },
    { $ref: 'http://elsewhere.example/a' },
    { $ref: 5 },
    { get: null, GET: {}, parameters: 1 },
  ),
)
const mutation = fc.record({
  place: fc.nat(),
  to: fc.option(odd, { nil: undefined, freq: 4 }),
})

test('importSpec imports or refuses by name each operation when a document is mutated', () => {
  let seen = 0
  fc.assert(
    fc.property(
      fc.constantFrom(VALID, VALID_31, VALID_SWAGGER),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (valid, mutations, yaml) => {
        let document: Json = valid
        for (const { place, to } of mutations) {
          const places = placesOf(document)
          document = changed(document, places[place % places.length] ?? [], to)
        }
        // Anchors off: a reader of the text must see what the object says.
        const text = yaml
          ? stringify(document, { aliasDuplicateObjects: false })
          : JSON.stringify(document)
        const result = importSpec({ file: 'api.yaml', text, regex: linearRegex })
        const codes = result.diagnostics.map(({ code }) => code)
        assert.ok(!codes.includes('GH_INVENTORY_UNREADABLE'), 'an internal fault')
        const { operations, problems } = dryRunReport(result)
        for (const { line, column } of problems) assert.ok(line >= 1 && column >= 1)
        if (result.spec === undefined) {
          assert.deepEqual(codes, ['GH_INVENTORY_FORMAT'])
          return
        }
        seen++
        const refused = codes.filter((code) => code === 'GH_INVENTORY_OPERATION_REFUSED').length
        assert.equal(operations.length + refused, operationsPresent(document))
      },
    ),
    { numRuns: 1_000 },
  )
  assert.ok(seen > 400, `only ${seen} documents were still OpenAPI`)
})

test('importSpec refuses parts of a collection by name when it is mutated', () => {
  let seen = 0
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      let document: Json = VALID_POSTMAN
      for (const { place, to } of mutations) {
        const places = placesOf(document)
        document = changed(document, places[place % places.length] ?? [], to)
      }
      const { spec, diagnostics } = importSpec({
        file: 'a.json',
        text: JSON.stringify(document),
        regex: linearRegex,
      })
      assert.ok(
        !diagnostics.some(({ code }) => code === 'GH_INVENTORY_UNREADABLE'),
        'an internal fault',
      )
      if (spec === undefined) return
      seen++
      for (const { inferred } of spec.operations) assert.equal(inferred, true)
    }),
    { numRuns: 500 },
  )
  assert.ok(seen > 200, `only ${seen} documents were still collections`)
})

test('importSpec imports all of the document that the mutations start from', () => {
  const { spec, diagnostics } = importSpec({ file: 'a', text: JSON.stringify(VALID) })
  assert.equal(spec?.operations.length, operationsPresent(VALID))
  // One path item stands under two paths, so its operationId is there twice.
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['GH_INVENTORY_OPERATION_ID'],
  )
})

test('importSpec neither throws nor fails inside when pieces of text are cut, doubled and swapped', () => {
  const text = stringify(VALID)
  const piece = fc.tuple(
    fc.nat(text.length),
    fc.nat(40),
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '',
        '&a ',
        '*a',
        '<<: ',
        '- ',
        '? ',
        ': ',
        '\t',
        '\r',
        '|\n',
        '"',
        '{',
        ']',
        '#',
        '---\n',
        '!!x ',
        '\0',
        '\ud800',
      ),
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      let mutated = text
      for (const [start, length, insert] of pieces)
        mutated = mutated.slice(0, start) + insert + mutated.slice(start + length)
      const { diagnostics } = importSpec({ file: 'a', text: mutated })
      assert.ok(
        !diagnostics.some(
          ({ code, message }) => code === 'GH_INVENTORY_UNREADABLE' || message.includes('defeats'),
        ),
      )
    }),
    { numRuns: 300 },
  )
})

test('importSpec answers any text with a document or with a reason', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const { spec, diagnostics } = importSpec({ file: 'a', text })
      assert.ok(spec !== undefined || diagnostics.length > 0)
      assert.ok(!diagnostics.some(({ code }) => code === 'GH_INVENTORY_UNREADABLE'))
    }),
    { numRuns: 300 },
  )
})
