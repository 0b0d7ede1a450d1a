/** A process to be killed: appends `PREFIX-1`, `PREFIX-2`, … and prints each id once the spool has answered for it. */
import { openSpool } from '../../src/events/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { say } from '../support/say.ts'

const [, , dir = '', prefix = ''] = process.argv
const limits = { maxSegmentBytes: 20_000 }
const spool = await openSpool({ dir, scheduler: realScheduler, create: true, limits })
let next = 0
function lane(index: number): void {
  const id = `${prefix}-${++next}`
  spool.append(
    { v: 1, kind: 'notice', id, at: 1, what: 'finding', api: null, code: null, detail: 'a test' },
    index % 2 === 0 ? 'strict' : 'buffered',
    (failure) => {
      // Refused, as on a disk that others keep busy: nothing was promised.
      if (failure === undefined) say(id)
      lane(index)
    },
  )
}
for (let index = 0; index < 16; index++) lane(index)
// Timers of the spool keep no process alive.
setInterval(() => undefined, 1000)
