/** `events query`: the question as it was written → the answer of a running instance's index, or of the files when nothing runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EventAnswer, EventQuestion } from '../api/index.ts'
import {
  type EventFilter,
  parseCursor,
  parseGrouping,
  parseOutcome,
  parseTime,
  readEventIndex,
  type ReadIndex,
} from '../audit/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { createPseudonym, type Pseudonym } from '../gateway/core/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { connect } from './connect.ts'
import { pseudonymKey } from './persons/key-files.ts'
import { systemClock } from './system-ports.ts'
import { INDEX_WAIT_MS, whenIndexed } from './wait-for-index.ts'

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

/**
 * A running instance that still makes its index is waited for, up to a limit.
 * @throws GH_AUDIT_INDEX_MISSING (nothing runs, and there are no files to ask), GH_AUDIT_INDEX_NOT_READY, and the reason of `signal`
 */
export async function askEvents(
  config: Pick<GatehouseConfig, 'dataDir'>,
  asked: EventQuestion,
  now: number,
  wait: {
    readonly signal: AbortSignal
    /** Events that the index has, of all. */
    readonly waiting: (done: number, total: number) => void
  },
): Promise<EventAnswer & { readonly live: boolean }> {
  const question = settleQuestion(asked, now)
  try {
    const instance = connect(config)
    const answer = await whenIndexed(() => instance.queryEvents(question), {
      signal: wait.signal,
      limitMs: INDEX_WAIT_MS,
      now: () => systemClock.monotonic(),
      async waiting() {
        const { lastSeq, indexedSeq } = (await instance.status()).events
        wait.waiting(indexedSeq ?? 0, lastSeq)
      },
    })
    return { ...answer, live: true }
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
  }
  const index = await readEventIndex(indexFolders(config.dataDir))
  try {
    const pseudonym = keyOf(config.dataDir)
    return { ...(await answerQuestion(index, question, now, pseudonym)), live: false }
  } finally {
    await index.close()
  }
}

/** Asking must not make a key: what was destroyed stays so. */
function keyOf(dataDir: string): Pseudonym {
  const absent = (): never => {
    throw new GatehouseError(
      'GH_AUDIT_QUERY_INVALID',
      'subject, consent: the keys of their hashes are not there any more',
    )
  }
  const whole = KEY_FILES.every((name) => existsSync(join(dataDir, name)))
  if (!whole) return absent
  const key = pseudonymKey(dataDir, absent)
  return createPseudonym(() => key)
}

const KEY_FILES = ['pseudonym.key', 'persons.key']
