/** Each how-to page, followed word by word. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { CATALOG } from '../../src/lib/index.ts'
import { blocksOf, followPage } from './how-to-page.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'how-to')
const pages = globSync(join(FOLDER, '*.md'))

test('there are how-to pages, and each runs something', () => {
  assert.ok(pages.length > 0)
  for (const file of pages)
    assert.ok(
      blocksOf(readFileSync(file, 'utf8')).filter(({ language }) => language === 'sh').length > 2,
      file,
    )
})

for (const file of pages)
  test(`docs/how-to/${basename(file)} does what it says`, async (t) => {
    assert.ok((await followPage(t, file)) > 2)
  })

test('links of the how-to pages lead somewhere', () => {
  let seen = 0
  for (const file of pages)
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)\)/g)) {
      seen++
      assert.ok(existsSync(join(dirname(file), target)), `${basename(file)}: ${target}`)
    }
  assert.ok(seen > 0)
})

test('codes that the how-to pages name are codes that there are', () => {
  let seen = 0
  for (const file of pages)
    for (const [code, , open = ''] of readFileSync(file, 'utf8').matchAll(
      /\bGH(_[A-Z]+)+\b(_…|_)?/g,
    )) {
      if (open !== '') continue // a family of codes, cut short
      seen++
      assert.ok(Object.hasOwn(CATALOG, code), `${basename(file)}: ${code}`)
    }
  assert.ok(seen > 20)
})
