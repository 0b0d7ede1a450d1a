import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { nodeDisk, writeAll } from './disk.ts'

test('`writeAll` writes everything in order when the disk takes a few bytes at a time', (t) => {
  const path = join(temporaryFolder(t), 'file')
  const fd = nodeDisk.open(path, 'wx')
  t.after(() => nodeDisk.close(fd))
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, share) => {
        nodeDisk.truncate(fd, 0)
        const buffers = parts.map((part) => Buffer.from(part))
        const slow = {
          ...nodeDisk,
          write: (to: number, given: readonly Buffer[], position: number): number =>
            nodeDisk.write(to, [Buffer.concat(given).subarray(0, share)], position),
        }
        writeAll(slow, fd, buffers, 0)
        assert.deepEqual(readFileSync(path), Buffer.concat(buffers))
      },
    ),
    { numRuns: 50 },
  )
})

test('`writeAll` gives up on a disk that takes nothing', () => {
  const full = { ...nodeDisk, write: () => 0 }
  assert.throws(() => writeAll(full, -1, [Buffer.from('x')], 0), /took no byte/)
})
