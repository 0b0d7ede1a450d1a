/**
 * The address of a PostgreSQL server, as libpq writes it. Safe by default: beyond this machine the connection is TLS with a
 * certificate that is checked (`verify-full`), and an address that asks for less is refused. No message quotes the address: it holds a password.
 */
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { GatehouseError } from '../lib/index.ts'

export interface PostgresAddress {
  /** A name, an address, or the folder of a unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly tls: false | { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const
const KNOWN = new Set(['host', 'port', 'sslmode', ...FILES])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** @throws GH_STORE_ADDRESS */
export function parsePostgresUrl(text: string): PostgresAddress {
  const written = text.trim()
  // `postgres://user@/db?host=/run/postgresql` has no host, which WHATWG URLs do not know for a scheme with credentials.
  const filled = written.replace(
    /^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)(?=[/?])/,
    '$1socket.invalid',
  )
  const url = URL.canParse(filled) ? new URL(filled) : refuse('it is no URL')
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    refuse('it must begin with postgres://')
  if (url.hash !== '') refuse('it has a fragment: write # in a password as %23')
  for (const name of url.searchParams.keys())
    if (!KNOWN.has(name) || url.searchParams.getAll(name).length > 1)
      refuse('a parameter is not known, or stands twice')

  const host = url.searchParams.get('host') ?? url.hostname
  if (host === '' || host === 'socket.invalid') refuse('it names no host')
  const database = decoded(url.pathname.slice(1))
  if (database === '' || database.includes('/')) refuse('it names no database')
  const user = decoded(url.username)
  if (user === '') refuse('it names no user')
  const port = Number(url.searchParams.get('port') ?? (url.port === '' ? 5432 : url.port))
  if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse('its port is none')
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    database,
    user,
    password: decoded(url.password),
    tls: tlsOf(url.searchParams, isAbsolute(host) || LOOPBACK.has(host), isAbsolute(host)),
  }
}

function tlsOf(query: URLSearchParams, local: boolean, socket: boolean): PostgresAddress['tls'] {
  const mode = query.get('sslmode') ?? (local ? 'disable' : 'verify-full')
  if (mode !== 'disable' && mode !== 'verify-full')
    refuse(
      'sslmode is verify-full, or disable on this machine: every other lets somebody in between',
    )
  if (mode === 'disable') {
    if (!local) refuse('a connection beyond this machine needs TLS: take sslmode=disable out')
    return false
  }
  if (socket) refuse('a unix socket knows no TLS')
  const [ca, cert, key] = FILES.map((name) => fileOf(query.get(name)))
  if ((cert === undefined) !== (key === undefined)) refuse('sslcert and sslkey come together')
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function fileOf(path: string | null): string | undefined {
  if (path === null) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return refuse('a file of its TLS parameters cannot be read')
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return refuse('a percent sign in it is no escape')
  }
}

function refuse(why: string): never {
  throw new GatehouseError('GH_STORE_ADDRESS', `the address of the database: ${why}`)
}
