/** Writes and deletes at once until it is killed; says each sequence number that was answered. */
import { openSpool } from '../../src/events/index.ts'
import { FakeClock } from '../support/fake-clock.ts'

const [dir = '', round = ''] = process.argv.slice(2)
const spool = await openSpool({
  dir,
  create: true,
  scheduler: new FakeClock(),
  limits: { maxSegmentBytes: 700 },
})
for (let i = 0; ; i++) {
  const at = spool.lastSeq + 1
  await new Promise<void>((resolve, reject) =>
    spool.append(
      {
        v: 1,
        kind: 'notice',
        id: `r${round}-${i}`,
        at,
        what: 'finding',
        api: null,
        code: null,
        detail: 'written while deleting',
      },
      'strict',
      (failure) => (failure === undefined ? resolve() : reject(failure)),
    ),
  )
  process.send?.(at)
  if (i % 9 !== 8) continue
  const { segments } = await spool.retirable(at - 10, new Map())
  if (segments.length > 0)
    await spool.retire(segments, { id: `d${round}-${i}`, at, policy: 'a test', by: 'a test' })
}
