import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { initFolder } from './init-folder.ts'
import { readConfig } from './read-config.ts'

interface Wanted {
  readonly security?: boolean
  readonly property?: string
  readonly path?: string
}

function specification({
  security = false,
  property = 'rate',
  path = '/products',
}: Wanted): string {
  return JSON.stringify({
    openapi: '3.0.3',
    info: { title: 'An API', version: '1' },
    servers: [{ url: 'https://api.bank.example/v1' }],
    paths: {
      [path]: {
        get: {
          operationId: 'list',
          ...(security ? { security: [{ oauth: ['read'] }] } : {}),
          responses: {
            200: {
              description: 'ok',
              content: {
                'application/json': {
                  schema: { type: 'object', properties: { [property]: { type: 'string' } } },
                },
              },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        oauth: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: 'https://as.bank.example/token',
              scopes: { read: 'reads' },
            },
          },
        },
      },
    },
  })
}

const suggestions = [
  { name: 'nothing asks for a token and nothing is personal', wanted: {}, template: 'open-data' },
  { name: 'an operation asks for a token', wanted: { security: true }, template: 'ais' },
  { name: 'a field is personal', wanted: { property: 'iban' }, template: 'ais' },
]
for (const { name, wanted, template } of suggestions) {
  test(`\`initFolder\` suggests ${template} when ${name}`, (t) => {
    const dir = temporaryFolder(t)
    writeFileSync(join(dir, 'api.json'), specification(wanted))
    const { specs, skipped } = initFolder(dir)
    assert.deepEqual(skipped, [])
    assert.equal(specs[0]?.suggestedTemplate, template)
  })
}

test('`initFolder` finds specifications two folders deep, in one order, and says what it passed over', (t) => {
  const dir = temporaryFolder(t)
  for (const folder of ['b/c/d', '.hidden', 'node_modules/x'])
    mkdirSync(join(dir, folder), { recursive: true })
  const spec = specification({})
  for (const file of ['z.json', 'b/y.YAML', 'b/c/x.yml', 'b/c/d/deep.json', '.hidden/h.json'])
    writeFileSync(join(dir, file), spec)
  writeFileSync(join(dir, 'node_modules/x/n.json'), spec)
  writeFileSync(join(dir, 'notes.txt'), spec)
  writeFileSync(join(dir, 'old.yaml'), 'swagger: "1.2"\npaths: {}\n')
  writeFileSync(join(dir, 'empty.json'), '{"openapi":"3.0.3","paths":{}}')
  const { specs, skipped, file } = initFolder(dir)
  assert.deepEqual(
    specs.map((one) => one.file),
    ['b/c/x.yml', 'b/y.YAML', 'z.json'].map((name) => join(dir, name)),
  )
  assert.deepEqual(
    skipped.map((one) => [one.place.file, one.code]),
    [[join(dir, 'old.yaml'), 'GH_INVENTORY_FORMAT']],
  )
  // Three APIs of one name and one base path would clash: the file must come out clean all the same.
  const { diagnostics } = readConfig(file, {})
  assert.deepEqual(
    diagnostics.map((one) => one.code),
    [],
  )
})

test('`initFolder` never overwrites, and needs a folder with a specification', (t) => {
  const dir = temporaryFolder(t)
  assert.throws(() => initFolder(join(dir, 'nowhere')), { code: 'GH_CONFIG_UNREADABLE' })
  assert.throws(() => initFolder(dir), { code: 'GH_CONFIG_NO_SPECIFICATION' })
  writeFileSync(join(dir, 'api.json'), specification({}))
  assert.throws(() => initFolder(join(dir, 'api.json')), { code: 'GH_CONFIG_UNREADABLE' })
  writeFileSync(join(dir, 'gatehouse.yaml'), '# mine\n')
  assert.throws(() => initFolder(dir), { code: 'GH_CLI_FILE_EXISTS' })
  assert.equal(readFileSync(join(dir, 'gatehouse.yaml'), 'utf8'), '# mine\n')
})

test('`initFolder` leaves a file alone that is larger than any specification', (t) => {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'huge.json'), `{"openapi":"3.0.3"${' '.repeat(10 << 20)}}`)
  assert.throws(() => initFolder(dir), { code: 'GH_CONFIG_NO_SPECIFICATION' })
})
