import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { pseudonymKey } from './key-files.ts'

/** Chance that a test can tell: every byte is `fill`. */
const bytesOf = (fill: number) => (count: number) => new Uint8Array(count).fill(fill)
const never = (): never => assert.fail('a key that is there is never made again')

test('`pseudonymKey` makes 32 bytes once, mode 0600, and gives the same ever after', (t) => {
  const dir = temporaryFolder(t)
  const { shared: key } = pseudonymKey(dir, bytesOf(7))
  assert.deepEqual(
    [...key],
    Array.from({ length: 32 }, () => 7),
  )
  assert.equal(statSync(join(dir, 'pseudonym.key')).mode & 0o777, 0o600)
  assert.deepEqual(pseudonymKey(dir, never).shared, Buffer.from(key))
  assert.deepEqual(readdirSync(dir), ['persons.key', 'pseudonym.key'])
})

test('two starts at once agree on one key', (t) => {
  const dir = temporaryFolder(t)
  let other: Uint8Array | undefined
  // The other start makes its key after this one saw that there was none.
  const mine = pseudonymKey(dir, (count) => {
    other ??= pseudonymKey(dir, bytesOf(1)).shared
    return bytesOf(2)(count)
  }).shared
  assert.deepEqual(mine, other)
  assert.deepEqual(
    [...mine],
    Array.from({ length: 32 }, () => 1),
  )
  assert.deepEqual(readdirSync(dir), ['persons.key', 'pseudonym.key'])
})

const wrong = [
  ['nothing', ''],
  ['31 bytes', Buffer.alloc(31, 1).toString('base64url')],
  ['33 bytes', Buffer.alloc(33, 1).toString('base64url')],
  ['a word', 'secret'],
] as const
for (const [name, text] of wrong) {
  test(`\`pseudonymKey\` refuses a file that holds ${name}, leaves it and does not tell it`, (t) => {
    const dir = temporaryFolder(t)
    const file = join(dir, 'pseudonym.key')
    writeFileSync(file, text)
    assert.throws(
      () => pseudonymKey(dir, never),
      (error: unknown) =>
        error instanceof Error &&
        'code' in error &&
        error.code === 'GH_STORE_FAILED' &&
        (text === '' || !error.message.includes(text)),
    )
    assert.equal(readFileSync(file, 'utf8'), text)
  })
}

test('`pseudonymKey` takes a key with a line break behind it, as editors leave one', (t) => {
  const dir = temporaryFolder(t)
  const text = Buffer.alloc(32, 9).toString('base64url')
  writeFileSync(join(dir, 'pseudonym.key'), `${text}\n`)
  assert.deepEqual(
    [...pseudonymKey(dir, bytesOf(1)).shared],
    Array.from({ length: 32 }, () => 9),
  )
})

test('`pseudonymKey` does not make a new key over one that it may not read', (t) => {
  if (process.getuid?.() === 0) return t.skip('root reads everything')
  const dir = temporaryFolder(t)
  pseudonymKey(dir, bytesOf(3))
  chmodSync(join(dir, 'pseudonym.key'), 0)
  assert.throws(() => pseudonymKey(dir, never), { code: 'EACCES' })
})
