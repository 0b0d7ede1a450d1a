/**
 * The certificate that a proxy saw, in the header that it sends: `Client-Cert` and `Client-Cert-Chain` (RFC 9440 §2), or Envoy's
 * `x-forwarded-client-cert`. Whether that proxy may say so is decided before this is asked.
 */
import { hash } from 'node:crypto'
import type { CertificateFact } from '../../decide/index.ts'
import { readPem } from '../../proof/index.ts'
import { Recent } from '../../lib/index.ts'
import { MAX_CHAIN } from './trust-store.ts'

export type ForwardedHeader = 'client-cert' | 'x-forwarded-client-cert'

/** DER, the leaf first; empty: the client sent none. `undefined`: the header says nothing that can be relied on. */
export function forwardedChain(
  header: ForwardedHeader,
  rawHeaders: readonly string[],
): readonly Uint8Array[] | undefined {
  return header === 'client-cert' ? clientCert(rawHeaders) : envoy(rawHeaders)
}

/** Certificates that proxies sent and that were judged, per listener. */
export const FORWARDED_CACHE_LIMIT = 1_000
const UNREADABLE: CertificateFact = {
  kind: 'untrusted',
  thumbprint: '',
  why: 'the header of the proxy cannot be read',
}

/** Judges what a proxy sends; the same certificate again costs a hash, until something else is trusted. */
export function forwardedJudge(
  header: ForwardedHeader,
  version: () => number,
  judge: (chain: readonly Uint8Array[]) => CertificateFact,
): (rawHeaders: readonly string[]) => CertificateFact {
  let recent = new Recent<CertificateFact>(FORWARDED_CACHE_LIMIT)
  let judgedAt = version()
  return (rawHeaders) => {
    const now = version()
    if (now !== judgedAt) {
      recent = new Recent(FORWARDED_CACHE_LIMIT)
      judgedAt = now
    }
    const key = keyOf(header, rawHeaders)
    const held = recent.get(key)
    if (held !== undefined) return held
    const chain = forwardedChain(header, rawHeaders)
    const fact = chain === undefined ? UNREADABLE : judge(chain)
    recent.set(key, fact)
    return fact
  }
}

function keyOf(header: ForwardedHeader, rawHeaders: readonly string[]): string {
  const written = [...valuesOf(rawHeaders, header), '\n', ...valuesOf(rawHeaders, CHAIN)]
  return hash('sha256', written.join('\r'), 'base64url')
}

const CHAIN = 'client-cert-chain'
/** RFC 8941 §3.3.5: base64 between colons. */
const BINARY = /^:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/

function clientCert(rawHeaders: readonly string[]): readonly Uint8Array[] | undefined {
  const [leaf, second] = valuesOf(rawHeaders, 'client-cert')
  const chain = valuesOf(rawHeaders, CHAIN)
  // RFC 9440 §2.4: a proxy that saw no certificate sends neither.
  if (leaf === undefined) return chain.length === 0 ? [] : undefined
  if (second !== undefined) return undefined
  const found = [leaf, ...chain.flatMap((value) => value.split(','))].map(binary)
  return found.length > MAX_CHAIN || !found.every((one) => one !== undefined) ? undefined : found
}

function binary(written: string): Uint8Array | undefined {
  const text = BINARY.exec(written.trim())?.[1]
  return text === undefined || text === '' ? undefined : Buffer.from(text, 'base64')
}

/** `Hash=…;Cert="%2D…";Chain="…"`: one element, of the one proxy before us; more were appended by nobody that we know. */
function envoy(rawHeaders: readonly string[]): readonly Uint8Array[] | undefined {
  const [value, second] = valuesOf(rawHeaders, 'x-forwarded-client-cert')
  if (value === undefined) return []
  if (second !== undefined) return undefined
  const pairs = new Map<string, string>()
  // Quoted values hold no quote but an escaped one, and what is sent in Cert and Chain is percent-encoded.
  for (const [, name = '', quoted, plain = ''] of value.matchAll(PAIR)) {
    const key = name.toLowerCase()
    if (key === '' || (pairs.has(key) && key !== 'uri' && key !== 'dns')) return undefined
    pairs.set(key, quoted ?? plain)
  }
  if (value.replaceAll(PAIR, '') !== '') return undefined
  const leaf = pemOf(pairs.get('cert'))
  const chain = pairs.has('chain') ? pemOf(pairs.get('chain')) : []
  if (leaf?.length !== 1 || chain === undefined) return undefined
  // Envoy repeats the leaf at the head of the chain.
  const rest = chain.filter((one) => !Buffer.from(one).equals(leaf[0] ?? NOTHING))
  return rest.length >= MAX_CHAIN ? undefined : [...leaf, ...rest]
}

const NOTHING = new Uint8Array()
/** A pair and what follows it; a comma, which begins another element, is none of it. */
const PAIR = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^;,"]*))(?:;|$)/gy

function pemOf(encoded: string | undefined): readonly Uint8Array[] | undefined {
  if (encoded === undefined) return undefined
  try {
    return readPem('CERTIFICATE', decodeURIComponent(encoded))
  } catch {
    return undefined
  }
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const one = rawHeaders[at] ?? ''
    if (one.length === name.length && one.toLowerCase() === name)
      found.push(rawHeaders[at + 1] ?? '')
  }
  return found
}
