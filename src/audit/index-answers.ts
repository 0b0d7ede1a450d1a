/** Answers of an open event index: places from the index, the events themselves from the spool. */
import type { StoredEvent, SyncedSpool } from '../events/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { Rows, ThreadStore } from '../store/index.ts'
import {
  type EventFilter,
  type Grouping,
  type ListQuestion,
  MAX_GROUP_ROWS,
  MAX_PAGE,
} from './event-question.ts'
import { cursorText } from './event-question.ts'
import { PARTITION_STEP } from './event-tables.ts'
import { type EventGroup, groupEvents } from './group-events.ts'
import { storable } from './index-row.ts'
import { countUnit, groupUnit, listUnit, locateUnit } from './query-units.ts'

/** How far the index is behind the spool. */
export interface IndexProgress {
  /** Last event that the index holds. */
  readonly indexedSeq: number
  /** Last event that the spool holds for good. */
  readonly spoolSeq: number
  /** False while it is filled for the first time: nothing can be asked. */
  readonly ready: boolean
}

export interface EventPage {
  readonly events: readonly StoredEvent[]
  /** Asks for what comes after; `null`: nothing did. */
  readonly next: string | null
  /** Events that the index names and the spool no longer gives: deleted by retention since, or damaged. */
  readonly unreadable: number
}

type ReadableSpool = Pick<SyncedSpool, 'partition' | 'readAt'>

/** @throws GH_AUDIT_QUERY_INVALID, GH_AUDIT_INDEX_NOT_READY (it named a wrong place, so it is not to be trusted) */
export async function listEvents(
  store: ThreadStore,
  spool: ReadableSpool,
  question: ListQuestion,
): Promise<EventPage> {
  checkFilter(question)
  const { limit } = question
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', `limit: 1 to ${MAX_PAGE}`)
  const rows = store.run(listUnit, question)
  const page = rows.slice(0, limit)
  const events: StoredEvent[] = []
  let unreadable = 0
  for (const row of page) {
    const event = await readRow(spool, row)
    if (event === undefined) unreadable++
    else events.push(event)
  }
  const last = page.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    events,
    next: more ? cursorText({ at: Number(last['at']), n: Number(last['n']) }) : null,
    unreadable,
  }
}

export function countEvents(store: ThreadStore, filter: EventFilter): number {
  checkFilter(filter)
  return store.run(countUnit, filter)
}

/** @throws GH_AUDIT_QUERY_TOO_WIDE */
export function eventGroups(
  store: ThreadStore,
  question: EventFilter & { readonly by: Grouping },
): readonly EventGroup[] {
  checkFilter(question)
  const rows = store.run(groupUnit, question)
  if (rows === undefined)
    throw new GatehouseError('GH_AUDIT_QUERY_TOO_WIDE', `more than ${MAX_GROUP_ROWS} lines`)
  return groupEvents(rows)
}

/** `undefined`: the index knows no such event, which proves nothing while it lags. */
export async function findIndexed(
  store: ThreadStore,
  spool: ReadableSpool,
  id: string,
): Promise<StoredEvent | undefined> {
  for (const row of store.run(locateUnit, id)) {
    const event = await readRow(spool, row)
    if (event !== undefined) return event
  }
  return undefined
}

async function readRow(spool: ReadableSpool, row: Rows[number]): Promise<StoredEvent | undefined> {
  const number = Number(row['n'])
  // One spool is one partition; a row of another is none of ours to read.
  if (Math.floor(number / PARTITION_STEP) !== spool.partition) return undefined
  const place = { ordinal: Number(row['ordinal']), start: Number(row['start']) }
  const found = await spool.readAt(number % PARTITION_STEP, place)
  if (found !== undefined && storable(found.event.id) !== row['id'])
    throw new GatehouseError('GH_AUDIT_INDEX_NOT_READY', 'it names a place of another event')
  return found
}

function checkFilter({ since, until }: EventFilter): void {
  if (!Number.isSafeInteger(since) || !Number.isSafeInteger(until))
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', 'since, until: milliseconds')
  if (since >= until)
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', 'until: it must be later than since')
}
