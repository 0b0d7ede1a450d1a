/** `gatehouse up` as a real process: started, called, stopped, killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type RawAnswer, RawConnection } from '../support/raw-http.ts'
import type { Installation } from './installation.ts'

export const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
/** Far beyond any start that is still a start. */
const START_LIMIT_MS = 60_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly ms: number
}

export interface GatewayProcess {
  readonly origin: string
  readonly port: number
  readonly child: ChildProcess
  /** The first line that it printed. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly startedAt: number
  output(): { readonly out: string; readonly err: string }
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ended>
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

/** Starts it; resolves when it says that it is ready, or with how it ended. */
export async function launch(
  t: TestContext,
  { config }: Pick<Installation, 'config'>,
  env: Readonly<Record<string, string>> = {},
  limitMs = START_LIMIT_MS,
): Promise<GatewayProcess | Ended> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [MAIN, 'up', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  let err = ''
  const ended = once(child, 'close').then(([code]): Ended => ({
    code: typeof code === 'number' ? code : null,
    out,
    err,
    ms: performance.now() - startedAt,
  }))
  const ready = new Promise<Record<string, unknown> | undefined>((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`not ready after ${limitMs} ms: ${err}`))
    }, limitMs)
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      const end = out.indexOf('\n')
      if (end < 0) return
      clearTimeout(limit)
      resolve(JSON.parse(out.slice(0, end)) as Record<string, unknown>) // sound: an object, as `up --json` promises; members are read as unknowns
    })
    void ended.then(() => {
      clearTimeout(limit)
      resolve(undefined)
    })
  })
  const first = await ready
  if (first === undefined) return ended
  const origin = String(first['address'])
  return {
    origin,
    port: Number(new URL(origin).port),
    child,
    ready: first,
    startedAt,
    output: () => ({ out, err }),
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** As `launch`, for the many tests that need it to start. */
export async function up(
  t: TestContext,
  installation: Pick<Installation, 'config'>,
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const started = await launch(t, installation, env)
  if ('origin' in started) return started
  throw new Error(`up ended with ${started.code}: ${started.err}`)
}

export interface Call {
  readonly path: string
  readonly method?: string
  readonly token?: string
  /** More header lines, as they go over the wire. */
  readonly headers?: readonly string[]
  /** As long as the header lines say. */
  readonly sent?: string
}

/** The bytes of a request on a connection that stays open. */
export function requestText({
  path,
  method = 'GET',
  token,
  headers = [],
  sent = '',
}: Call): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: api.bank.example',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${sent}`
}

/** One request on a connection of its own. */
export async function call({ port }: { readonly port: number }, what: Call): Promise<RawAnswer> {
  const connection = new RawConnection(port)
  try {
    return await callOn(connection, what)
  } finally {
    connection.destroy()
  }
}

export async function callOn(connection: RawConnection, what: Call): Promise<RawAnswer> {
  connection.send(requestText(what))
  const answer = await connection.answer(what.method === 'HEAD')
  if (answer === undefined) throw new Error(`no answer to ${what.path}`)
  return answer
}

/** `code` and `decision` of a problem document; nothing of anything else. */
export function problemOf(answer: RawAnswer): { readonly code: string; readonly decision: string } {
  const type = answer.headers.get('content-type') ?? ''
  if (!type.startsWith('application/problem+json')) return { code: '', decision: '' }
  const body = JSON.parse(answer.body) as Record<string, unknown> // sound: a problem document is an object
  const text = (name: string): string => {
    const value = body[name]
    return typeof value === 'string' ? value : ''
  }
  return { code: text('code'), decision: text('decision') }
}

/** Asks again until the answer is as wanted; the milliseconds it took. */
export async function until(
  limitMs: number,
  done: () => Promise<boolean> | boolean,
): Promise<number> {
  const started = performance.now()
  for (;;) {
    if (await done()) return performance.now() - started
    if (performance.now() - started > limitMs) throw new Error(`not so after ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
