import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { type Disk, nodeDisk, writeAll } from './disk.ts'

const MODES = [true, false]

test('`writeAll` writes everything in order when the disk takes a few bytes at a time', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  const fd = await nodeDisk.open(path, 'wx')
  t.after(() => nodeDisk.close(fd))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(...MODES),
      async (parts, share, blocking) => {
        await nodeDisk.truncate(fd, 0)
        const buffers = parts.map((part) => Buffer.from(part))
        const slow: Disk = {
          ...nodeDisk,
          write: (to, given, position, mode, done) =>
            nodeDisk.write(to, [Buffer.concat(given).subarray(0, share)], position, mode, done),
        }
        const failure = await new Promise((resolve) =>
          writeAll(slow, fd, buffers, 0, blocking, resolve),
        )
        assert.equal(failure, null)
        assert.deepEqual(readFileSync(path), Buffer.concat(buffers))
      },
    ),
    { numRuns: 100 },
  )
})

test('`writeAll` gives up on a disk that takes nothing, and tells what one that fails said', async () => {
  for (const blocking of MODES) {
    const failureOf = (disk: Disk): Promise<Error | null> =>
      new Promise((resolve) => writeAll(disk, 999_999, [Buffer.from('x')], 0, blocking, resolve))
    const full: Disk = { ...nodeDisk, write: (_fd, _buffers, _at, _mode, done) => done(null, 0) }
    assert.match((await failureOf(full))?.message ?? '', /took no byte/)
    assert.match((await failureOf(nodeDisk))?.message ?? '', /EBADF/)
  }
})
