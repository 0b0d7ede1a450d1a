/** Keys and certificates of a run: made once, kept in its folder, the same for the configuration that is printed and for the server that answers. */
import { generateKeyPairSync, hash, randomBytes, scryptSync, X509Certificate } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { makeCertificates } from '../../src/app/index.ts'

export type Jwk = Readonly<Record<string, unknown>>
export interface Party {
  /** Private. */
  readonly key: Jwk
  /** Its DPoP proofs are signed with it; the suite makes one of its own where none is given. */
  readonly certificate: string
  readonly certificateKey: string
  /** Of its certificate. */
  readonly authority: string
  /** RFC 4514. */
  readonly subject: string
}
export interface Keys {
  /** Two clients: certificates of different holders. */
  readonly parties: readonly [Party, Party]
  readonly password: string
  /** `server.pem`, `server-key.pem`, `ca.pem`, `crl.pem`. */
  file(name: string): string
  /** Anchors of both clients. */
  readonly anchors: readonly string[]
}

const DAYS = 90
const RENEW_BEFORE_MS = 10 * 86_400_000
const PARTIES = [
  { name: 'one', organization: 'Conformance One', identifier: 'PSDGB-FCA-100001' },
  { name: 'two', organization: 'Conformance Two', identifier: 'PSDGB-FCA-100002' },
] as const

/** Whole or not at all: whoever comes second at the same moment takes what the first has made. */
export function keysIn(folder: string, hosts: readonly string[], now: number): Keys {
  const dir = join(folder, 'keys')
  if (isStale(dir, hosts, now)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = mkdtempSync(join(folder, 'keys-'))
    makeAll(made, hosts, now)
    rmSync(dir, { recursive: true, force: true })
    try {
      renameSync(made, dir)
    } catch (error) {
      rmSync(made, { recursive: true, force: true })
      if (!existsSync(join(dir, 'password'))) throw error
    }
  }
  const text = (...names: string[]): string => readFileSync(join(dir, ...names), 'utf8')
  const party = (name: string): Party => {
    const certificate = text(name, 'qwac.pem')
    return {
      key: JSON.parse(text(`${name}.jwk`)) as Jwk, // sound: written below
      certificate,
      certificateKey: text(name, 'qwac-key.pem'),
      authority: text(name, 'ca.pem'),
      subject: new X509Certificate(certificate).subject.split('\n').toReversed().join(','),
    }
  }
  return {
    parties: [party('one'), party('two')],
    password: text('password'),
    file: (name) => join(dir, 'server', name),
    anchors: PARTIES.map(({ name }) => join(dir, name, 'ca.pem')),
  }
}

function isStale(dir: string, hosts: readonly string[], now: number): boolean {
  // Written last: a folder without it is half of one.
  if (!existsSync(join(dir, 'password'))) return true
  const server = new X509Certificate(readFileSync(join(dir, 'server', 'server.pem')))
  if (server.validToDate.getTime() < now + RENEW_BEFORE_MS) return true
  return !hosts.every((host) => server.checkHost(host) ?? server.checkIP(host))
}

function makeAll(dir: string, hosts: readonly string[], now: number): void {
  // RSA, which every version of the suite and of FAPI takes: the suites of FAPI 1.0 Advanced §8.5 are of RSA certificates alone, and the
  // suite reads the key of a client certificate as one.
  const order = { hosts, days: DAYS, now, keyType: 'rsa' } as const
  makeCertificates({
    dir: join(dir, 'server'),
    organization: 'Conformance Bank',
    organizationIdentifier: 'PSDGB-FCA-100000',
    ...order,
  })
  for (const { name, organization, identifier } of PARTIES) {
    makeCertificates({
      dir: join(dir, name),
      organization,
      organizationIdentifier: identifier,
      ...order,
    })
    write(join(dir, `${name}.jwk`), JSON.stringify(signingKey()))
  }
  const password = randomBytes(18).toString('base64url')
  write(join(dir, 'server', 'identity-secret'), randomBytes(32).toString('base64url'))
  write(join(dir, 'password'), password)
}

/** RSA, because the suite tries RS256 with the same key. */
function signingKey(): Jwk {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'base64url')
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'PS256' }
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

/** `scrypt:SALT:HASH`, as a file of development customers has it. */
export function hashed(password: string): string {
  const salt = hash('sha256', `conformance ${password}`, 'buffer').subarray(0, 16)
  return `scrypt:${salt.toString('hex')}:${scryptSync(password, salt, 32).toString('hex')}`
}

/** What others may know of a private key. */
export function publicHalf({ d: _, p, q, dp, dq, qi, ...open }: Jwk): Jwk {
  void [p, q, dp, dq, qi]
  return open
}
