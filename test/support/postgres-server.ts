/**
 * A PostgreSQL server of its own for a test file: the binaries that this machine has (PATH, Debian's folders), a folder of its own, a unix
 * socket in it, an invented password. Without binaries the tests skip by name; with GATEHOUSE_REQUIRE_PEERS=1 they fail.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  globSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** `nobody`: the server refuses to run as root. */
const UNPRIVILEGED = 65_534
const START_TIMEOUT_MS = 30_000

export interface PostgresServer {
  /** Folder of the unix socket. */
  readonly socketDir: string
  readonly socketFile: string
  readonly port: number
  /** A new, empty database; its URL. */
  database(): Promise<string>
  /** SQL as the superuser, in the database of a URL or in `postgres`; rows as lines of text. */
  psql(text: string, url?: string): string
  start(): Promise<void>
  /** `immediate` is what a crash is: no checkpoint, clients cut off. */
  stop(how?: 'fast' | 'immediate'): Promise<void>
}

export function findPostgres(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed()
  return [...debian, ...folders].find(
    (folder) => globSync(join(folder, '{initdb,postgres}')).length === 2,
  )
}

/** The reason to skip, or `false`. Fails where peers are required: a suite that never runs proves nothing. */
export const skipWithoutPostgres: string | false =
  findPostgres() !== undefined
    ? false
    : 'SKIPPED: no PostgreSQL on this machine (initdb and postgres in PATH or /usr/lib/postgresql/*/bin)'
if (skipWithoutPostgres !== false && process.env['GATEHOUSE_REQUIRE_PEERS'] === '1')
  throw new Error(`GATEHOUSE_REQUIRE_PEERS=1, but ${skipWithoutPostgres}`)

const asNobody = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}

/** Call it while the test file is loaded, outside every test: the server stops when the file ends. */
export async function startPostgres(tls?: {
  /** Files in PEM; also offers TCP on loopback then. */
  readonly cert: string
  readonly key: string
}): Promise<PostgresServer> {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('call it only when `skipWithoutPostgres` is false')
  const dir = mkdtempSync(join(tmpdir(), 'gh-pg-'))
  chmodSync(dir, 0o700)
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(dir, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (asNobody.uid !== undefined)
    for (const path of [dir, passwordFile]) chownSync(path, UNPRIVILEGED, UNPRIVILEGED)
  const data = join(dir, 'data')
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'gatehouse',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...asNobody, stdio: ['ignore', 'ignore', 'inherit'], cwd: dir },
  )
  let child: ChildProcess | undefined
  after(async () => {
    if (child?.exitCode === null) await server.stop('immediate')
    rmSync(dir, { recursive: true, force: true })
  })
  const port = tls === undefined ? 5432 : await freePort()
  let count = 0
  const urlOf = (name: string): string =>
    `postgres://gatehouse:${password}@/${name}?host=${encodeURIComponent(dir)}&port=${port}`
  const psql = (text: string, url = urlOf('postgres')): string =>
    execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text, url], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()

  const server: PostgresServer = {
    socketDir: dir,
    port,
    socketFile: join(dir, `.s.PGSQL.${port}`),
    database() {
      const name = `t${++count}`
      psql(`CREATE DATABASE ${name}`)
      return Promise.resolve(urlOf(name))
    },
    psql,
    async start() {
      const options = [
        `listen_addresses=${tls === undefined ? '' : '127.0.0.1'}`,
        `port=${port}`,
        'max_connections=60',
        'shared_buffers=16MB',
        ...serverTls(dir, tls),
      ]
      child = spawn(
        join(bin, 'postgres'),
        ['-D', data, '-k', dir, ...options.flatMap((option) => ['-c', option])],
        { ...asNobody, stdio: ['ignore', 'ignore', 'ignore'], cwd: dir },
      )
      const until = performance.now() + START_TIMEOUT_MS
      for (;;)
        try {
          psql('SELECT 1')
          return
        } catch (error) {
          if (performance.now() > until || child.exitCode !== null) throw error
          await pause(20)
        }
    },
    async stop(how = 'fast') {
      if (child === undefined || child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await gone
    },
  }
  await server.start()
  return server
}

/** The server wants its key for itself. */
function serverTls(dir: string, tls?: { readonly cert: string; readonly key: string }): string[] {
  if (tls === undefined) return []
  for (const [from, to] of [
    [tls.cert, 'server.crt'],
    [tls.key, 'server.key'],
  ] as const) {
    copyFileSync(from, join(dir, to))
    chmodSync(join(dir, to), 0o600)
    if (asNobody.uid !== undefined) chownSync(join(dir, to), UNPRIVILEGED, UNPRIVILEGED)
  }
  return [
    'ssl=on',
    `ssl_cert_file=${join(dir, 'server.crt')}`,
    `ssl_key_file=${join(dir, 'server.key')}`,
  ]
}
