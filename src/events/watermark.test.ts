import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { genesisHash } from './segment-format.ts'
import { encodeWatermark, readWatermark, watermarkPath } from './watermark.ts'

const MARK = { seq: 2 ** 40 + 3, ordinal: 4_000_000_000, offset: 67_108_900, hash: genesisHash(5) }

test('`readWatermark` gives back what `encodeWatermark` wrote, in 64 bytes', async (t) => {
  const dir = temporaryFolder(t)
  const bytes = encodeWatermark(MARK)
  assert.equal(bytes.length, 64)
  writeFileSync(watermarkPath(dir), bytes)
  assert.deepEqual(await readWatermark(dir), MARK)
})

test('`readWatermark` believes no file that is missing, cut, longer or of which one bit differs', async (t) => {
  const dir = temporaryFolder(t)
  assert.equal(await readWatermark(dir), undefined)
  const bytes = encodeWatermark(MARK)
  for (const wrong of [bytes.subarray(0, 63), Buffer.concat([bytes, bytes]), Buffer.alloc(64)]) {
    writeFileSync(watermarkPath(dir), wrong)
    assert.equal(await readWatermark(dir), undefined)
  }
  for (let bit = 0; bit < 512; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    writeFileSync(watermarkPath(dir), flipped)
    assert.equal(await readWatermark(dir), undefined, `bit ${bit}`)
  }
})
