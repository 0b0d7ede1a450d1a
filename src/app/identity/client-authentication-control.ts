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

export function apisOfServer(plan: Given, { identity }: Server): readonly string[] {
  return issuersOfApis(plan)
    .filter(({ issuers }) => issuers.every((issuer) => issuer === identity?.issuer))
    .map(({ api }) => api)
}

/** Nothing of an API that checks no tokens, or does not always. */
export function clientAuthenticationControls(
  plan: Given,
  server: Server,
): readonly ConfiguredControl[] {
  const ours = apisOfServer(plan, server)
  return issuersOfApis(plan).map(({ api }) => ({
    api,
    control: CONTROL,
    rule: 'identity.clientAuth.methods',
    mode: ours.includes(api) ? 'enforce' : 'elsewhere',
    fraction: null,
    operations: 1,
    of: 1,
  }))
}

/** Of whom each API takes tokens, of those whose plan always checks them. */
function issuersOfApis({ apis }: Given) {
  return apis.flatMap((api) => {
    if (api.state === 'closed') return []
    const checks = api.rules.filter((rule) => rule.name === 'token.validation')
    const always = checks.every(
      ({ mode, fraction = 100, origin }) =>
        origin.level === 'mandate' || (mode === 'enforce' && fraction === 100),
    )
    const issuers = checks.flatMap(({ params }) => params.issuers)
    return always && issuers.length > 0 ? [{ api: api.name, issuers }] : []
  })
}
