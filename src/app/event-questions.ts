/** `events query`: the question as it was written → the answer of an index. */
import { join } from 'node:path'
import type { EventAnswer, EventQuestion } from '../api/index.ts'
import {
  type EventFilter,
  parseCursor,
  parseGrouping,
  parseOutcome,
  parseTime,
  type ReadIndex,
} from '../audit/index.ts'
import type { Pseudonym } from '../gateway/core/index.ts'
import { GatehouseError } from '../lib/index.ts'

/** Without a position or a beginning, the last day is meant. */
const DEFAULT_WINDOW_MS = 86_400_000
/** An event may be dated a little ahead of the clock that asks. */
const AHEAD_MS = 60_000
export const DEFAULT_PAGE = 100
/** Stands for somebody whose key was destroyed: no event is theirs any more. */
const NOBODY = 'hmac:'

/** The index of a data directory, and the spool that it is of. */
export function indexFolders(dataDir: string): { readonly dir: string; readonly spoolDir: string } {
  return { dir: join(dataDir, 'index'), spoolDir: join(dataDir, 'spool') }
}

/**
 * A question in which times are instants: `2h` means the asker's now, wherever it is answered.
 * @throws GH_AUDIT_TIME_INVALID, GH_AUDIT_QUERY_INVALID
 */
export function settleQuestion(question: EventQuestion, now: number): EventQuestion {
  const after = question.after === undefined ? undefined : parseCursor(question.after)
  if (question.outcome !== undefined) parseOutcome(question.outcome)
  if (question.by !== undefined) parseGrouping(question.by)
  const since =
    question.since === undefined
      ? (after?.at ?? now - DEFAULT_WINDOW_MS)
      : parseTime(question.since, now)
  const until = question.until === undefined ? now + AHEAD_MS : parseTime(question.until, now)
  if (until <= since)
    throw new GatehouseError('GH_AUDIT_QUERY_INVALID', 'until: it must be later than since')
  return {
    ...question,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
  }
}

/** @throws as `settleQuestion`, and GH_AUDIT_INDEX_NOT_READY, GH_AUDIT_QUERY_TOO_WIDE */
export async function answerQuestion(
  index: ReadIndex,
  asked: EventQuestion,
  now: number,
  pseudonym: Pseudonym,
): Promise<EventAnswer> {
  const question = settleQuestion(asked, now)
  const { since = '', until = '', subject, consent } = question
  const filter: EventFilter = {
    ...question,
    outcome: question.outcome === undefined ? undefined : parseOutcome(question.outcome),
    subject: subject === undefined ? undefined : (pseudonym('subject', subject) ?? NOBODY),
    consent: consent === undefined ? undefined : (pseudonym('consent', consent) ?? NOBODY),
    since: Date.parse(since),
    until: Date.parse(until),
  }
  const window = { since, until }
  if (question.by !== undefined) {
    const by = parseGrouping(question.by)
    const groups = await index.group({ ...filter, by })
    return { kind: 'groups', by, groups, window, index: index.progress }
  }
  if (question.count === true) {
    const count = await index.count(filter)
    return { kind: 'count', count, window, index: index.progress }
  }
  const page = await index.list({
    ...filter,
    limit: question.limit ?? DEFAULT_PAGE,
    after: question.after === undefined ? undefined : parseCursor(question.after),
  })
  return { kind: 'page', ...page, window, index: index.progress }
}
