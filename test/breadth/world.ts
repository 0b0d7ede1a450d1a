/** A bank of another make behind the real binary: its upstream, its issuer, its consents, all on sockets and in files of one folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { jwks, type SigningKey, signed, signingKey } from '../support/token-issuer.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const BIN = join(ROOT, 'bin/gatehouse')
export const SPECS = join(import.meta.dirname, 'specs')
export const PUBLISHED = join(ROOT, 'test/inventory/specs')
export const AUDIENCE = 'https://gate.example'
export const KEYS: Readonly<Record<'PS256' | 'ES256' | 'EdDSA', SigningKey>> = {
  PS256: signingKey('rsa', 'PS256'),
  ES256: signingKey('ec', 'ES256'),
  EdDSA: signingKey('ed', 'EdDSA'),
}

/** What the bank says to a path: JSON text, or another type. */
export interface BankAnswer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}
export interface Bank {
  readonly origin: string
  readonly server: Server
  /** Every request it got, in order. */
  readonly seen: { method: string; url: string; headers: IncomingMessage['headers'] }[]
}

/** Answers by path without the query; 404 in its own words otherwise. */
export async function startBank(answers: Readonly<Record<string, BankAnswer>>): Promise<Bank> {
  const seen: Bank['seen'] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    seen.push({ method: request.method ?? '', url, headers: request.headers })
    request.resume()
    const answer = answers[url.split('?')[0] ?? '']
    response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200), {
      'content-type': answer?.type ?? 'application/json',
      'x-powered-by': 'Sloppy/1.0',
      ...answer?.headers,
    })
    response.end(answer?.body ?? '{"message":"core-7: no row in T_ACC"}')
  })
  return { origin: await listening(server), server, seen }
}

/** The keys of an issuer over HTTP. */
export async function startKeys(
  ...keys: readonly SigningKey[]
): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(jwks(...keys)),
  )
  return { server, origin: await listening(server) }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Sound: it listens on TCP.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Files of a bank: what is text is written as it is, the rest as JSON. */
export function writeFiles(dir: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(dir, name)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
}

export interface Up {
  readonly origin: string
  readonly child: ChildProcess
  readonly readyMs: number
  stop(): Promise<number | null>
}

export async function up(config: string): Promise<Up> {
  const began = performance.now()
  const child = spawn(BIN, ['up', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const line = await new Promise<string>((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')))
    })
    child.once('exit', (code) => reject(new Error(`up ended with ${code}: ${said}`)))
  })
  // Sound: the line is printed by our own command.
  const { address } = JSON.parse(line) as { address: string }
  return {
    origin: address,
    child,
    readyMs: performance.now() - began,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await ended
      return code as number | null // sound: the first argument of `exit`
    },
  }
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** One command to its end, without a terminal. */
export async function run(
  words: readonly string[],
  {
    cwd = ROOT,
    env = {},
    bin = BIN,
  }: { cwd?: string; env?: Record<string, string>; bin?: string } = {},
): Promise<Ran> {
  const child = spawn(bin, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = await once(child, 'close')
  return { code: code as number | null, out, err } // sound: the first argument of `close`
}

export function token(
  claims: Readonly<Record<string, unknown>> = {},
  alg: keyof typeof KEYS = 'ES256',
): string {
  const now = Math.floor(Date.now() / 1000)
  const key = KEYS[alg]
  return signed(
    key,
    { alg, typ: 'at+jwt', kid: key.kid },
    {
      iss: 'https://as.example',
      aud: AUDIENCE,
      iat: now,
      exp: now + 300,
      jti: `t-${Math.random()}`,
      client_id: 'aggregator',
      sub: 'NO123456',
      consent_id: 'all',
      ...claims,
    },
  )
}

export function forget(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
}
