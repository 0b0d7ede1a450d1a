/**
 * `npm start`: the bank, and Gatehouse before it with its authorization server; a third party's whole journey; a summary; then it stays up
 * until Ctrl-C. Gatehouse runs in a process of its own, exactly as `bin/gatehouse up` runs it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { JSONWebKeySet } from 'jose'
import { customerBrowser } from '../customer/browser.ts'
import { amira, EXAMPLE_BANK, exampleSoftware, KEPT } from '../third-party/here.ts'
import { keep } from '../third-party/kept.ts'
import { certificates } from './certificates.ts'
import { contextVerifier, type VerifyContext } from './context.ts'
import { PASSWORD } from './customers.ts'
import { paymentBook } from './payments.ts'
import { startBank } from './server.ts'
import { summary } from './summary.ts'
import { tour } from './tour.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const GATEHOUSE = join(ROOT, 'bin', 'gatehouse')
const CONFIG = join(import.meta.dirname, 'npm-start.yaml')
const CERTIFICATES = join(import.meta.dirname, 'certs')
const DATA = join(import.meta.dirname, '.gatehouse')
/** What it read from the specifications, and nothing else, outlives a start: each begins with no third party and no consent. */
const IMPORTS = 'imports'
const BANK_PORT = 9080
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

/** @throws Error of a command that answered nothing */
async function output(words: readonly string[]): Promise<string> {
  // Exit codes above 0 are answers too (a plan that changed, findings), where something is answered.
  const { stdout } = await run(GATEHOUSE, [...words, '--config', CONFIG, '--json'], {
    maxBuffer: 16 << 20,
  }).catch((error: unknown) => {
    const text = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    if (text === '') throw error
    return { stdout: text }
  })
  return stdout
}

async function gatehouse(...words: string[]): Promise<unknown> {
  return JSON.parse(await output(words))
}

/** One JSON value a line. */
async function gatehouseLines(...words: string[]): Promise<unknown[]> {
  const lines = (await output(words)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as unknown)
}

function begin(): void {
  for (const name of readdirSync(import.meta.dirname).includes('.gatehouse')
    ? readdirSync(DATA)
    : [])
    if (name !== IMPORTS) rmSync(join(DATA, name), { recursive: true })
}

function quarterOf(day: Date): string {
  return `${day.getUTCFullYear()}Q${Math.floor(day.getUTCMonth() / 3) + 1}`
}

async function main(): Promise<void> {
  const started = performance.now()
  const clock = () => Date.now()
  const bankOrigin = `http://127.0.0.1:${BANK_PORT}`
  const payments = paymentBook(clock, EXAMPLE_BANK.api)
  let verifier: Promise<VerifyContext> | undefined
  // First, because a port that is taken says that another one runs, whose data must stay.
  const bank = await startBank({
    port: BANK_PORT,
    clock,
    publicOrigin: EXAMPLE_BANK.api,
    payments,
    verify: async (request) => (await verifier)?.(request) ?? Promise.reject(new Error('not yet')),
    say: (text) => process.stderr.write(`${text}\n`),
  })
  begin()
  const certs = await certificates(CERTIFICATES, clock, (...words) => run(GATEHOUSE, words))
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
    child.kill('SIGTERM')
    child.once('exit', () => process.exit(0))
    setTimeout(() => process.exit(1), 12_000).unref()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // However this ends: a gateway that stayed would hold the ports of the next start.
  process.on('exit', () => child.kill('SIGTERM'))

  // Asked once, beside the start of the gateway: the bank waits for it with its first call.
  verifier = gatehouse('context', 'keys').then((keys) =>
    // Sound: a JWK set, as the command promises; what is none verifies nothing.
    contextVerifier({ keys: keys as JSONWebKeySet, audience: bankOrigin, clock }),
  )
  const software = await exampleSoftware()
  const customer = amira()
  await ready
  const seconds = (performance.now() - started) / 1000
  const { steps, party } = await tour({
    bank: EXAMPLE_BANK,
    behind: bankOrigin,
    software,
    certificates: certs,
    amira: customerBrowser(EXAMPLE_BANK, customer),
    elements: customer.elements,
    operate: gatehouse,
    order: (payment) => payments.own({ ...payment }),
  })
  keep(KEPT, { registration: party.registration })
  child.once('exit', () => {
    if (!stopping) process.exit(1)
  })
  const [posture, events] = await Promise.all([
    gatehouse('posture'),
    gatehouseLines('events', 'tail', '--no-follow', '--lines', '300'),
  ])
  const { api, issuer } = EXAMPLE_BANK
  const orders = payments.orders
  process.stdout.write(
    `${summary({ api, issuer, bank: bankOrigin, steps, orders, password: PASSWORD, events, posture, quarter: quarterOf(new Date()), seconds }).join('\n')}\n`,
  )
  bank.unref()
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
