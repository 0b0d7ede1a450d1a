/** Budget Buddy as `npm start` left it, for the commands beside this file. */
import { join } from 'node:path'
import { type Authorization, authorizationAt, type Customer } from './authorization.ts'
import { customerBrowser, type Person } from '../customer/browser.ts'
import { type Elements, elementsIn } from '../customer/device.ts'
import { byHand } from '../customer/by-hand.ts'
import { type Bank, identityIn } from './bank.ts'
import { type Kept, keep, readKept } from './kept.ts'
import { readSoftware, type Software } from './software.ts'
import { type ThirdParty, thirdParty } from './third-party.ts'

const CERTIFICATES = join(import.meta.dirname, '..', 'bank', 'certs')
export const KEPT = join(import.meta.dirname, '.kept.json')
export const EXAMPLE_BANK: Bank = {
  issuer: 'https://127.0.0.1:9443',
  api: 'https://127.0.0.1:8443',
  authority: join(CERTIFICATES, 'ca.pem'),
}
/** Amira, with what the bank gave her. `folder`: of the example's certificates. */
export function amira(folder = CERTIFICATES): Person & { readonly elements: Elements } {
  return {
    username: 'amira',
    password: 'development-only',
    elements: elementsIn(folder, 'cust-amira'),
    accounts: ['22289', '22426'],
  }
}

export function exampleSoftware(): Promise<Software> {
  return readSoftware(join(CERTIFICATES, 'directory'), identityIn(CERTIFICATES, 'qwac'))
}

interface Here {
  readonly software: Software
  readonly authorization: Authorization
  readonly kept: Kept
  /** Amira, played by a program; with `--by-hand` you, in a browser. */
  readonly customer: Customer
  /** @throws Error when it is not registered */
  party(): ThirdParty
  keep(kept: Kept): void
}

/** Runs a command; what the bank refuses, or what is missing, is said in one line. */
export async function command(run: (here: Here) => Promise<void>): Promise<void> {
  try {
    const software = await exampleSoftware()
    const authorization = await authorizationAt(EXAMPLE_BANK, software)
    const kept = readKept(KEPT)
    await run({
      software,
      authorization,
      kept,
      customer: process.argv.includes('--by-hand')
        ? byHand
        : (address) => customerBrowser(EXAMPLE_BANK, amira()).approve(address),
      party() {
        if (kept.registration === undefined)
          throw new Error('Not registered yet: npm run -s register')
        return thirdParty(EXAMPLE_BANK, software, authorization, kept.registration)
      },
      keep: (more) => keep(KEPT, { ...kept, ...more }),
    })
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n`)
    process.exitCode = 1
  }
}

/** For whoever typed the command. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Errors of the bank: `error` and `error_description` (RFC 6749 §5.2).
  const { error: code, error_description: why } = error as {
    readonly error?: unknown
    readonly error_description?: unknown
  } // sound: members are read as optional
  if (typeof code === 'string')
    return `The bank refuses: ${code}${typeof why === 'string' ? ` (${why})` : ''}`
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return /ECONNREFUSED/.test(`${error.message}${cause}`)
    ? 'The bank is not there: npm start'
    : `${error.message}${cause}`
}
