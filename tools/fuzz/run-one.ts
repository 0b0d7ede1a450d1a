/** One suite in a process of its own: told what to do by its arguments, tells its parent how far it is and how it ended. */
import { SUITES } from '../../test/fuzz/suites.ts'
import { runSuite } from '../../test/fuzz/suite.ts'

const [, , name, cases, seed] = process.argv
const suite = SUITES.find((one) => one.name === name)
if (suite === undefined) throw new TypeError(`no suite ${name}`)
const stop = new AbortController()
process.on('message', () => stop.abort())
// The terminal sends Ctrl-C to every process of its group: the parent says when to end.
process.on('SIGINT', () => undefined)
const outcome = await runSuite(suite, {
  cases: Number(cases),
  seed: Number(seed),
  signal: stop.signal,
  progress: (done) => process.send?.({ done }),
})
process.send?.({ outcome })
process.disconnect?.()
