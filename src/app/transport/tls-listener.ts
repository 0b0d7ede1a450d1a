/** What a TLS listener of the configuration is to the gateway: its certificate, whom it believes, and which proxies vouch for others. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ListenerConfig } from '../../config/index.ts'
import type { CertificateFact } from '../../decide/index.ts'
import { forwardedJudge, judgeCertificate } from '../../gateway/core/index.ts'
import type { TlsListener } from '../../gateway/node/index.ts'
import { type Clock, GatehouseError } from '../../lib/index.ts'
import type { Certificate } from '../../proof/index.ts'
import type { ServerIdentity } from './server-identity.ts'
import { readCertificates, type WatchedTrust } from './watched-trust.ts'

/** `changed`: told when certificate, key or what is trusted is another. @throws GH_GATEWAY_TRUST_FILE */
export function tlsListener(
  { minVersion, clientCertificate, trustStores, proxies }: ListenerConfig,
  parts: {
    readonly identity: ServerIdentity
    readonly trust: WatchedTrust
    readonly clock: Clock
    readonly changed: Set<() => void>
  },
): TlsListener {
  const { identity, trust, clock, changed } = parts
  const judge = (chain: readonly Uint8Array[]): CertificateFact =>
    judgeCertificate(trust.stores(trustStores), chain, clock.now())
  return {
    minVersion,
    clientCertificate,
    identity: () => ({
      ...identity.pair,
      ca: trust
        .stores(trustStores)
        .flatMap((store) => [...store.anchors.values()].flat())
        .map(({ der }) => pem(der)),
    }),
    onChange(tell) {
      changed.add(tell)
      return () => changed.delete(tell)
    },
    trustVersion: () => trust.version,
    judge,
    settled: (chain) =>
      trust.settled(chain.map((der) => createHash('sha256').update(der).digest('base64url'))),
    ...(proxies !== null && {
      forwarded: forwardedBy(
        proxies.certificates.flatMap(ownCertificate),
        forwardedJudge(proxies.header, () => trust.version, judge),
        clock,
      ),
    }),
  }
}

/** A proxy is one by its own certificate, which must be in force and not revoked; the header of anybody else is no word of a proxy. */
function forwardedBy(
  proxies: readonly Certificate[],
  judge: (rawHeaders: readonly string[]) => CertificateFact,
  clock: Clock,
): NonNullable<TlsListener['forwarded']> {
  const known = new Set(proxies.map(({ thumbprint }) => thumbprint))
  return (own, rawHeaders) => {
    if (own.kind !== 'trusted' || !known.has(own.thumbprint)) return undefined
    const now = clock.now()
    const { notBefore, notAfter, revocation, revocationUntil } = own
    const cleared = revocation === 'unasked' || (revocation === 'good' && now <= revocationUntil)
    if (!(now >= notBefore && now <= notAfter && cleared)) return NOT_BELIEVED
    return judge(rawHeaders)
  }
}

const NOT_BELIEVED: CertificateFact = {
  kind: 'untrusted',
  thumbprint: '',
  why: 'the certificate of the proxy is not in force, or its status is not known',
}

/** @throws GH_GATEWAY_TRUST_FILE */
function ownCertificate(file: string): readonly Certificate[] {
  try {
    return readCertificates(readFileSync(file)).slice(0, 1)
  } catch (cause) {
    throw new GatehouseError('GH_GATEWAY_TRUST_FILE', file, { cause })
  }
}

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
}
