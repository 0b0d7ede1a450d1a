/** A command of the CLI as a process of its own, which a test may kill. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface CliRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `killAfterMs`: SIGKILL then, if it still runs; `killAt`: once something whose name begins so is made in that folder. */
export async function runProcess(
  words: readonly string[],
  {
    killAfterMs,
    killAt,
    env = {},
  }: {
    killAfterMs?: number
    killAt?: { readonly folder: string; readonly begins: string }
    env?: Record<string, string>
  } = {},
): Promise<CliRun> {
  const ending = new AbortController()
  if (killAt !== undefined)
    watch(killAt.folder, { signal: ending.signal }, (_, name) => {
      if (name?.startsWith(killAt.begins)) child.kill('SIGKILL')
    })
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
  ending.abort()
  return { code, out, err }
}
