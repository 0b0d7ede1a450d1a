#!/usr/bin/env node
/** Entry of `bin/gatehouse`: builds the context from the process and ends it with the command's exit code. */
import { userInfo } from 'node:os'
import { keepCompiled } from '../app/start/index.ts'
import { printable } from './printable.ts'
import { mayAnimate, styleFor } from './style.ts'

/** One Ctrl-C arrives more than once: from the terminal, from npm, from a parent that passes it on. */
const SAME_PRESS_MS = 500

const stop = new AbortController()
let askedAt: number | undefined
/** 128 and the number of the signal, as shells have it. */
const CUT_SHORT = { SIGINT: 130, SIGTERM: 143 } as const
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const now = performance.now()
    // The second Ctrl-C does not wait for anything.
    if (askedAt !== undefined && now - askedAt > SAME_PRESS_MS) process.exit(CUT_SHORT[signal])
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
  onHangUp: (listener) => {
    process.on('SIGHUP', listener)
    return () => process.off('SIGHUP', listener)
  },
  user: operator(),
  signal: stop.signal,
})
process.exitCode = code
// What a command leaves open (a socket, a worker) must not keep the terminal: give buffered output its turn, then end.
setTimeout(() => process.exit(code), 2_000).unref()

function operator(): { name: string; uid: number | null } {
  const uid = process.getuid?.() ?? null
  try {
    return { name: userInfo().username, uid }
  } catch {
    // A container may run under an id that has no name.
    return { name: uid === null ? '' : `uid ${uid}`, uid }
  }
}
