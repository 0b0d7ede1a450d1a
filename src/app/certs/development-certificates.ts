/**
 * `gatehouse certs`: an authority, certificates and keys for development and tests, with the variants that must be refused. Nobody
 * trusts them unless told to, and their names say what they are.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatehouseError } from '../../lib/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import {
  type Authority,
  type Holder,
  issue,
  type Issued,
  type Order,
  revocationList,
} from './issue.ts'
import { signedTrustedList } from './trusted-list.ts'

export interface CertificateOrder {
  /** Folder; made if it is not there, refused if it is not empty. */
  readonly dir: string
  /** Who holds the third party's certificates: `Budget Buddy Ltd`. */
  readonly organization: string
  /** ETSI TS 119 495 §5.2.1: `PSDGB-FCA-123456`. */
  readonly organizationIdentifier: string
  /** Names and addresses of the server certificate. */
  readonly hosts: readonly string[]
  readonly days: number
  readonly now: number
  /** Of the server's certificate and of the QWAC with all roles: elliptic, if nothing is said. FAPI 1.0 Advanced §8.5 knows suites with RSA alone. */
  readonly keyType?: 'ec' | 'rsa'
}

export interface MadeFile {
  /** Name in the folder. */
  readonly file: string
  readonly what: string
}

const DAY_MS = 86_400_000
/** Clocks of machines differ: what was made now is valid there too. */
const SKEW_MS = 300_000
export const MAX_DAYS = 825
const IDENTIFIER = /^PSD([A-Z]{2})-([A-Z]{2,8})-([\x21-\x7e]{1,64})$/

