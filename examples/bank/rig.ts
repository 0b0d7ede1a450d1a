/** For tests: all that `npm start` starts, on free ports and in a folder that goes, before anybody does anything. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { JSONWebKeySet } from 'jose'
import { freePort } from '../../test/support/free-port.ts'
import { customerBrowser } from '../customer/browser.ts'
import { identityIn } from '../third-party/bank.ts'
import { amira } from '../third-party/here.ts'
import { readSoftware } from '../third-party/software.ts'
import { certificates } from './certificates.ts'
import { contextVerifier, type VerifyContext } from './context.ts'
import { paymentBook, type PaymentBook } from './payments.ts'
import { startBank } from './server.ts'
import type { TourParts } from './tour-parts.ts'

const GATEHOUSE = join(import.meta.dirname, '..', '..', 'bin', 'gatehouse')
const NAMED = 'https://api.examplebank.example'
const run = promisify(execFile)
const clock = (): number => Date.now()

export interface Rig {
  readonly parts: TourParts
  readonly payments: PaymentBook
  /** What the bank's own log says. */
  readonly refused: readonly string[]
}

/** `edit`: of the configuration. */
export async function rig(t: TestContext, edit = (text: string): string => text): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tour-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['spec', 'feed'])
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true })
  const certs = await certificates(join(folder, 'certs'), clock, (...words) =>
    run(GATEHOUSE, words),
  )
  const payments = paymentBook(clock, NAMED)
  const refused: string[] = []
  let verifier: VerifyContext = () => Promise.reject(new Error('not yet'))
  const bank = await startBank({
    port: 0,
    clock,
    publicOrigin: NAMED,
    payments,
    verify: (request) => verifier(request),
    say: (text) => refused.push(text),
  })
  t.after(() => {
    bank.close()
    bank.closeAllConnections()
  })
  const { port } = bank.address() as AddressInfo // sound: it listens on TCP
  const behind = `http://127.0.0.1:${port}`
  const config = join(folder, 'npm-start.yaml')
  writeFileSync(config, edit(configuration(port, await freePort())))
  const operate = async (...words: string[]): Promise<unknown> => {
    // What a command refuses is an answer too.
    const { stdout } = await run(GATEHOUSE, [...words, '--config', config, '--json']).catch(
      (error: unknown) => error as { readonly stdout: string }, // sound: that of execFile has it
    )
    return JSON.parse(stdout)
  }
  const keys = (await operate('context', 'keys')) as JSONWebKeySet // sound: as the command promises
  verifier = contextVerifier({ keys, audience: behind, clock })
  const gateway = spawn(GATEHOUSE, ['up', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(async () => {
    if (gateway.exitCode !== null) return
    gateway.kill('SIGTERM')
    await once(gateway, 'exit')
  })
  const api = await addressOf(gateway)
  const issuer = /issuer: (\S+)/.exec(readFileSync(config, 'utf8'))?.[1] ?? ''
  const there = { issuer, api, authority: certs.pem('ca') }
  const customer = amira(certs.folder)
  return {
    payments,
    refused,
    parts: {
      bank: there,
      behind,
      software: await readSoftware(
        join(certs.folder, 'directory'),
        identityIn(certs.folder, 'qwac'),
      ),
      certificates: certs,
      amira: customerBrowser(there, customer),
      elements: customer.elements,
      operate,
      order: (payment) => payments.own({ ...payment }),
    },
  }
}

/** The example's own, on free ports. */
function configuration(bank: number, identity: number): string {
  const text = readFileSync(join(import.meta.dirname, 'npm-start.yaml'), 'utf8')
  const moved = text
    .replace('listen: 127.0.0.1:8443', 'listen: 127.0.0.1:0')
    .replaceAll('127.0.0.1:9443', `127.0.0.1:${identity}`)
    .replaceAll('127.0.0.1:9080', `127.0.0.1:${bank}`)
    .replace(/^policyTests: .*$/m, '')
  assert.ok(!/:(8443|9443|9080)\b/.test(moved))
  return moved
}

async function addressOf({ stdout, stderr }: ChildProcess): Promise<string> {
  assert.ok(stdout !== null && stderr !== null)
  let said = ''
  stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for await (const line of createInterface({ input: stdout })) {
    const { addresses: found } = JSON.parse(line) as { readonly addresses?: readonly string[] } // sound: read as optional
    if (found?.[0] !== undefined) return found[0]
  }
  throw new Error(said)
}
