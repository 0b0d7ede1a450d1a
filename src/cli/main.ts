#!/usr/bin/env node
/** Entry of `bin/gatehouse`: builds the context from the process and ends it with the command's exit code. */
import { keepCompiled } from '../app/start/index.ts'
import { printable } from './printable.ts'
import { mayAnimate, styleFor } from './style.ts'

/** One Ctrl-C arrives more than once: from the terminal, from npm, from a parent that passes it on. */
const SAME_PRESS_MS = 500

const stop = new AbortController()
let askedAt: number | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const now = performance.now()
    // The second Ctrl-C does not wait for anything.
    if (askedAt !== undefined && now - askedAt > SAME_PRESS_MS) process.exit(130)
    askedAt ??= now
    stop.abort()
  })
}
// `gatehouse … | head` closes the pipe early: that is the reader's right, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 74),
)
// A gateway does not end because nobody reads its log any more.
process.stderr.on('error', () => undefined)

keepCompiled()
const { runCli } = await import('./run.ts')
const code = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  out: (line) => void process.stdout.write(`${printable(line)}\n`),
  say: (line) => void process.stderr.write(`${printable(line)}\n`),
  style: styleFor(process.stdout, process.env),
  columns: process.stdout.columns ?? 100,
  draw: mayAnimate(process.stderr, process.env)
    ? (text) => void process.stderr.write(text)
    : undefined,
  now: () => Date.now(),
  signal: stop.signal,
})
process.exitCode = code
// What a command leaves open (a socket, a worker) must not keep the terminal: give buffered output its turn, then end.
setTimeout(() => process.exit(code), 2_000).unref()
