/** How the requests of a proxy's unix socket came to it: over TLS that it ended, with the client certificate that it names. */
import type { ProxySocketConfig } from '../../config/index.ts'
import { forwardedJudge, judgeCertificate } from '../../gateway/core/index.ts'
import { type Transport, transportFacts } from '../../gateway/node/index.ts'
import type { Clock } from '../../lib/index.ts'
import type { WatchedTrust } from './watched-trust.ts'

/** Everybody who can open the socket is that proxy: the permissions of its file are what makes it one. */
export function vouchedBy(
  { header, proxyTls, trustStores }: ProxySocketConfig,
  trust: WatchedTrust,
  clock: Clock,
): Transport {
  const certificateOf = forwardedJudge(
    header,
    () => trust.version,
    (chain) => judgeCertificate(trust.stores(trustStores), chain, clock.now()),
  )
  const factOf = transportFacts()
  return (rawHeaders) => factOf(proxyTls, certificateOf(rawHeaders))
}
