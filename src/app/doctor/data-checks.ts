/** What is recorded: the spool's end, the index, retention, the feed. */
import { existsSync } from 'node:fs'
import { inForce, readEventIndex, readHolds } from '../../audit/index.ts'
import { openSyncedSpool, type StoredEvent, type SyncedSpool } from '../../events/index.ts'
import { formatDiagnostic, GatehouseError } from '../../lib/index.ts'
import { feedMistakes } from '../feed-files.ts'
import { indexFolders } from '../event-questions.ts'
import { DAY_MS } from '../retention.ts'
import { retentionReport } from '../retention-report.ts'
import { ailing, type Diagnosis, type DoctorParts, healthy } from './diagnosis.ts'
import { skew } from './machine-checks.ts'

const MAX_LAG_EVENTS = 100_000
const MAX_FEED_AGE_MS = 60_000
/** So many of the newest records are read and judged. */
const TAIL = 1000

export async function spool(parts: DoctorParts): Promise<Diagnosis> {
  const opened = await openOrNone(parts)
  if (opened === undefined) return healthy('spool', 'nothing was recorded yet')
  const { beginning, end } = opened
  let read = 0
  await opened.read(await opened.before(end.seq - TAIL + 1), () => void read++)
  return healthy(
    'spool',
    `events ${beginning.seq + 1} to ${end.seq}; the chain of the last ${read} holds`,
  )
}

export async function clockSkew(parts: DoctorParts): Promise<Diagnosis> {
  const opened = await openOrNone(parts)
  let last: number | null = null
  if (opened !== undefined && opened.end.seq > opened.beginning.seq)
    await opened.read(await opened.before(opened.end.seq), (_at, payload) => {
      // sound: the chain was just verified, and only the spool writes payloads
      last = (JSON.parse(payload.toString('utf8')) as StoredEvent['event']).at
    })
  return skew(last, parts.now())
}

export async function index(parts: DoctorParts): Promise<Diagnosis> {
  if ((await openOrNone(parts)) === undefined) return healthy('event index', 'not needed yet')
  const opened = await readEventIndex(indexFolders(parts.assembly.config.dataDir))
  await opened.close()
  const { indexedSeq, spoolSeq } = opened.progress
  const behind = spoolSeq - indexedSeq
  const evidence = `${behind} events behind the spool`
  return behind <= MAX_LAG_EVENTS
    ? healthy('event index', evidence)
    : ailing('event index', 'warn', evidence, 'Let it catch up, or: gatehouse events reindex')
}

export async function retention({ assembly, now }: DoctorParts): Promise<Diagnosis> {
  const { config } = assembly
  const holds = readHolds(config.dataDir).filter((hold) => inForce(hold, now()))
  if (holds.length > 0) {
    const names = holds.map(({ id, reason }) => `${id} (${reason})`).join(', ')
    const mend = 'gatehouse retention release HOLD when the reason has gone.'
    return ailing('retention', 'warn', `nothing is deleted: ${names}`, mend)
  }
  // A day late is a job that does not run.
  const report = await retentionReport(config, now() - DAY_MS)
  const late = report.events?.wouldGo.length ?? 0
  if (late === 0)
    return healthy('retention', `events ${config.retention.events} days; none is overdue`)
  const evidence = `${late} segments should have gone a day ago`
  return ailing(
    'retention',
    'warn',
    evidence,
    'A running instance deletes them; see gatehouse retention.',
  )
}

export async function feed({ assembly, running }: DoctorParts): Promise<Diagnosis> {
  const mistakes = (await feedMistakes(assembly.config)).map(formatDiagnostic)
  if (mistakes.length > 0)
    return ailing(
      'feed',
      'fail',
      `${mistakes.length} mistakes: ${mistakes.slice(0, 3).join('; ')}`,
      'Mend the files: what cannot be read does not count.',
    )
  if (running === undefined) return healthy('feed', 'its files are read without mistakes')
  const evidence = `last heard of ${Math.round(running.feed.ageMs)} ms ago`
  return running.feed.ageMs <= MAX_FEED_AGE_MS
    ? healthy('feed', evidence)
    : ailing('feed', 'fail', evidence, 'The feed is not read: payments are refused until it is.')
}

async function openOrNone({ assembly }: DoctorParts): Promise<SyncedSpool | undefined> {
  const { spoolDir } = indexFolders(assembly.config.dataDir)
  if (!existsSync(spoolDir)) return undefined
  try {
    return await openSyncedSpool(spoolDir)
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'GH_EVENTS_SPOOL_MISSING')
      return undefined
    throw error
  }
}
