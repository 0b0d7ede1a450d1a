/**
 * Control `cert-register-renewal`: every certificate that the configuration names, and when each ends, so that none lapses unseen. Files
 * are read again when they change. What cannot be read is no entry: `listeners` and `check` say so of it.
 */
import type { GatehouseConfig } from '../../config/index.ts'
import type { Observation } from '../../controls/index.ts'
import { type Certificate, MAX_PEM_CHARS, readCertificate } from '../../proof/index.ts'
import { type WatchedFile, watchedFile } from './watched-file.ts'
import { readCertificates } from './watched-trust.ts'

/** `listener`: our own. `issuer-key`: `x5c` of a JWKS file. */
export type CertificateUse = 'listener' | 'proxy' | 'trust-store' | 'trusted-list' | 'issuer-key'

export interface RegisteredCertificate {
  readonly use: CertificateUse
  /** Of the listener, trust store or issuer. */
  readonly name: string
  readonly file: string
  readonly subject: string
  /** RFC 8705. */
  readonly thumbprint: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

export interface CertificateRegister {
  /** The one that ends first comes first. */
  readonly entries: readonly RegisteredCertificate[]
  /** Looks at all files. Never rejects. */
  check(): Promise<void>
}

export type Registered = Pick<GatehouseConfig, 'listeners' | 'trustStores' | 'issuers'>

const DAY_MS = 86_400_000
const MAX_JWKS_BYTES = 1 << 20
/** A month before its end a certificate is to be renewed. */
export const RENEW_BEFORE_DAYS = 30
/** From here on it is late. */
export const LATE_DAYS = 7

export function certificateRegister(config: Registered): CertificateRegister {
  interface Source {
    readonly use: CertificateUse
    readonly name: string
    readonly file: WatchedFile<readonly Certificate[]>
  }
  const pem = (use: CertificateUse, name: string, path: string): Source => ({
    use,
    name,
    file: watchedFile(path, MAX_PEM_CHARS, readCertificates),
  })
  const sources: readonly Source[] = [
    ...config.listeners.flatMap(({ name, certificate, proxies }) => [
      pem('listener', name, certificate),
      ...(proxies?.certificates ?? []).map((path) => pem('proxy', name, path)),
    ]),
    ...config.trustStores.flatMap(({ name, anchors, trustedLists }) => [
      ...anchors.map((path) => pem('trust-store', name, path)),
      ...trustedLists.map(({ signers }) => pem('trusted-list', name, signers)),
    ]),
    ...config.issuers.flatMap(({ issuer, jwks }): Source[] =>
      jwks !== null && 'file' in jwks
        ? [
            {
              use: 'issuer-key',
              name: issuer,
              file: watchedFile(jwks.file, MAX_JWKS_BYTES, certificatesOfKeys),
            },
          ]
        : [],
    ),
  ]
  let entries: readonly RegisteredCertificate[] = []
  return {
    get entries() {
      return entries
    },
    async check() {
      for (const { file } of sources) await file.check()
      entries = sources
        .flatMap(({ use, name, file }) =>
          (file.value ?? []).map(({ subject, thumbprint, notAfter }) => ({
            use,
            name,
            file: file.path,
            subject: subject.text,
            thumbprint,
            notAfter,
          })),
        )
        .toSorted((a, b) => a.notAfter - b.notAfter)
    },
  }
}

/** Whole days that are left; negative: it has ended. */
export function daysLeft(
  { notAfter }: Pick<RegisteredCertificate, 'notAfter'>,
  now: number,
): number {
  return Math.floor((notAfter - now) / DAY_MS)
}

/** `listener third-parties ends in 12 days (certs/server.pem)`. */
export function expiryText(one: RegisteredCertificate, now: number): string {
  const days = daysLeft(one, now)
  const when = days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`
  return `${one.use} ${one.name} ${when} (${one.file})`
}

/** How it stands, for each API: all are served under the same certificates. None without a listener of TLS. */
export function registerObservations(
  entries: readonly RegisteredCertificate[],
  apis: readonly string[],
  now: number,
): readonly Observation[] {
  const [first] = entries
  if (first === undefined || !entries.some(({ use }) => use === 'listener')) return []
  const due = entries.filter((one) => daysLeft(one, now) < RENEW_BEFORE_DAYS)
  return apis.map((api) => ({
    control: CONTROL,
    api,
    kind: 'gateway-config',
    outcome: due.length === 0 ? 'pass' : 'fail',
    // No path of this machine: observations are shown to many.
    value:
      due.length === 0
        ? `none of ${entries.length} certificates ends within ${RENEW_BEFORE_DAYS} days`
        : `${due.length} of ${entries.length} certificates end within ${RENEW_BEFORE_DAYS} days; first: ${first.use} ${first.name}, ${daysLeft(first, now)} days left`,
    population: entries.length,
    collectedAt: now,
    expiresAt: now + DAY_MS,
    source: 'certificates@1',
    reproduce: 'gatehouse certs list',
  }))
}
const CONTROL = 'cert-register-renewal'

/** Certificates in `x5c` (RFC 7517 §4.7: base64, not base64url); a key without one has none. @throws Error for what is no key set */
function certificatesOfKeys(bytes: Buffer): readonly Certificate[] {
  const { keys } = JSON.parse(bytes.toString('utf8')) as { readonly keys?: unknown } // sound: read as unknown
  if (!Array.isArray(keys)) throw new Error('it is no JWK set')
  return keys.flatMap((key: unknown) => {
    const chain = typeof key === 'object' && key !== null && 'x5c' in key ? key.x5c : []
    if (!Array.isArray(chain)) return []
    return chain.flatMap((text: unknown) => {
      const read =
        typeof text === 'string' ? readCertificate(Buffer.from(text, 'base64')) : undefined
      return read?.ok === true ? [read.certificate] : []
    })
  })
}