/** @throws GH_CLI_USAGE for an identifier or a number of days that cannot be; GH_CLI_FILE_EXISTS: the folder holds something */
export function makeCertificates(order: CertificateOrder): readonly MadeFile[] {
  const { dir, organization, organizationIdentifier, hosts, days, now, keyType = 'ec' } = order
  const [, country, authority] = IDENTIFIER.exec(organizationIdentifier) ?? []
  if (country === undefined || authority === undefined)
    throw new GatehouseError(
      'GH_CLI_USAGE',
      'an organisation identifier looks like PSDGB-FCA-123456',
    )
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
    throw new GatehouseError('GH_CLI_USAGE', `days are a whole number from 1 to ${MAX_DAYS}`)
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new GatehouseError('GH_CLI_FILE_EXISTS', dir)
  mkdirSync(dir, { recursive: true, mode: 0o700 })

  const made: MadeFile[] = []
  const write = (file: string, what: string, text: string): void => {
    writeFileSync(join(dir, file), text, { flag: 'wx', mode: 0o600, flush: true })
    made.push({ file, what })
  }
  const keep = (name: string, what: string, { der, key }: Issued, ...chain: Issued[]): void => {
    write(`${name}.pem`, what, [der, ...chain.map((one) => one.der)].map(certificatePem).join(''))
    write(`${name}-key.pem`, `private key of ${name}.pem`, privatePem(key))
  }

  const valid = { notBefore: now - SKEW_MS, notAfter: now + days * DAY_MS }
  const nca: Authority = { name: `DEVELOPMENT ONLY ${authority}`, id: `${country}-${authority}` }
  const authorityOf = (commonName: string) => {
    const holder: Holder = { commonName, organization: 'Gatehouse DEVELOPMENT ONLY', country }
    const self = issue({ holder, purpose: 'authority', ...valid }, undefined, systemRandomBytes)
    return { holder, self, key: self.key }
  }
  const ca = authorityOf('Gatehouse DEVELOPMENT ONLY CA')
  const foreign = authorityOf('Gatehouse DEVELOPMENT ONLY foreign CA')
  const holder: Holder = { commonName: organization, organization, organizationIdentifier, country }
  const make = (
    more: Omit<Order, 'notBefore' | 'notAfter'> & Partial<Order>,
    by?: typeof ca,
  ): Issued => issue({ ...valid, ...more }, by ?? ca, systemRandomBytes)
  const web = (
    roles: NonNullable<Order['psd2']>['roles'],
    more: Partial<Order> = {},
    by?: typeof ca,
  ) => make({ holder, purpose: 'web', psd2: { roles, authority: nca }, ...more }, by)

  keep('ca', 'authority that issued all but the foreign ones: the anchor to trust', ca.self)
  const server: Holder = { commonName: hosts[0] ?? 'localhost', country }
  keep(
    'server',
    `server certificate for ${hosts.join(', ')}`,
    make({ holder: server, purpose: 'server', hosts, keyType }),
  )
  keep(
    'qwac',
    'QWAC with all three roles of third parties',
    web(['PSP_AI', 'PSP_PI', 'PSP_IC'], { keyType }),
  )
  keep('qwac-ais', 'QWAC with PSP_AI alone', web(['PSP_AI']))
  keep('qwac-pis', 'QWAC with PSP_PI alone', web(['PSP_PI']))
  keep('qwac-cbpii', 'QWAC with PSP_IC alone', web(['PSP_IC']))
  keep(
    'qwac-expired',
    'QWAC that expired a day ago',
    web(['PSP_AI', 'PSP_PI'], { notBefore: now - 30 * DAY_MS, notAfter: now - DAY_MS }),
  )
  const revoked = web(['PSP_AI', 'PSP_PI'])
  keep('qwac-revoked', 'QWAC that crl.pem revokes', revoked)
  keep(
    'qwac-foreign',
    'QWAC of an authority that nobody trusts',
    web(['PSP_AI', 'PSP_PI'], {}, foreign),
  )
  keep(
    'self-signed',
    'certificate that signed itself',
    issue(
      { holder, purpose: 'web', ...valid, psd2: { roles: ['PSP_AI'], authority: nca } },
      undefined,
      systemRandomBytes,
    ),
  )
  keep(
    'qseal',
    'QSEAL for signatures of messages (RSA)',
    make({
      holder,
      purpose: 'eseal',
      keyType: 'rsa',
      psd2: { roles: ['PSP_AI', 'PSP_PI'], authority: nca },
    }),
  )
  keep(
    'proxy',
    'client certificate of a proxy before the gateway',
    make({ holder: { commonName: 'proxy.DEVELOPMENT-ONLY', country }, purpose: 'client' }),
  )
  const list = (next: number): string =>
    crlPem(revocationList(ca, [revoked.serial], next - days * DAY_MS - SKEW_MS, next))
  write(
    'crl.pem',
    `revocation list of the authority, good for ${days} days`,
    list(now + days * DAY_MS),
  )
  write('crl-stale.pem', 'the same list, out of date since a day', list(now - DAY_MS))
  write(
    'foreign-ca.pem',
    'authority that issued qwac-foreign.pem',
    certificatePem(foreign.self.der),
  )
  const operator = issue(
    {
      holder: { commonName: 'Gatehouse DEVELOPMENT ONLY list operator', country },
      purpose: 'eseal',
      keyType: 'rsa',
      ...valid,
    },
    undefined,
    systemRandomBytes,
  )
  keep('list-operator', 'who signs trusted-list.xml', operator)
  const trusted = (issuedAt: number, nextUpdate: number): string =>
    signedTrustedList(
      { territory: country, issuedAt, nextUpdate },
      [
        { name: 'DEVELOPMENT ONLY CA', certificate: ca.self.der, status: 'granted' },
        { name: 'DEVELOPMENT ONLY foreign CA', certificate: foreign.self.der, status: 'withdrawn' },
      ],
      operator.key,
    )
  write(
    'trusted-list.xml',
    'signed trusted list: the authority granted, the foreign one withdrawn',
    trusted(now - SKEW_MS, now + days * DAY_MS),
  )
  write(
    'trusted-list-stale.xml',
    'the same list, out of date since a day',
    trusted(now - (days + 1) * DAY_MS, now - DAY_MS),
  )
  return made
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
const certificatePem = (der: Uint8Array): string => pem('CERTIFICATE', der)
const crlPem = (der: Uint8Array): string => pem('X509 CRL', der)

function privatePem(key: Issued['key']): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
