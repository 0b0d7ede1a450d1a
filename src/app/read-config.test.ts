import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { readConfig } from './read-config.ts'

const OPEN = `version: 1
organisation: { name: A bank, jurisdictions: [UK], entity: [financial-entity] }
apis:
  - name: products
    spec: products.json
    upstream: http://127.0.0.1:9000
    template: open-data
`

function folder(t: Parameters<typeof temporaryFolder>[0], text = OPEN): string {
  const dir = temporaryFolder(t)
  writeFileSync(join(dir, 'gatehouse.yaml'), text)
  writeFileSync(join(dir, 'products.json'), '{"openapi":"3.0.3"}')
  return dir
}

test('`readConfig` takes a file or the folder that holds it', (t) => {
  const dir = folder(t)
  for (const path of [dir, join(dir, 'gatehouse.yaml')]) {
    const { config, diagnostics } = readConfig(path, {})
    assert.deepEqual(diagnostics, [])
    assert.equal(config?.apis[0]?.spec, join(dir, 'products.json'))
    assert.equal(config?.dataDir, join(dir, '.gatehouse'))
  }
})

test('`readConfig` names what is not there by its whole path', (t) => {
  const dir = temporaryFolder(t)
  for (const path of [dir, join(dir, 'gatehouse.yaml'), join(dir, 'no', 'where.yaml')]) {
    assert.throws(
      () => readConfig(path, {}),
      (error: unknown) =>
        error instanceof Error &&
        'code' in error &&
        error.code === 'GH_CONFIG_UNREADABLE' &&
        error.message.includes(dir) &&
        error.message.endsWith('there is no such file'),
    )
  }
})

test('`readConfig` refuses a file beyond 4 MiB without reading it, and a folder in its place', (t) => {
  const dir = temporaryFolder(t)
  const file = join(dir, 'gatehouse.yaml')
  writeFileSync(file, Buffer.alloc((4 << 20) + 1, '#'))
  assert.throws(() => readConfig(file, {}), { code: 'GH_CONFIG_UNREADABLE' })
  const other = join(dir, 'other')
  mkdirSync(join(other, 'gatehouse.yaml'), { recursive: true })
  assert.throws(() => readConfig(other, {}), { code: 'GH_CONFIG_UNREADABLE' })
})

test('`readConfig` finds a specification that is a folder, or has another name nearby', (t) => {
  const dir = folder(t, OPEN.replace('products.json', 'prodcuts.json'))
  const [mistake] = readConfig(dir, {}).diagnostics
  assert.equal(mistake?.code, 'GH_CONFIG_FILE_MISSING')
  assert.equal(mistake?.nearest, 'products.json')
  assert.equal(mistake?.place.line, 5)
  const inFolder = folder(t, OPEN.replace('products.json', 'spec'))
  mkdirSync(join(inFolder, 'spec'))
  assert.equal(readConfig(inFolder, {}).diagnostics[0]?.code, 'GH_CONFIG_FILE_MISSING')
})

test('`readConfig` knows every template, rule and word of the catalogue', (t) => {
  const text = OPEN.replace('open-data', 'ais')
  const { diagnostics } = readConfig(folder(t, text), {})
  assert.deepEqual(
    diagnostics.map((one) => one.code),
    ['GH_CONFIG_ISSUER_NEEDED'],
  )
  const [unknown] = readConfig(folder(t, OPEN.replace('open-data', 'open-dta')), {}).diagnostics
  assert.equal(unknown?.nearest, 'open-data')
})
