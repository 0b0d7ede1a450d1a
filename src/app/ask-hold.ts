/** A hold asked for on the command line: of the instance that runs, else at a desk of our own that writes into the spool itself. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ControlOutcome } from '../api/index.ts'
import { type Hold, readHolds } from '../audit/index.ts'
import type { GatehouseConfig } from '../config/index.ts'
import { type EventSink, openSpool } from '../events/index.ts'
import { GatehouseError, type JsonObject } from '../lib/index.ts'
import { connect } from './connect.ts'
import { controlDesk } from './control-desk.ts'
import { indexFolders } from './event-questions.ts'
import { holdActions } from './hold-actions.ts'
import { createLog } from './log.ts'
import { systemClock, systemScheduler } from './system-ports.ts'

const RECORD_AGAIN_MS = 200

/**
 * The hold as it is now; it is in the spool who asked for it, but where there is no spool yet.
 * @throws GH_AUDIT_HOLD_INVALID, GH_EVENTS_SPOOL_LOCKED (something runs and does not answer), GH_EVENTS_SPOOL_CORRUPT
 */
export async function askForHold(
  { dataDir }: Pick<GatehouseConfig, 'dataDir'>,
  action: 'hold' | 'hold-release',
  asked: JsonObject,
): Promise<Hold> {
  const outcome = await connect({ dataDir })
    .control(action, asked)
    .catch((error: unknown) => {
      if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
      return withoutInstance(dataDir, action, asked)
    })
  if (outcome.code !== null) throw new GatehouseError(outcome.code, outcome.details[0])
  const [id] = (outcome.after ?? outcome.before ?? '').split(' ')
  const hold = readHolds(dataDir).find((one) => one.id === id)
  if (hold === undefined)
    throw new GatehouseError('GH_CLI_INTERNAL', 'the hold that was placed is not there')
  return hold
}

async function withoutInstance(
  dataDir: string,
  action: 'hold' | 'hold-release',
  asked: JsonObject,
): Promise<ControlOutcome> {
  const { spoolDir: dir } = indexFolders(dataDir)
  // Where nothing was ever recorded there is nothing to write into, and nothing yet that a hold could keep.
  const spool = existsSync(dir) ? await openSpool({ dir, scheduler: systemScheduler }) : undefined
  const nowhere: EventSink = { append: (_event, _durability, done) => done(undefined) }
  try {
    const desk = controlDesk({
      actions: holdActions(dataDir, systemClock),
      events: spool ?? nowhere,
      clock: systemClock,
      uuid: randomUUID,
      // The command itself says what became of it.
      log: createLog(
        () => ({ level: 'error', format: 'text' }),
        () => undefined,
        systemClock,
      ),
      pause: () => delay(RECORD_AGAIN_MS),
    })
    return await desk.ask(action, asked, 'command')
  } finally {
    await spool?.close()
  }
}
