import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  apiRecord,
  dryRunReport,
  exportInventory,
  exportInventoryCsv,
  importSpec,
  type ImportedSpec,
} from './index.ts'
import { MAX_PROBLEMS } from './limits.ts'

const HEAD = 'openapi: 3.0.3\ninfo: {title: Accounts, version: 1.0}\n'
const OK = "{responses: {'200': {description: ok}}}"

function spec(text: string): ImportedSpec {
  const result = importSpec({ file: 'api.yaml', text })
  assert.ok(result.spec !== undefined, JSON.stringify(result.diagnostics))
  return result.spec
}

test('importSpec says what the source was', () => {
  const text = `\ufeff${HEAD}paths: {}\n`
  const { source } = spec(text)
  assert.equal(source.bytes, Buffer.byteLength(text))
  assert.match(source.sha256, /^[0-9a-f]{64}$/)
  assert.deepEqual(
    [source.file, source.format, source.title, source.version],
    ['api.yaml', 'OpenAPI 3.0.3', 'Accounts', '1'],
  )
})

test('importSpec gives the same places when lines end in CR LF and a byte order mark stands in front', () => {
  const text = `${HEAD}paths:\n  /a:\n    get: ${OK}\n    put: 5\n`
  const unix = importSpec({ file: 'a', text })
  const windows = importSpec({ file: 'a', text: `\ufeff${text.replaceAll('\n', '\r\n')}` })
  assert.deepEqual(dryRunReport(windows), dryRunReport(unix))
  assert.equal(unix.spec?.operations[0]?.line, 5)
  assert.equal(unix.diagnostics[0]?.place.line, 6)
})

test('importSpec takes the path of the first server as base path', () => {
  const base = (url: string): string =>
    spec(`${HEAD}servers: [{url: ${JSON.stringify(url)}}]\npaths: {}`).basePath
  assert.equal(base('https://api.bank.example/open-banking/v4.0/'), '/open-banking/v4.0')
  assert.equal(base('https://api.bank.example'), '')
  assert.equal(base('//api.bank.example/v1?x=1#y'), '/v1')
  assert.equal(base('/v1'), '/v1')
  assert.equal(base('v1'), '/v1')
  assert.equal(base('/'), '')
  assert.equal(base('https://api.bank.example/{base}'), '')
  assert.equal(spec(`${HEAD}paths: {}`).basePath, '')
})

test('importSpec lets the operation override the path and the document', () => {
  const text = `${HEAD}security: [{key: []}]
paths:
  /a/{id}:
    parameters:
      - {in: path, name: id, required: true, schema: {type: string}}
      - {in: query, name: page, schema: {type: integer}}
    get:
      security: []
      parameters: [{in: query, name: page, required: true, style: pipeDelimited, schema: {type: array, items: {type: string}}}]
      responses: {'200': {description: ok}}
    put: ${OK}
    post: {security: [{}], responses: {'200': {description: ok}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: k}}}
`
  const [get, put, post] = spec(text).operations
  assert.deepEqual(get?.security, [])
  assert.deepEqual(JSON.parse(JSON.stringify(put?.security)), [{ key: [] }])
  assert.deepEqual(JSON.parse(JSON.stringify(post?.security)), [{}])
  assert.equal(spec(`${HEAD}paths: {/a: {get: ${OK}}}`).operations[0]?.security, null)
  assert.deepEqual(get?.parameters[1], {
    in: 'query',
    name: 'page',
    required: true,
    schema: '/paths/~1a~1{id}/get/parameters/0/schema',
    style: 'pipeDelimited',
    explode: false,
  })
  assert.deepEqual(
    put?.parameters.map(({ name, style, explode }) => [name, style, explode]),
    [
      ['id', 'simple', false],
      ['page', 'form', true],
    ],
  )
})

test('importSpec never reads malformed security as open', () => {
  const security = (written: string): unknown =>
    spec(`${HEAD}paths: {/a: {get: {security: ${written}, responses: {'200': {description: ok}}}}}`)
      .operations[0]
  for (const written of ['5', '{}', '[5]', '[null, text]', 'null']) {
    const operation = security(written) as { security: unknown; unsound: boolean } // sound: an operation
    assert.deepEqual([operation.security, operation.unsound], [null, true], written)
  }
})

test('importSpec lists 2,000 problems, says how many more there are, and lists every refused operation', () => {
  const paths = Array.from(
    { length: MAX_PROBLEMS + 5 },
    (_, index) => `  /a${index}:\n    get: {}\n    pots: {}\n`,
  ).join('')
  const { diagnostics } = importSpec({ file: 'a', text: `${HEAD}paths:\n${paths}` })
  const count = (code: string): number => diagnostics.filter((item) => item.code === code).length
  assert.equal(count('GH_INVENTORY_OPERATION_REFUSED'), MAX_PROBLEMS + 5)
  assert.equal(count('GH_INVENTORY_RESPONSE'), MAX_PROBLEMS)
  assert.match(diagnostics.at(-1)?.message ?? '', /^5 more problems/)
})

