import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { verifyEventIndex } from '../../audit/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { indexFolders } from '../event-questions.ts'
import type { CheckParts, CheckResult } from './check.ts'

const MEND = 'Make it again: gatehouse events reindex (a running instance does so by itself).'

/** The database file, its place in the chain, and rows against the records that they name. Derived: nothing is lost with it. */
export async function checkIndex({ config, progress }: CheckParts): Promise<CheckResult> {
  const folders = indexFolders(config.dataDir)
  const nothing = (why: string): CheckResult => ({
    name: 'index',
    looked: 'nothing',
    findings: [],
    skipped: [why],
  })
  if (!existsSync(join(folders.dir, 'gatehouse.db'))) return nothing('there is no index yet')
  try {
    const { rows, compared, damage } = await verifyEventIndex(folders, progress)
    return {
      name: 'index',
      looked: `${rows} rows, ${compared} of them against their record`,
      findings: damage.map(({ where, what }) => ({ place: where, what, mend: MEND })),
      skipped: [],
    }
  } catch (error) {
    if (!(error instanceof GatehouseError) || !error.code.startsWith('GH_EVENTS_')) throw error
    return nothing('the spool that it is of cannot be read; see there')
  }
}
