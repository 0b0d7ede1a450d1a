/**
 * How third parties authenticate where they get their tokens, as posture counts it. Our authorization server knows keys and certificates and
 * nothing else (`identity/provider.ts`), so the control is configured for APIs that take its tokens alone; how clients authenticate at
 * another one is not known here.
 */
import type { GatehouseConfig } from '../../config/index.ts'
import type { Plan } from '../../decide/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { ConfiguredControl } from '../../posture/index.ts'

// Sound: the catalogue has it; a test says so.
const CONTROL = 'client-strong-auth' as ControlId

type Given = Pick<Plan, 'apis'>
type Server = Pick<GatehouseConfig, 'identity'>

export function apisOfServer(plan: Given, server: Server): readonly string[] {
  return serversOfApis(plan, server)
    .filter(({ ours }) => ours)
    .map(({ api }) => api)
}

export function clientAuthenticationControls(
  plan: Given,
  server: Server,
): readonly ConfiguredControl[] {
  return serversOfApis(plan, server).map(({ api, ours }) => ({
    api,
    control: CONTROL,
    rule: 'identity.clientAuth.methods',
    mode: ours ? 'enforce' : 'elsewhere',
    fraction: null,
    operations: 1,
    of: 1,
  }))
}

/** Whether each API takes tokens of our server alone. Nothing of an API that checks no tokens, or does not always. */
export function serversOfApis(
  { apis }: Given,
  { identity }: Server,
): readonly { readonly api: string; readonly ours: boolean }[] {
  return apis.flatMap((api) => {
    if (api.state === 'closed') return []
    const checks = api.rules.filter((rule) => rule.name === 'token.validation')
    const always = checks.every(
      ({ mode, fraction = 100, origin }) =>
        origin.level === 'mandate' || (mode === 'enforce' && fraction === 100),
    )
    const issuers = checks.flatMap(({ params }) => params.issuers)
    if (!always || issuers.length === 0) return []
    return [{ api: api.name, ours: issuers.every((issuer) => issuer === identity?.issuer) }]
  })
}
