/** Certificates of the example, made by `gatehouse certs` and kept while they are good: none of their keys is in the repository. */
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ORGANIZATION = 'PSDGB-FCA-123456'
/** The key that Budget Buddy signs its payments with. */
export const SIGNING_KEY_ID = 'budget-buddy-qseal'
/** They are good for 90 days: new ones a month before. */
const RENEW_BEFORE_MS = 30 * 86_400_000

export interface Certificates {
  /** Path of a file: `ca`, `qwac-ais`, `qwac-ais-key`, … */
  pem(name: string): string
  /** RFC 8705 §3.1: what an authorization server binds a token to. */
  thumbprint(name: string): string | undefined
}

/** `gatehouse` runs the command with these words. */
export async function certificates(
  folder: string,
  clock: () => number,
  gatehouse: (...words: string[]) => Promise<unknown>,
): Promise<Certificates> {
  const pem = (name: string): string => join(folder, `${name}.pem`)
  const read = (name: string): X509Certificate => new X509Certificate(readFileSync(pem(name)))
  // The last file that is written: a folder without it is half of one.
  const whole = existsSync(pem('answer-key'))
  if (!whole || Date.parse(read('server').validTo) < clock() + RENEW_BEFORE_MS) {
    rmSync(folder, { recursive: true, force: true })
    const who = ['--organization', 'Budget Buddy Ltd', '--organization-identifier', ORGANIZATION]
    await gatehouse('certs', folder, ...who)
    for (const role of ['ais', 'pis'])
      writeFileSync(join(folder, `curl-${role}`), curlOptions(pem, `qwac-${role}`))
    writeFileSync(pem('context-key'), contextKey(), { mode: 0o600 })
    writeFileSync(pem('answer-key'), answerKey(), { mode: 0o600 })
  }
  return {
    pem,
    thumbprint: (name) =>
      /^[a-z-]+$/.test(name) && existsSync(pem(name))
        ? createHash('sha256').update(read(name).raw).digest('base64url')
        : undefined,
  }
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

/** The client that pays, as a directory would have registered it: its organisation, its roles, and the key it signs with. */
export function payingClient(pem: Certificates['pem']): object {
  const key = createPublicKey(readFileSync(pem('qseal'))).export({ format: 'jwk' })
  return {
    id: 'budget-buddy-pay',
    name: 'Budget Buddy Ltd, payments',
    status: 'active',
    organizationIdentifier: ORGANIZATION,
    registerStatus: 'authorised',
    roles: ['PSP_AI', 'PSP_PI'],
    jwks: { keys: [{ ...key, kid: SIGNING_KEY_ID, use: 'sig', alg: 'PS256' }] },
  }
}
