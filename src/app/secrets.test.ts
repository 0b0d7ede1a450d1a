import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { readSecret } from './secrets.ts'

const WRONG = { code: 'GH_CONFIG_SECRET_REFERENCE' }

test('`readSecret` reads a variable and a file, without the line end that an editor leaves', (t) => {
  const file = join(temporaryFolder(t), 'url')
  writeFileSync(file, ' postgres://a:b@c/d\n')
  assert.equal(readSecret({ file }), 'postgres://a:b@c/d')
  assert.equal(readSecret({ env: 'X' }, { X: 'value\n' }), 'value')
})

test('`readSecret` refuses what is not there, is empty or too long, and never tells what it read', (t) => {
  const dir = temporaryFolder(t)
  const long = join(dir, 'long')
  writeFileSync(long, 'hunter2'.repeat(10_000))
  const empty = join(dir, 'empty')
  writeFileSync(empty, ' \n')
  for (const ref of [{ file: join(dir, 'gone') }, { file: empty }, { file: long }, { file: dir }])
    assert.throws(
      () => readSecret(ref),
      (error: unknown) => {
        assert.equal((error as { code?: unknown }).code, WRONG.code)
        assert.doesNotMatch(String(error), /hunter2/)
        return true
      },
    )
  assert.throws(() => readSecret({ env: 'X' }, {}), WRONG)
  assert.throws(() => readSecret({ env: 'X' }, { X: ' ' }), WRONG)
})
