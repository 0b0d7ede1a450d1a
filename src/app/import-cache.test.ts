import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { diskImportCache } from './import-cache.ts'

const keyOf = (digit: number): string => `1-${String(digit % 10).repeat(64)}`
const [KEY, OTHER] = [keyOf(1), keyOf(2)]

function folder(t: TestContext): { readonly dir: string; readonly entries: string } {
  const dir = temporaryFolder(t)
  return { dir, entries: join(dir, 'imports') }
}

test('diskImportCache gives back what it kept, in files that are their owner’s alone', (t) => {
  const { dir, entries } = folder(t)
  const text = '{"a":"é😀\\ud800"}\n'
  diskImportCache(dir).keep(KEY, text)
  assert.equal(diskImportCache(dir).read(KEY), text)
  assert.equal(diskImportCache(dir).read(OTHER), undefined)
  assert.equal(statSync(entries).mode & 0o777, 0o700)
  for (const name of readdirSync(entries))
    assert.equal(statSync(join(entries, name)).mode & 0o777, 0o600, name)
})

test('diskImportCache makes no data directory unless it is asked to', (t) => {
  const dir = join(folder(t).dir, 'none')
  diskImportCache(dir).keep(KEY, 'x')
  assert.equal(diskImportCache(dir).read(KEY), undefined)
  assert.throws(() => statSync(dir))
  diskImportCache(dir, { create: true }).keep(KEY, 'x')
  assert.equal(diskImportCache(dir).read(KEY), 'x')
})

test('diskImportCache trusts no entry of which a byte was changed, and replaces it', (t) => {
  const { dir, entries } = folder(t)
  const cache = diskImportCache(dir)
  cache.keep(KEY, '{"operations":[]}')
  const whole = readFileSync(join(entries, KEY))
  for (let at = 0; at < whole.length; at++) {
    // The line end between seal and content carries nothing.
    if (at === 64) continue
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(join(entries, KEY), changed)
    assert.equal(cache.read(KEY), undefined, `byte ${at}`)
  }
  cache.keep(KEY, 'new')
  assert.equal(cache.read(KEY), 'new')
})

test('diskImportCache trusts no entry that was cut, emptied, renamed or is a folder', (t) => {
  const { dir, entries } = folder(t)
  const cache = diskImportCache(dir)
  cache.keep(KEY, 'content')
  const whole = readFileSync(join(entries, KEY))
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(join(entries, KEY), whole.subarray(0, length))
    assert.equal(cache.read(KEY), undefined, `${length} bytes`)
  }
  writeFileSync(join(entries, OTHER), whole)
  assert.equal(cache.read(OTHER), undefined, 'another name')
  mkdirSync(join(entries, keyOf(3)))
  assert.equal(cache.read(keyOf(3)), undefined)
})

test('diskImportCache trusts no entry of another installation, or under a key that is not whole', (t) => {
  const [mine, theirs] = [folder(t), folder(t)]
  diskImportCache(mine.dir).keep(KEY, 'mine')
  diskImportCache(theirs.dir).keep(KEY, 'theirs')
  writeFileSync(join(mine.entries, KEY), readFileSync(join(theirs.entries, KEY)))
  assert.equal(diskImportCache(mine.dir).read(KEY), undefined)
  writeFileSync(join(mine.entries, 'seal.key'), 'short')
  assert.equal(diskImportCache(mine.dir).read(KEY), undefined)
  diskImportCache(mine.dir).keep(KEY, 'again')
  assert.equal(diskImportCache(mine.dir).read(KEY), 'again')
})

test('diskImportCache keeps as many entries as its bound says, the last used', (t) => {
  const { dir, entries } = folder(t)
  const cache = diskImportCache(dir, { maxEntries: 2 })
  cache.keep(keyOf(1), 'one')
  cache.keep(keyOf(2), 'two')
  const old = new Date(Date.now() - 60_000)
  for (const key of [keyOf(1), keyOf(2)]) utimesSync(join(entries, key), old, old)
  assert.equal(cache.read(keyOf(1)), 'one')
  cache.keep(keyOf(3), 'three')
  assert.deepEqual(
    [1, 2, 3].map((n) => cache.read(keyOf(n))),
    ['one', undefined, 'three'],
  )
})

test('diskImportCache keeps as many bytes as its bound says, and nothing larger', (t) => {
  const { dir, entries } = folder(t)
  const sealed = 65
  const cache = diskImportCache(dir, { maxBytes: 2 * sealed + 20 })
  cache.keep(keyOf(1), 'x'.repeat(10))
  const old = new Date(Date.now() - 60_000)
  utimesSync(join(entries, keyOf(1)), old, old)
  cache.keep(keyOf(2), 'x'.repeat(10))
  assert.notEqual(cache.read(keyOf(1)), undefined, 'exactly full')
  for (const key of [keyOf(1), keyOf(2)]) utimesSync(join(entries, key), old, old)
  cache.keep(keyOf(3), 'x'.repeat(11))
  assert.deepEqual(
    [1, 2, 3].map((n) => cache.read(keyOf(n))?.length),
    [undefined, undefined, 11],
    'one byte more',
  )
  cache.keep(keyOf(4), 'x'.repeat(2 * sealed + 20))
  assert.equal(cache.read(keyOf(4)), undefined)
})

test('diskImportCache clears away what a process left that died while it wrote', (t) => {
  const { dir, entries } = folder(t)
  diskImportCache(dir).keep(KEY, 'x')
  writeFileSync(join(entries, `${OTHER}.999999.part`), 'half')
  diskImportCache(dir).keep(KEY, 'y')
  assert.deepEqual(readdirSync(entries).sort(), [KEY, 'seal.key'])
})

test('diskImportCache misses, and breaks nothing, where it cannot write', (t) => {
  const { dir, entries } = folder(t)
  writeFileSync(entries, 'a file where the folder should be')
  diskImportCache(dir).keep(KEY, 'x')
  assert.equal(diskImportCache(dir).read(KEY), undefined)
})
