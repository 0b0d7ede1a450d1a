/** That the kill switch is on, and that it ended by itself, in words and for the record. */
import type { ObserveAllStatus } from '../api/index.ts'
import type { ControlDesk } from './control-desk.ts'
import type { ObserveAll } from './observe-all.ts'
import { systemScheduler } from './system-ports.ts'

const LOOK_AT_SWITCH_MS = 1_000

/** That the kill switch has ended by itself is for the record too; it ends whether or not that can be written. */
export function watchExpiry(
  observeAll: ObserveAll,
  desk: ControlDesk,
  tellStore: () => Promise<void>,
): () => void {
  return systemScheduler.every(LOOK_AT_SWITCH_MS, () => {
    const over = observeAll.justExpired()
    if (over === undefined) return
    void tellStore()
    void desk.ask(
      'observe-all-end',
      { who: 'gatehouse', reason: 'its time is over', apis: over.apis },
      'gatehouse',
    )
  })
}

export function observeAllRemark(status: ObserveAllStatus | null): readonly string[] {
  if (status === null) return []
  const which = status.apis.length === 0 ? 'every API' : status.apis.join(', ')
  return [
    `observe-all is on for ${which} until ${new Date(status.until).toISOString()} (${status.who}: ${status.reason})`,
  ]
}
