/**
 * Whom the gateway believes to be a bank API or an issuer, and what it shows there, one by one; read again whenever a file changes. What does not
 * fit together leaves the last good pair in force; where there never was one, nothing is sent.
 */
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ApiConfig, IssuerConfig, UpstreamTlsConfig } from '../../config/index.ts'
import { MAX_PEM_CHARS } from '../../proof/index.ts'
import { readSecret } from '../secrets.ts'

export interface UpstreamIdentities {
  /** `name`: of an API, or of an issuer. */
  of(name: string): SecureContext | undefined
  /** Why files as they are now cannot be used; `undefined`: they can. */
  readonly problem: string | undefined
  check(): void
}

type TlsConfig = Pick<UpstreamTlsConfig, 'anchors' | 'certificate' | 'key' | 'minVersion'>
interface Identity {
  readonly place: string
  readonly tls: TlsConfig
  /** Of the files that `context` was made of. */
  seen: string | undefined
  context: SecureContext | undefined
  problem: string | undefined
}

/** What OpenSSL takes for TLS 1.2 in the suites of BCP 195; 1.3 has no others. */
const CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20'

export function upstreamIdentities(
  apis: readonly Pick<ApiConfig, 'name' | 'upstreamTls'>[],
): UpstreamIdentities {
  const all = new Map<string, Identity>()
  for (const { name, upstreamTls: tls } of apis)
    if (tls !== null) all.set(name, unread(`upstreamTls of ${name}`, tls))
  return kept(all)
}

/** As for a bank API, of those that name who vouches for them or what we show. */
export function issuerIdentities(
  issuers: readonly Pick<IssuerConfig, 'issuer' | 'tls'>[],
): UpstreamIdentities {
  const all = new Map<string, Identity>()
  for (const { issuer, tls } of issuers)
    if (tls !== null) all.set(issuer, unread(`tls of ${issuer}`, { ...tls, minVersion: '1.2' }))
  return kept(all)
}

function unread(place: string, tls: TlsConfig): Identity {
  return { place, tls, seen: undefined, context: undefined, problem: undefined }
}

function kept(all: ReadonlyMap<string, Identity>): UpstreamIdentities {
  const check = (): void => {
    for (const one of all.values()) look(one)
  }
  check()
  return {
    of: (name) => all.get(name)?.context,
    get problem() {
      const problems = [...all.values()].flatMap(({ problem }) => problem ?? [])
      return problems.length === 0 ? undefined : problems.join('; ')
    },
    check,
  }
}

function look(one: Identity): void {
  const { place, tls } = one
  try {
    const seen = stateOf(tls)
    if (seen === one.seen) return
    one.context = contextOf(tls)
    one.seen = seen
    one.problem = undefined
  } catch (error) {
    // What OpenSSL says may quote the file; its code does not. Looked at again each time: a file that is half written is whole then.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unusable'
    one.seen = undefined
    one.problem = `${place}: anchors, certificate and key cannot be used (${code})`
  }
}

function stateOf({ anchors, certificate, key }: TlsConfig): string {
  const files = [...anchors, certificate, key !== null && 'file' in key ? key.file : null]
  return files
    .filter((file) => file !== null)
    .map((file) => {
      const { mtimeMs, size, ino } = statSync(file)
      if (size > MAX_PEM_CHARS) throw new RangeError('too large')
      return `${mtimeMs}:${size}:${ino}`
    })
    .join()
}

function contextOf({ anchors, certificate, key, minVersion }: TlsConfig): SecureContext {
  return createSecureContext({
    minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: CIPHERS,
    ...(anchors.length > 0 && { ca: anchors.map((file) => readFileSync(file, 'latin1')) }),
    ...(certificate !== null &&
      key !== null && { cert: readFileSync(certificate, 'latin1'), key: readSecret(key) }),
  })
}