test('importSpec imports 5 MB of JSON in bounded time and memory', () => {
  const operation = {
    responses: {
      200: {
        description: 'x'.repeat(300),
        content: {
          'application/json': {
            schema: { type: 'object', properties: { iban: { type: 'string' } } },
          },
        },
      },
    },
  }
  const paths = Object.fromEntries(
    Array.from({ length: 13_000 }, (_, index) => [`/a${index}`, { get: operation }]),
  )
  const text = JSON.stringify({ openapi: '3.0.0', info: { title: 't', version: '1' }, paths })
  assert.ok(text.length > 5_000_000)
  const before = performance.now()
  assert.equal(spec(text).operations.length, 13_000)
  // Some seconds on a loaded machine; a quadratic walk takes minutes.
  assert.ok(performance.now() - before < 30_000)
})

test('importSpec ends when schemas refer to each other in every way', () => {
  const names = Array.from({ length: 40 }, (_, index) => `S${index}`)
  const properties = Object.fromEntries(
    names.map((name) => [`to${name}`, { $ref: `#/components/schemas/${name}` }]),
  )
  const schemas = Object.fromEntries(
    names.map((name) => [
      name,
      { type: 'object', properties, allOf: [{ $ref: '#/components/schemas/S0' }] },
    ]),
  )
  const response = {
    description: 'ok',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/S1' } } },
  }
  const document = {
    openapi: '3.0.0',
    info: {},
    paths: { '/a': { get: { responses: { 200: response } } } },
    components: { schemas },
  }
  const before = performance.now()
  assert.equal(spec(JSON.stringify(document)).operations.length, 1)
  assert.ok(performance.now() - before < 10_000)
})

test('dryRunReport gives places flat, and no operations when the file is no specification', () => {
  assert.deepEqual(dryRunReport(importSpec({ file: 'old.yaml', text: 'swagger: "1.2"' })), {
    operations: [],
    problems: [
      {
        code: 'GH_INVENTORY_FORMAT',
        message:
          'The document is Swagger 1.2; OpenAPI 3.0 and 3.1, Swagger 2.0 and Postman 2.1 are read.',
        file: 'old.yaml',
        line: 1,
        column: 1,
        pointer: null,
      },
    ],
  })
  const report = dryRunReport(importSpec({ file: 'a', text: `${HEAD}paths: {/a: {get: ${OK}}}` }))
  assert.deepEqual(report.operations, [
    { method: 'GET', path: '/a', operationId: null, pointer: '/paths/~1a/get' },
  ])
})

test('apiRecord derives roles and data classes unless they are declared', () => {
  const text = `${HEAD}paths: {/accounts: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object, properties: {iban: {type: string}}}}}}}}}}`
  const derived = apiRecord({ name: 'a', owner: null, roles: null, dataClasses: null }, spec(text))
  assert.deepEqual([derived.roles, derived.dataClasses], [['ais'], ['account-identifier']])
  assert.ok(!('document' in derived.spec))
  const declared = apiRecord({ name: 'a', owner: 'o', roles: ['pis'], dataClasses: [] }, spec(text))
  assert.deepEqual([declared.roles, declared.dataClasses, declared.owner], [['pis'], [], 'o'])
})

test('exportInventory gives the same bytes whatever the order of the records', () => {
  const record = (name: string) =>
    apiRecord(
      { name, owner: null, roles: null, dataClasses: null },
      spec(`${HEAD}paths: {/a: {get: ${OK}}}`),
    )
  const [a, b] = [record('a'), record('b')]
  assert.equal(exportInventory([a, b]), exportInventory([b, a]))
  assert.equal(JSON.parse(exportInventory([b, a])).apis[0].name, 'a')
  assert.ok(exportInventory([]).endsWith('}\n'))
})

test('exportInventoryCsv quotes what it must and runs no formula', () => {
  const text = `${HEAD}paths: {/a: {get: {operationId: '=cmd()', responses: {'200': {description: ok}}}}}`
  const record = apiRecord(
    { name: 'a,"b"', owner: '@x', roles: null, dataClasses: null },
    spec(text),
  )
  const [head, line, end] = exportInventoryCsv([record]).split('\r\n')
  assert.equal(head?.split(',').length, 10)
  assert.equal(line, `"a,""b""",'@x,GET,/a,'=cmd(),partner,,none declared,false,false`)
  assert.equal(end, '')
})
