#!/usr/bin/env node
/** Entry of `bin/gatehouse`: builds the context from the process and ends it with the command's exit code. */
import { keepCompiled } from '../app/start/index.ts'
import { styleFor } from './style.ts'

const stop = new AbortController()
let asked = 0
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second Ctrl-C does not wait for anything.
    if (++asked > 1) process.exit(130)
    stop.abort()
  })
}
// `gatehouse … | head` closes the pipe early: that is the reader's right, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 74),
)

keepCompiled()
const { runCli } = await import('./run.ts')
const code = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
  style: styleFor(process.stdout, process.env),
  columns: process.stdout.columns ?? 100,
  interactive: process.stderr.isTTY,
  now: () => Date.now(),
  signal: stop.signal,
})
process.exitCode = code
// What a command leaves open (a socket, a worker) must not keep the terminal: give buffered output its turn, then end.
setTimeout(() => process.exit(code), 2_000).unref()
