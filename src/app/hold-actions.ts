/** Placing a hold and ending one, as changes at the control desk: who asked and why is in the spool before the hold counts. */
import { type Hold, keepHold, newHold, releasedHold } from '../audit/index.ts'
import type { Clock } from '../lib/index.ts'
import type { Action } from './control-desk.ts'

export function holdActions(
  dataDir: string,
  clock: Clock,
): Readonly<Record<'hold' | 'hold-release', Action>> {
  const keep = (hold: Hold) => (): Promise<readonly string[]> => {
    keepHold(dataDir, hold)
    return Promise.resolve([])
  }
  return {
    hold({ who, reason, until }) {
      const given = { until: until ?? Number.NaN, reason: reason ?? '', by: who }
      const hold = newHold(given, clock.now())
      return {
        outcome: 'done',
        before: null,
        after: shown(hold),
        details: [],
        commit: keep(hold),
      }
    },
    'hold-release'({ who, reason, hold: id }) {
      const given = { by: who, reason: reason ?? '' }
      const hold = releasedHold(dataDir, id ?? '', given, clock.now())
      return { outcome: 'done', before: shown(hold), after: null, details: [], commit: keep(hold) }
    },
  }
}

function shown({ id, until }: Hold): string {
  return `${id} until ${Number.isFinite(until) ? new Date(until).toISOString() : 'for ever'}`
}
