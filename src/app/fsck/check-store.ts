import { GatehouseError } from '../../lib/index.ts'
import { verifyStore } from '../verify-store.ts'
import type { CheckParts, CheckResult } from './check.ts'

const MEND =
  'Restore the store from a backup; what it holds of traffic is derived again from events.'

/** Pages, references and schema of the store, embedded or not. */
export async function checkStore({ config }: CheckParts): Promise<CheckResult> {
  const nothing = (why: string): CheckResult => ({
    name: 'store',
    looked: 'nothing',
    findings: [],
    skipped: [why],
  })
  try {
    const { findings, tables } = await verifyStore(config)
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    return {
      name: 'store',
      looked: `every page; ${rows} rows in ${tables.length} tables`,
      findings: findings.map(({ code, where, what }) => ({
        place: where,
        what: `${code} ${what}`,
        mend: MEND,
      })),
      skipped: [],
    }
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    if (error.code === 'GH_STORE_MISSING') return nothing('there is no store yet')
    if (error.code === 'GH_STORE_UNAVAILABLE') return nothing('the database server does not answer')
    throw error
  }
}
