/**
 * `npm start`: the bank, the development issuer and Gatehouse before them; a third party's first calls; a summary; then it stays up
 * until Ctrl-C. Gatehouse runs in a process of its own, exactly as `bin/gatehouse up` runs it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { JSONWebKeySet } from 'jose'
import { certificates, payingClient } from './certificates.ts'
import { contextVerifier, type VerifyContext } from './context.ts'
import { feedRecords } from './feed-records.ts'
import { startDevelopmentIssuer } from './issuer/development-issuer.ts'
import { paymentBook } from './payments.ts'
import { startBank } from './server.ts'
import { summary } from './summary.ts'
import { tour } from './tour.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const GATEHOUSE = join(ROOT, 'bin', 'gatehouse')
const CONFIG = join(import.meta.dirname, 'npm-start.yaml')
const CERTIFICATES = join(import.meta.dirname, 'certs')
const PLAIN = 'http://127.0.0.1:8080'
const TLS = 'https://127.0.0.1:8443'
const BANK_PORT = 9080
const ISSUER_PORT = 9081
const run = promisify(execFile)

/** Resolves once the gateway serves. */
function gatewayReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('the gateway has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Sound: the member is read as optional.
      const { ready } = line.startsWith('{') ? (JSON.parse(line) as { ready?: boolean }) : {}
      if (ready === true) resolve()
    })
    child.once('exit', (code) => reject(new Error(`Gatehouse stopped with exit code ${code}`)))
  })
}

async function output(words: readonly string[]): Promise<string> {
  // Exit codes above 0 are answers too (a plan that changed, findings): only the text matters here.
  const { stdout } = await run(GATEHOUSE, [...words, '--config', CONFIG, '--json'], {
    maxBuffer: 16 << 20,
  }).catch((error: unknown) => ({
    stdout: error instanceof Error && 'stdout' in error ? String(error.stdout) : '',
  }))
  return stdout
}

async function gatehouse(...words: string[]): Promise<unknown> {
  return JSON.parse((await output(words)) || '{}')
}

/** One JSON value a line. */
async function gatehouseLines(...words: string[]): Promise<unknown[]> {
  const lines = (await output(words)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as unknown)
}

async function main(): Promise<void> {
  const started = performance.now()
  const clock = () => Date.now()
  const certs = await certificates(CERTIFICATES, clock, (...words) => run(GATEHOUSE, words))
  const feed = feedRecords(join(import.meta.dirname, 'feed'))
  feed.keep('clients', payingClient(certs.pem))
  feed.forgetPayments()
  const child = spawn(GATEHOUSE, ['up', '--config', CONFIG, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { MALLOC_ARENA_MAX: '2', ...process.env }, // as bin/gatehouse
  })
  const ready = gatewayReady(child)
  // Awaited below; a failure of what comes first must not leave it unhandled.
  ready.catch(() => undefined)
  let stopping = false
  // Stays the handler: npm and the terminal both send a Ctrl-C, and the second must not end this before the gateway has ended.
  const stop = (): void => {
    if (stopping) return
    stopping = true
    feed.forgetPayments()
    child.kill('SIGTERM')
    child.once('exit', () => process.exit(0))
    setTimeout(() => process.exit(1), 12_000).unref()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)

  // Asked once, beside the start of the gateway: the bank waits for it with its first call.
  const bankOrigin = `http://127.0.0.1:${BANK_PORT}`
  const verifier = gatehouse('context', 'keys').then((keys) =>
    // Sound: a JWK set, as the command promises; what is none verifies nothing.
    contextVerifier({ keys: keys as JSONWebKeySet, audience: bankOrigin, clock }),
  )
  const verify: VerifyContext = async (request) => (await verifier)(request)
  const payments = paymentBook(clock, TLS)
  const [bank, issuer] = await Promise.all([
    startBank({
      port: BANK_PORT,
      clock,
      publicOrigin: PLAIN,
      payments,
      verify,
      say: (text) => process.stderr.write(`${text}\n`),
    }),
    startDevelopmentIssuer({
      port: ISSUER_PORT,
      clock,
      intent: payments.intent,
      keepConsent: (record) => feed.keep('consents', record),
      thumbprint: certs.thumbprint,
    }),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  await ready
  const seconds = (performance.now() - started) / 1000
  const origins = {
    plain: PLAIN,
    tls: TLS,
    bank: bankOrigin,
    named: PLAIN,
    authority: certs.pem('ca'),
  }
  const results = await tour({ origins, issuer, certificates: certs, clock })
  child.once('exit', () => {
    if (!stopping) process.exit(1)
  })
  const [posture, events] = await Promise.all([
    gatehouse('posture'),
    gatehouseLines('events', 'tail', '--no-follow', '--lines', '100'),
  ])
  process.stdout.write(
    `${summary({ plain: PLAIN, tls: TLS, bank: bankOrigin, issuer: `http://127.0.0.1:${ISSUER_PORT}`, results, orders: payments.orders.length, events, posture, seconds }).join('\n')}\n`,
  )
  bank.unref()
  issuer.server.unref()
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error)
  const port = /EADDRINUSE.*:(\d+)/.exec(reason)?.[1]
  process.stderr.write(
    port === undefined
      ? `${reason}\n`
      : `Port ${port} is in use: stop what holds it and run npm start again.\n`,
  )
  process.exit(69)
})
