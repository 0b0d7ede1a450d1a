/** A proxy of others while it runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { PeerProgram } from './peer-programs.ts'

export interface RunningPeer {
  readonly pid: number
  readonly port: number
  stop(): void
}

const READY_MS = 10_000
const LOOK_EVERY_MS = 20

/** Resolves when the program accepts connections on `port`. @throws Error with what it printed if it ends or does not. */
export async function startPeer(
  program: PeerProgram,
  args: readonly string[],
  port: number,
  variables: Readonly<Record<string, string>> = {},
  patienceMs = READY_MS,
): Promise<RunningPeer> {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`
  const env = { ...process.env, ...variables, PATH }
  const child = spawn(program.path, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let printed = ''
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-4_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const patience = Date.now() + patienceMs
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > patience) {
      // A script that started it (kc.sh) takes it along; killed at once it would leave it behind.
      child.kill()
      throw new Error(`${program.name} does not serve: ${printed}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return { pid: pidOf(child), port, stop: () => child.kill() }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('a process that accepts connections has a number')
  return pid
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (yes: boolean): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.on('connect', () => answer(true))
    socket.on('error', () => answer(false))
  })
}
