/**
 * `npm run fuzz`: every suite of `test/fuzz`, a million cases each, in as many processes as there are processors. An input that fails is
 * shrunk and kept in `test/fuzz/corpus/`, where every `npm test` tries it again. Ctrl-C ends it at once and says how far it came.
 *
 * Exit codes: 0 all hold, 1 something failed, 4 wrong arguments, 130 interrupted.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { keep } from '../../test/fuzz/corpus.ts'
import type { Outcome } from '../../test/fuzz/suite.ts'
import { SUITES } from '../../test/fuzz/suites.ts'
import { fuzzOptions, USAGE } from './options.ts'

const ONE = join(import.meta.dirname, 'run-one.ts')
const SHOW_EVERY_MS = 1_000

interface Result {
  readonly suite: string
  readonly cases: number
  readonly casesPerSecond: number
  /** Where the failing input is kept. */
  readonly failure: string | null
  readonly ended: 'done' | 'failed' | 'stopped' | 'crashed'
}

const say = (text: string): void => void process.stderr.write(text)
const names = SUITES.map(({ name }) => name)
const options = fuzzOptions(process.argv.slice(2), process.env, Date.now(), names)
if (typeof options === 'string') {
  say(`${options}\n${USAGE}\n`)
  process.exit(4)
}
const { only, runs, seed, processes, json } = options
const waiting = [...only]
const running = new Map<string, { readonly child: ChildProcess; done: number }>()
const results: Result[] = []
const draws = process.stderr.isTTY && !json
let stopping = false

function stop(): void {
  if (stopping) {
    // The second Ctrl-C waits for nothing.
    for (const { child } of running.values()) child.kill('SIGKILL')
    process.exit(130)
  }
  stopping = true
  waiting.length = 0
  for (const { child } of running.values()) if (child.connected) child.send('stop')
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

async function lane(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await one(name)
}

function one(name: string): Promise<void> {
  const started = performance.now()
  const child = fork(ONE, [name, String(runs), String(seed)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const state = { child, done: 0 }
  running.set(name, state)
  let outcome: Outcome | undefined
  child.on('message', (message: { readonly done?: number; readonly outcome?: Outcome }) => {
    state.done = message.done ?? state.done
    outcome = message.outcome ?? outcome
  })
  return new Promise((resolve) =>
    child.on('close', () => {
      running.delete(name)
      const cases = outcome?.cases ?? state.done
      const seconds = (outcome?.ms ?? performance.now() - started) / 1000
      const failure = outcome?.failure === undefined ? null : keep(name, outcome.failure)
      const ended =
        outcome === undefined
          ? 'crashed'
          : failure !== null
            ? 'failed'
            : cases < runs
              ? 'stopped'
              : 'done'
      results.push({
        suite: name,
        cases,
        casesPerSecond: Math.round(cases / seconds),
        failure,
        ended,
      })
      clear()
      say(
        `${ended.padEnd(8)} ${name.padEnd(16)} ${cases} cases, ${Math.round(cases / seconds)}/s\n`,
      )
      if (outcome?.failure !== undefined)
        say(
          `  seed ${outcome.failure.seed}, kept as ${failure}\n  ${outcome.failure.error.split('\n').slice(0, 3).join('\n  ')}\n`,
        )
      resolve()
    }),
  )
}

function clear(): void {
  if (draws) say('\r\u001b[2K')
}

const show = setInterval(() => {
  if (!draws) return
  const parts = [...running].map(
    ([name, { done }]) => `${name} ${Math.floor((done / runs) * 100)} %`,
  )
  clear()
  say(parts.join('  ').slice(0, (process.stderr.columns ?? 80) - 1))
}, SHOW_EVERY_MS)

say(`seed ${seed}, ${runs} cases of each of ${only.length} suites, ${processes} at a time\n`)
await Promise.all(Array.from({ length: processes }, lane))
clearInterval(show)
clear()
const cases = results.reduce((sum, result) => sum + result.cases, 0)
if (json) process.stdout.write(`${JSON.stringify({ seed, runs, cases, results })}\n`)
else say(`${cases} cases\n`)
const bad = results.some(({ ended }) => ended === 'failed' || ended === 'crashed')
process.exitCode = bad ? 1 : stopping ? 130 : 0
