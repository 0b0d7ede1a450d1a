import { join } from 'node:path'
import { type SpoolDamage, verifySpool } from '../../events/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import type { CheckParts, CheckResult, Finding } from './check.ts'

const KEEP = 'Keep the folder as evidence; compare with a backup or with a copy of the chain head.'
const AGAIN = 'Delete the file: that consumer begins again at the first event, and loses nothing.'

/** The whole chain, its proofs of deletion, its watermark and the consumers' offsets. */
export async function checkSpool({ config, progress }: CheckParts): Promise<CheckResult> {
  const dir = join(config.dataDir, 'spool')
  try {
    const report = await verifySpool(dir, { progress })
    const { damage, offsets, torn, records, segments, deletedTo, head } = report
    const deleted = deletedTo === 0 ? '' : `; ${deletedTo} earlier ones were deleted with proof`
    return {
      name: 'spool',
      looked: `${records} events in ${segments} segments${deleted}; head ${head}`,
      findings: [
        ...(damage === null ? [] : [finding(damage, KEEP)]),
        ...offsets.map((offset) => finding(offset, AGAIN)),
      ],
      skipped:
        torn === null
          ? []
          : [`${torn.segment}:${torn.offset}: a record that is being written, or that a crash cut`],
    }
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    if (error.code === 'GH_EVENTS_SPOOL_MISSING')
      return { name: 'spool', looked: 'nothing', findings: [], skipped: ['there is no spool yet'] }
    if (error.code !== 'GH_EVENTS_SPOOL_CORRUPT') throw error
    const place = { place: 'spool.json:0', what: error.message, mend: KEEP }
    return {
      name: 'spool',
      looked: 'the marker file',
      findings: [place],
      skipped: ['the segments'],
    }
  }
}

function finding({ segment, offset, what, seq }: SpoolDamage, mend: string): Finding {
  return { place: `${segment}:${offset}`, what: `${what} (event ${seq})`, mend }
}
