import { existsSync } from 'node:fs'
import { listRecords } from '../../feed/index.ts'
import type { CheckParts, CheckResult } from './check.ts'

/** Every file of clients, consents and revocations, each mistake with line and column. */
export async function checkFeed({ config }: CheckParts): Promise<CheckResult> {
  const { feedDir } = config
  if (!existsSync(feedDir))
    return { name: 'feed', looked: 'nothing', findings: [], skipped: [`${feedDir} is not there`] }
  const { records, diagnostics } = await listRecords(feedDir)
  return {
    name: 'feed',
    looked: `${records.length} records`,
    findings: diagnostics.map(({ place, message, code }) => ({
      place: `${place.file}:${place.line}:${place.column}`,
      what: `${code} ${message}`,
      mend: null,
    })),
    skipped: [],
  }
}
