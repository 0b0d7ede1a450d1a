/** Notices of this process in the spool. */
import { randomUUID } from 'node:crypto'
import type { NoticeEvent, Spool } from '../events/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { systemClock } from './system-ports.ts'

export function notice(
  spool: Spool,
  what: NoticeEvent['what'],
  detail: string,
  api: string | null = null,
  code: NoticeEvent['code'] = null,
): void {
  const at = systemClock.now()
  // A notice that cannot be written changes nothing that was promised to a client; the next decision will fail loudly.
  spool.append(
    { v: 1, kind: 'notice', id: randomUUID(), at, what, api, code, detail },
    'buffered',
    () => undefined,
  )
}

/** The plan in force and what is wrong with it, for the record. */
export function tellPlan(spool: Spool, { plan, findings }: CompiledPolicy): void {
  notice(spool, 'plan-activated', plan.digest)
  for (const finding of findings)
    notice(
      spool,
      finding.closes ? 'api-closed' : 'finding',
      finding.text,
      finding.api,
      finding.code,
    )
}
