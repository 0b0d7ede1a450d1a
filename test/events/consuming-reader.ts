/** A process to be killed: appends events, and a consumer handles them; prints `handled ID` before it commits, `committed ID` after. */
import { openSpool } from '../../src/events/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { say } from '../support/say.ts'

const [, , dir = '', prefix = ''] = process.argv
const limits = { maxSegmentBytes: 5000 }
const spool = await openSpool({ dir, scheduler: realScheduler, create: true, limits })
const consumer = await spool.consumer('audit')
setInterval(() => undefined, 1000)
for (let next = 1; ; next++) {
  const id = `${prefix}-${next}`
  await new Promise<void>((resolve) =>
    spool.append(
      { v: 1, kind: 'notice', id, at: 1, what: 'finding', api: null, code: null, detail: 'a test' },
      next % 3 === 0 ? 'strict' : 'buffered',
      () => resolve(),
    ),
  )
  say(`answered ${id}`)
  if (next % 4 !== 0) continue
  const events = await consumer.read(6)
  for (const { event } of events) say(`handled ${event.id}`)
  const last = events.at(-1)
  if (last === undefined) continue
  await consumer.commit(last)
  say(`committed ${last.event.id}`)
}
