/**
 * System calls that fail on demand in a real process, by `strace -e inject` (as transparency-dev/tessera tests its storage). Only calls
 * about the paths given are touched, so sockets and the runtime's own descriptors stay well. Counts are per thread: start the process
 * with `UV_THREADPOOL_SIZE=1`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { peersRequired } from './peer-programs.ts'

/** Why calls cannot be made to fail here; `undefined` when they can. Throws where peers are required. */
export function noInjection(): string | undefined {
  const reason = whyNot()
  if (reason !== undefined && peersRequired) throw new Error(reason)
  return reason
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'strace is a program of Linux'
  const probe = spawnSync('strace', [
    '-f',
    '-o',
    '/dev/null',
    '-e',
    'inject=getppid:error=EIO',
    'true',
  ])
  if (probe.error !== undefined) return 'strace is not installed'
  return probe.status === 0
    ? undefined
    : `strace may not trace here: ${probe.stderr.toString().trim()}`
}

export interface Injection {
  /** Names of system calls, separated by commas; a `?` before one that this machine may lack. */
  readonly calls: string
  readonly error: string
  /** `3`: the third; `3+`: all from there. */
  readonly when: string
}

/** Arguments of strace for an injection into calls about `paths`. */
export function straceArguments(
  { calls, error, when }: Injection,
  paths: readonly string[],
  log: string,
): string[] {
  return [
    '-f',
    '-qq',
    '-o',
    log,
    '-e',
    `trace=${calls}`,
    '-e',
    'signal=none',
    '-e',
    `inject=${calls}:error=${error}:when=${when}`,
    ...paths.flatMap((path) => ['-P', path]),
  ]
}

/** Fails calls of a running process from when it resolves until the function returned resolves. */
export async function failCalls(
  pid: number,
  injection: Injection,
  paths: readonly string[],
  log: string,
): Promise<() => Promise<void>> {
  const tracer = spawn('strace', [...straceArguments(injection, paths, log), '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(tracer, 'close')
  await attached(tracer, pid)
  return async () => {
    tracer.kill('SIGINT')
    await ended
  }
}

/** Every thread is traced once its status says so; only then may the test go on. */
async function attached(tracer: ChildProcess, pid: number): Promise<void> {
  const until = performance.now() + 10_000
  const traced = (): boolean => {
    const dir = `/proc/${pid}/task`
    if (!existsSync(dir)) return true
    return readdirSync(dir).every((task) => {
      const status = spawnSync('grep', ['TracerPid', join(dir, task, 'status')]).stdout.toString()
      return !/\t0\n/.test(status)
    })
  }
  while (!traced()) {
    if (tracer.exitCode !== null) throw new Error(`strace ended with ${tracer.exitCode}`)
    if (performance.now() > until) throw new Error('strace did not attach')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
