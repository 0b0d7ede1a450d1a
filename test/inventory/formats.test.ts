/** One API written four ways: what is imported is the same wherever the formats can say the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importSpec, type ImportedSpec } from '../../src/inventory/index.ts'
import { compileSchemas, prepareValidator } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const account = (refs: string, nullable: object): object => ({
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^[0-9]+$' },
    iban: { ...nullable, maxLength: 34 },
    limit: { type: 'integer', minimum: 1 },
    parent: { $ref: `${refs}Account` },
  },
})
const openApi = (version: string, nullable: object): object => ({
  openapi: version,
  info: { title: 'Accounts', version: '2' },
  servers: [{ url: 'https://api.bank.example/v2' }],
  security: [{ oauth: ['accounts'] }],
  paths: {
    '/accounts/{id}': {
      get: {
        operationId: 'read',
        tags: ['accounts'],
        parameters: [
          { in: 'path', name: 'id', required: true, schema: { type: 'string' } },
          {
            in: 'query',
            name: 'only',
            schema: { type: 'array', items: { type: 'string' } },
            style: 'form',
            explode: false,
          },
        ],
        responses: {
          200: {
            description: 'ok',
            headers: { 'X-Total': { schema: { type: 'integer' } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } },
          },
        },
      },
      put: {
        parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'string' } }],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } },
        },
        responses: { 204: { description: 'done' } },
      },
    },
  },
  components: {
    securitySchemes: { oauth: { type: 'oauth2', flows: {} } },
    schemas: { Account: account('#/components/schemas/', nullable) },
  },
})
const swagger = {
  swagger: '2.0',
  info: { title: 'Accounts', version: '2' },
  host: 'api.bank.example',
  basePath: '/v2',
  consumes: ['application/json'],
  produces: ['application/json'],
  security: [{ oauth: ['accounts'] }],
  securityDefinitions: { oauth: { type: 'oauth2', flow: 'implicit', scopes: { accounts: 'a' } } },
  paths: {
    '/accounts/{id}': {
      parameters: [{ in: 'path', name: 'id', required: true, type: 'string' }],
      get: {
        operationId: 'read',
        tags: ['accounts'],
        parameters: [{ in: 'query', name: 'only', type: 'array', items: { type: 'string' } }],
        responses: {
          200: {
            description: 'ok',
            headers: { 'X-Total': { type: 'integer' } },
            schema: { $ref: '#/definitions/Account' },
          },
        },
      },
      put: {
        parameters: [
          {
            in: 'body',
            name: 'account',
            required: true,
            schema: { $ref: '#/definitions/Account' },
          },
        ],
        responses: { 204: { description: 'done' } },
      },
    },
  },
  definitions: { Account: account('#/definitions/', { type: 'string', 'x-nullable': true }) },
}

function imported(document: object): ImportedSpec {
  const { spec, diagnostics } = importSpec({
    file: 'a.json',
    text: JSON.stringify(document),
    regex: linearRegex,
  })
  assert.deepEqual(diagnostics, [])
  assert.ok(spec !== undefined)
  return spec
}
const old = imported(openApi('3.0.3', { type: 'string', nullable: true }))

/** What policy reads, without places and names of pointers. */
function essence({ servers, basePath, operations }: ImportedSpec): unknown {
  return {
    servers,
    basePath,
    operations: operations.map(({ line: _, parameters, requestBody, responses, ...rest }) => ({
      ...rest,
      parameters: parameters.map(({ schema, ...one }) => ({ ...one, schema: schema !== null })),
      requestBody: requestBody?.content.map(({ mediaType }) => [requestBody.required, mediaType]),
      responses: responses.map(({ status, headers, content }) => [
        status,
        headers,
        content.map(({ mediaType }) => mediaType),
      ]),
    })),
  }
}

const NEWER: readonly (readonly [string, ImportedSpec])[] = [
  ['OpenAPI 3.1', imported(openApi('3.1.0', { type: ['string', 'null'] }))],
  ['Swagger 2.0', imported(swagger)],
]
for (const [name, spec] of NEWER) {
  test(`importSpec imports the same from ${name} as from OpenAPI 3.0`, () => {
    assert.deepEqual(essence(spec), essence(old))
  })

  test(`importSpec gives schemas of ${name} that take the same messages`, () => {
    const bodies = [
      '{"id":"1"}',
      '{"id":"a"}',
      '{}',
      '{"id":"1","iban":null}',
      '{"id":"1","limit":0}',
      '{"id":"1","more":1}',
      '{"id":"1","parent":{"id":"2","parent":{}}}',
      'null',
    ]
    const verdicts = (of: ImportedSpec): unknown => {
      const schema = of.operations[1]?.requestBody?.content[0]?.schema ?? ''
      const { program, roots, problems } = compileSchemas({
        document: of.document,
        roots: [schema],
        regex: linearRegex,
      })
      assert.deepEqual(problems, [])
      const validate = prepareValidator(program, roots.get(schema) ?? -1, {
        regex: linearRegex,
        direction: 'request',
      })
      return bodies.map((text) => validate(text))
    }
    assert.deepEqual(verdicts(spec), verdicts(old))
  })
}

test('importSpec infers from a collection what its examples show, and nothing more', () => {
  const answer = (code: number, body: string): object => ({ code, body })
  const collection = {
    info: {
      name: 'Bank',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: [
      {
        name: 'Read',
        request: { method: 'GET', url: 'https://api.bank.example/v2/accounts/:id' },
        response: [
          answer(200, '{"id":"1","iban":null,"tags":["a"]}'),
          answer(200, '{"id":7,"iban":"NL1","owner":{"name":"N"}}'),
        ],
      },
    ],
  }
  const { spec } = importSpec({
    file: 'c.json',
    text: JSON.stringify(collection),
    regex: linearRegex,
  })
  const [operation] = spec?.operations ?? []
  assert.equal(operation?.inferred, true)
  assert.equal(operation.path, '/v2/accounts/{id}')
  assert.equal(operation.unsound, false)
  const schema = operation.responses[0]?.content[0]?.schema ?? ''
  assert.ok(spec !== undefined)
  const { program, roots } = compileSchemas({
    document: spec.document,
    roots: [schema],
    regex: linearRegex,
  })
  const validate = prepareValidator(program, roots.get(schema) ?? -1, {
    regex: linearRegex,
    direction: 'response',
  })
  for (const good of ['{}', '{"id":"x"}', '{"id":1}', '{"iban":null}', '{"owner":{"name":""}}'])
    assert.deepEqual(validate(good), { ok: true }, good)
  for (const bad of ['[]', '{"id":true}', '{"tags":[1]}', '{"owner":"N"}'])
    assert.equal(validate(bad).ok, false, bad)
})
