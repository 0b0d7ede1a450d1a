/** How long ago the installation was last copied whole. */
import { existsSync } from 'node:fs'
import { lastBackup } from '../backup/last-backup.ts'
import { indexFolders } from '../event-questions.ts'
import { DAY_MS } from '../retention.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'

/** What a disk takes with it is a week of evidence at most. */
export const MAX_BACKUP_AGE_MS = 7 * DAY_MS
const MEND =
  'gatehouse backup FOLDER --keys FILE, regularly. If something else copies the data directory, restore such a copy once to be sure.'

export function backup({ assembly, now }: DoctorParts): Diagnosis {
  const { dataDir } = assembly.config
  const last = lastBackup(dataDir)
  if (last === undefined)
    return existsSync(indexFolders(dataDir).spoolDir)
      ? ailing('backup', 'warn', 'gatehouse backup was never used here', MEND)
      : healthy('backup', 'there is nothing to copy yet')
  const age = now() - last.at
  const hours = Math.max(0, Math.round(age / 3_600_000))
  const keys = last.keys
    ? 'with its keys apart'
    : 'without keys, which are needed to find anybody in it'
  const evidence = `${hours} h ago, to ${last.to}, ${keys}`
  return age <= MAX_BACKUP_AGE_MS && last.keys
    ? healthy('backup', evidence)
    : ailing('backup', 'warn', evidence, MEND)
}
