/** Where an API may make the gateway call: its list, and what of the configuration is not on it (`egress.allowlist`). */
import type { PlanIssuer, PlanUpstream } from '../../decide/index.ts'
import { type EgressList, offList, readNetwork } from '../../lib/index.ts'
import type { RuleChange } from '../contract.ts'
import type { MergedRule, MergedRules } from '../merge/merged-rule.ts'
import type { Findings } from './closing.ts'

/** As its levels state it. */
export function egressOf({ params }: MergedRule): EgressList {
  const stated = (name: string): readonly string[] | undefined => {
    const value = params.get(name)
    return Array.isArray(value) ? value : undefined
  }
  const hosts = stated('hosts')
  const networks = stated('networks')
  const ports = stated('ports')
  return {
    ...(hosts !== undefined && { hosts }),
    ...(networks !== undefined && { networks }),
    ...(ports !== undefined && { ports }),
  }
}

/** What binds each call of the upstream; nothing where the rule is off. */
export function upstreamEgress(rules: MergedRules): Pick<PlanUpstream, 'egress'> {
  const rule = rules.get('egress.allowlist')
  if (rule === undefined || !runs(rule)) return {}
  return { egress: { ...egressOf(rule), ...(!enforced(rule) && { observed: true as const }) } }
}

function runs(rule: MergedRule): boolean {
  return rule.mode !== 'off' || enforced(rule)
}

/** A mandate has no other mode. */
function enforced({ mode, origin }: MergedRule): boolean {
  return mode === 'enforce' || origin.level === 'mandate'
}

/** Everything that the API makes the gateway call is on the list by its name, or the API is closed. */
export function checkEgress(
  rules: MergedRules,
  upstream: PlanUpstream,
  issuers: readonly PlanIssuer[],
  findings: Findings,
  /** Of the levels that may state it, the lowest first. */
  levels: readonly (readonly RuleChange[])[],
): void {
  const rule = rules.get('egress.allowlist')
  if (rule === undefined || !runs(rule)) return
  const list = egressOf(rule)
  const place = levels.flat().find((change) => change.rule === 'egress.allowlist')?.place
  const tell = (text: string): void =>
    enforced(rule)
      ? findings.close('GH_POLICY_EGRESS', text, place)
      : findings.note('GH_POLICY_EGRESS', 'high', text, place)
  if (list.hosts === undefined && list.networks === undefined)
    return tell('egress.allowlist states neither hosts nor networks, so that nothing is on it')
  for (const network of list.networks ?? [])
    if (readNetwork(network) === undefined)
      return tell(
        `egress.allowlist has ${JSON.stringify(network)} among its networks, which is none: write the first address of a network and the length of its prefix`,
      )
  for (const [what, url] of calls(upstream, issuers)) {
    const { hostname, port, protocol } = new URL(url)
    const why = offList(list, hostname, Number(port || (protocol === 'https:' ? 443 : 80)))
    if (why !== undefined) tell(`${what} is not on egress.allowlist: ${why}`)
  }
}

function calls(
  { origin, others = [] }: PlanUpstream,
  issuers: readonly PlanIssuer[],
): readonly (readonly [what: string, url: string])[] {
  return [
    ...[origin, ...others].map((one) => [`upstream ${one}`, one] as const),
    ...issuers.flatMap(({ issuer, jwks, introspection }) => [
      ...('url' in jwks ? [[`the key set of ${issuer}`, jwks.url] as const] : []),
      ...(introspection === undefined
        ? []
        : [[`introspection of ${issuer}`, introspection.endpoint] as const]),
    ]),
  ]
}
