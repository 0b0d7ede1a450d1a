/**
 * What was imported by an older importer must not be taken for the work of this one. The file beside this names the version and the
 * digest of all that it makes of the published files and the cases: another digest asks for another version, and then
 * UPDATE_CASES=1 node --test test/inventory/importer-version.test.ts
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { IMPORTER_VERSION } from '../../src/inventory/import-cache.ts'
import { importSpec } from '../../src/inventory/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const HERE = import.meta.dirname
const FILE = join(HERE, 'importer-version.case')

function digest(): string {
  const hash = createHash('sha256')
  const files = [
    ...globSync(join(HERE, 'specs/*/*.y*ml')),
    ...globSync(join(HERE, 'cases/*.case')),
  ].sort()
  assert.ok(files.length > 60, 'the check is blind')
  for (const file of files) {
    const [text = ''] = readFileSync(file, 'utf8').split('\n----------\n')
    const { spec, diagnostics } = importSpec({ file: 'a', text, regex: linearRegex })
    hash.update(JSON.stringify(spec ?? diagnostics))
  }
  return hash.digest('hex')
}

test('the importer has another version when it makes something else of the same bytes', () => {
  const now = `${IMPORTER_VERSION} ${digest()}\n`
  const [version, known] = readFileSync(FILE, 'utf8').trim().split(' ')
  if (process.env['UPDATE_CASES'] === '1') {
    // Added cases change the digest as well; whether what was there before changed is for the reader of the difference.
    writeFileSync(FILE, now)
    return
  }
  assert.equal(
    now.trim(),
    `${version} ${known}`,
    'imports changed: raise IMPORTER_VERSION in src/inventory/import-cache.ts unless only cases were added, and write this file anew',
  )
})
