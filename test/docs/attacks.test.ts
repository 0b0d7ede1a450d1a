/** `docs/design/attacks.md` names files that exist and hold tests, or are run by a test. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const ROWS = readFileSync(join(ROOT, 'docs/design/attacks.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))

test('there are rows', () => assert.ok(ROWS.length > 20, 'the check is blind'))

for (const row of ROWS) {
  const [, attack = '', , tried = ''] = row.split('|').map((cell) => cell.trim())
  test(`tried: ${attack}`, () => {
    const files = [...tried.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
    assert.ok(files.length > 0, 'nothing is named')
    for (const file of files) {
      assert.ok(existsSync(join(ROOT, file)), file)
      const text = readFileSync(join(ROOT, file), 'utf8')
      assert.match(text, /\b(?:test|onBothStores)\(|export (?:const|function) \w+/, file)
    }
  })
}
