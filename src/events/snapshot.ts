/**
 * A copy of a spool while its writer goes on: everything up to a synced point, and whatever whole records stand behind it. Order: *offsets →
 * (whatever the caller copies between) → watermark → segments*: an offset never points past what was copied, and the watermark never past the
 * segments. What is not known here (proofs of what was deleted, say) is copied as it is.
 */
import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { type SpoolReport, verifySpool } from './verify.ts'

/** Held by the writer, or being made: no part of what is kept. */
const PASSING = /^spool\.lock|\.new$/
const LAST = new Set(['watermark'])

/** How far the consumers have come. To be copied before whatever they have written elsewhere. */
export async function snapshotOffsets(dir: string, to: string): Promise<void> {
  await mkdir(join(to, 'consumers'), { recursive: true, mode: 0o700 })
  const names = await readdir(join(dir, 'consumers')).catch(() => [])
  for (const name of names.filter((one) => !PASSING.test(one)))
    await copy(join(dir, 'consumers', name), join(to, 'consumers', name))
}

/**
 * Copies the rest; the copy verifies. Not yet durable when it resolves.
 * @throws GH_EVENTS_SPOOL_CORRUPT (the place is in the message), GH_EVENTS_SPOOL_MISSING, or what the disk said
 */
export async function snapshotSpool(dir: string, to: string): Promise<SpoolReport> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of LAST) await copy(join(dir, name), join(to, name))
  const names = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && !PASSING.test(entry.name) && !LAST.has(entry.name))
    .map((entry) => entry.name)
    .sort()
  for (const name of names) await copy(join(dir, name), join(to, name))
  const report = await verifySpool(to)
  if (report.damage !== null)
    throw new GatehouseError(
      'GH_EVENTS_SPOOL_CORRUPT',
      `${report.damage.segment}:${report.damage.offset}: ${report.damage.what}`,
    )
  // A record that was just being written: nobody was told that it is kept.
  if (report.torn !== null) await truncate(join(to, report.torn.segment), report.torn.offset)
  return { ...report, torn: null }
}

function copy(from: string, to: string): Promise<void> {
  return copyFile(from, to, constants.COPYFILE_FICLONE)
}
