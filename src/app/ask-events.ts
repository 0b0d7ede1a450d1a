/** `events query`: the answer of a running instance's index, or of the files when nothing runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EventAnswer, EventQuestion } from '../api/index.ts'
import { readEventIndex } from '../audit/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { createPseudonym, type Pseudonym } from '../gateway/core/index.ts'
import { GatehouseError } from '../lib/index.ts'
import { connect } from './connect.ts'
import { answerQuestion, indexFolders, settleQuestion } from './event-questions.ts'
import { pseudonymKey } from './persons/key-files.ts'
import { systemClock } from './system-ports.ts'
import { INDEX_WAIT_MS, whenIndexed } from './wait-for-index.ts'

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
