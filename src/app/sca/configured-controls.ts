/**
 * What `sca` of the file enforces, as posture counts it: exemptions that are off until two persons put them into force, and limits of attempts. For APIs whose
 * tokens all come from the authorization server that does it; of those of another server the file says nothing.
 */
import type { GatehouseConfig } from '../../config/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { ConfiguredControl } from '../../posture/index.ts'

const ENFORCED: readonly (readonly [rule: string, ControlId])[] = [
  ['sca.exemptions', 'sca-exemption-governance'],
  ['sca.limits', 'sca-attempt-limits'],
]

export function scaControls({
  sca,
  identity,
  issuers,
  apis,
}: Pick<GatehouseConfig, 'sca' | 'identity' | 'issuers' | 'apis'>): readonly ConfiguredControl[] {
  if (sca === null || identity === null) return []
  const all = issuers.map(({ issuer }) => issuer)
  return apis
    .filter(({ issuers: named }) => {
      const trusted = named ?? all
      return trusted.length > 0 && trusted.every((issuer) => issuer === identity.issuer)
    })
    .flatMap(({ name }) =>
      ENFORCED.map(([rule, control]) => ({
        api: name,
        control,
        rule,
        mode: 'enforce' as const,
        fraction: null,
        operations: 1,
        of: 1,
      })),
    )
}
