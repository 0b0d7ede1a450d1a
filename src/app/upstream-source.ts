/** What the configuration says of the bank behind an API, as the compiler takes it. */
import type { ApiConfig } from '../config/index.ts'
import type { ApiPolicySource } from '../policy/index.ts'

type Upstream = Pick<ApiConfig, 'name' | 'upstream' | 'upstreamHealth' | 'upstreamTls'>

/** `specPath` is the specification's own server path. */
export function upstreamOf(
  api: Upstream,
  specPath: string,
): Pick<ApiPolicySource, 'upstream' | 'upstreamHealth' | 'upstreamOthers' | 'upstreamTls'> {
  const [first = '', ...others] = api.upstream.map((address) => upstreamRoot(address, specPath))
  return {
    upstream: first,
    ...(others.length > 0 && { upstreamOthers: others }),
    ...(api.upstreamHealth !== null && { upstreamHealth: api.upstreamHealth }),
    ...tlsOf(api),
  }
}

/** Files and keys are not the plan's: it names the API that they belong to. */
function tlsOf({ name, upstreamTls: tls }: Upstream): Pick<ApiPolicySource, 'upstreamTls'> {
  if (tls === null) return {}
  const { minVersion, certificate, serverName, uri } = tls
  return {
    upstreamTls: {
      api: name,
      minVersion,
      mutual: certificate !== null,
      ...(serverName !== null && { serverName }),
      ...(uri !== null && { uri }),
    },
  }
}

/** An upstream without a path serves under the specification's own server path (docs/decisions/003). */
export function upstreamRoot(upstream: string, specPath: string): string {
  const afterHost = upstream.replace(/^[a-z]+:\/\/[^/]*/i, '')
  return afterHost === '' ? upstream + specPath : upstream
}
