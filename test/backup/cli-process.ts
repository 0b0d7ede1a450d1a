/** A command of the CLI as a process of its own, which a test may kill. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface CliRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `killAfterMs`: SIGKILL then, if it still runs. */
export async function runProcess(
  words: readonly string[],
  { killAfterMs, env = {} }: { killAfterMs?: number; env?: Record<string, string> } = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, out, err }
}
