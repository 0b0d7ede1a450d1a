/**
 * Certificates, keys and secrets of the example, made by `gatehouse certs` and here, and kept while they are good: none of them is in the
 * repository. With them what the directory signs, the customers who may log in, and rates of the day.
 */
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { developmentCustomers, developmentEnrolments } from './customers.ts'
import { signDirectory } from './directory/sign.ts'
import { madeUpRates } from './rates.ts'
import { ownClient } from './sca.ts'

const ORGANIZATION = 'PSDGB-FCA-123456'
/** A statement is taken for a day (`registration.directories` in npm-start.yaml). */
const SIGN_AFTER_MS = 43_200_000
/** They are good for 90 days: new ones a month before. */
const RENEW_BEFORE_MS = 30 * 86_400_000
/** Programs of the bank's own that call `/sca/v1` (`identity.clients` in npm-start.yaml). */
const OWN_CLIENTS = ['web-bank', 'card-desk'] as const
/** What `gatehouse certs` does not make. */
const MADE_HERE = [
  'curl',
  'customers.json',
  'enrolments.json',
  'identity-secret',
  'web-bank.json',
  'web-bank-key.json',
  'card-desk.json',
  'card-desk-key.json',
  'context-key.pem',
  'answer-key.pem',
] as const

export interface Certificates {
  readonly folder: string
  /** Path of a file: `ca`, `qwac-ais`, `qwac-ais-key`, … */
  pem(name: string): string
}

/** `gatehouse` runs the command with these words. */
export async function certificates(
  folder: string,
  clock: () => number,
  gatehouse: (...words: string[]) => Promise<unknown>,
): Promise<Certificates> {
  const pem = (name: string): string => join(folder, `${name}.pem`)
  const read = (name: string): X509Certificate => new X509Certificate(readFileSync(pem(name)))
  // One that an earlier example made lacks what came since; one that was cut short lacks the last.
  const whole = MADE_HERE.every((name) => existsSync(join(folder, name)))
  if (!whole || Date.parse(read('server').validTo) < clock() + RENEW_BEFORE_MS) {
    rmSync(folder, { recursive: true, force: true })
    const who = ['--organization', 'Budget Buddy Ltd', '--organization-identifier', ORGANIZATION]
    await gatehouse('certs', folder, ...who)
    writeFileSync(join(folder, 'curl'), curlOptions(pem, 'qwac'))
    writeFileSync(join(folder, 'customers.json'), await developmentCustomers())
    const secret = randomBytes(32).toString('base64url')
    writeFileSync(join(folder, 'identity-secret'), secret, { mode: 0o600 })
    writeFileSync(join(folder, 'enrolments.json'), developmentEnrolments(), { mode: 0o600 })
    for (const id of OWN_CLIENTS) {
      const { metadata, key } = ownClient(id)
      writeFileSync(join(folder, `${id}.json`), `${JSON.stringify(metadata, null, 2)}\n`)
      writeFileSync(join(folder, `${id}-key.json`), JSON.stringify(key), { mode: 0o600 })
    }
    writeFileSync(pem('context-key'), contextKey(), { mode: 0o600 })
    writeFileSync(pem('answer-key'), answerKey(), { mode: 0o600 })
  }
  const statement = join(folder, 'directory', 'statement.jwt')
  if (!existsSync(statement) || statSync(statement).mtimeMs < clock() - SIGN_AFTER_MS)
    await signDirectory(join(folder, 'directory'))
  writeFileSync(join(folder, 'rates.csv'), madeUpRates(clock()))
  return { folder, pem }
}

/** What the gateway signs its word to the bank with; `gatehouse context keys` says its public half. */
function contextKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** What the gateway signs answers to payments with; `gatehouse answer keys` says its public half. */
function answerKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** For `curl -K`: trust this authority, and be who has this certificate. */
function curlOptions(pem: (name: string) => string, name: string): string {
  return `cacert = "${pem('ca')}"\ncert = "${pem(name)}"\nkey = "${pem(`${name}-key`)}"\n`
}
