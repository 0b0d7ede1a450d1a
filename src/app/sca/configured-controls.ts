/**
 * What `sca` of the file enforces, as posture counts it: exemptions that are off until two persons put them into force, and limits of attempts. For APIs that
 * take tokens of the authorization server that does it, and of no other; what another server does is not known here.
 */
import type { GatehouseConfig } from '../../config/index.ts'
import type { Plan } from '../../decide/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { ConfiguredControl } from '../../posture/index.ts'
import { serversOfApis } from '../identity/client-authentication-control.ts'

const ENFORCED: readonly (readonly [rule: string, ControlId])[] = [
  ['sca.exemptions', 'sca-exemption-governance'],
  ['sca.limits', 'sca-attempt-limits'],
]

/** Nothing of an API that takes our tokens while the file has no `sca`, of one that checks no tokens, or does not always. */
export function scaControls(
  plan: Pick<Plan, 'apis'>,
  { sca, identity }: Pick<GatehouseConfig, 'sca' | 'identity'>,
): readonly ConfiguredControl[] {
  return serversOfApis(plan, { identity })
    .filter(({ ours }) => !ours || sca !== null)
    .flatMap(({ api, ours }) =>
      ENFORCED.map(([rule, control]) => ({
        api,
        control,
        rule,
        mode: ours ? ('enforce' as const) : ('elsewhere' as const),
        fraction: null,
        operations: 1,
        of: 1,
      })),
    )
}
