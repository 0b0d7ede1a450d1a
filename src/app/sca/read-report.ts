/** A report of strong customer authentication, added up by whoever asks: from the records, or from the evidence itself. */
import type { ScaClient } from '../../api/index.ts'
import {
  addCells,
  type RebuiltPage,
  type ScaReport,
  scaReport,
  scaRules,
  type Slice,
  type Tally,
} from '../../sca/index.ts'

export interface ReadingReport {
  readonly signal: AbortSignal
  /** How many records so far, and how much of the period: 0 to 1. */
  readonly progress: (records: number, share: number) => void
}

/** `undefined`: interrupted. @throws GH_SCA_PERIOD */
export async function readScaReport(
  client: Pick<ScaClient, 'period' | 'slice'>,
  name: string,
  reading: ReadingReport,
): Promise<ScaReport | undefined> {
  const frame = await client.period(name)
  const { from: begin, to } = frame.period
  const tally: Tally = new Map()
  let records = 0
  for (let from: number | null = begin; from !== null;) {
    if (reading.signal.aborted) return undefined
    const slice: Slice = await client.slice({ from, to })
    addCells(tally, slice.cells)
    records += slice.records
    from = slice.next
    reading.progress(records, ((from ?? to) - begin) / (to - begin))
  }
  return reportOf(tally, frame)
}

export interface RebuiltReport {
  readonly report: ScaReport
  /** Ids of decisions whose evidence says something else than their record. */
  readonly different: readonly string[]
  readonly otherRules: number
  readonly records: number
}

/** Every decision of the period is decided again. @throws as above */
export async function rebuildScaReport(
  client: Pick<ScaClient, 'period' | 'rebuilt'>,
  name: string,
  reading: ReadingReport,
): Promise<RebuiltReport | undefined> {
  const frame = await client.period(name)
  const { from: begin, to } = frame.period
  const tally: Tally = new Map()
  const different: string[] = []
  let otherRules = 0
  let records = 0
  for (let next: RebuiltPage['next'] = { at: begin, id: '' }; next !== null;) {
    if (reading.signal.aborted) return undefined
    const page: RebuiltPage = await client.rebuilt({ ...next, to })
    addCells(tally, page.cells)
    different.push(...page.different)
    otherRules += page.otherRules
    records += page.records
    next = page.next
    reading.progress(records, ((next?.at ?? to) - begin) / (to - begin))
  }
  return { report: reportOf(tally, frame), different, otherRules, records }
}

function reportOf(
  tally: Tally,
  { entity, jurisdiction, period, timeZone }: Awaited<ReturnType<ScaClient['period']>>,
): ScaReport {
  return scaReport(tally, { entity, period, timeZone, rules: scaRules(jurisdiction) })
}
