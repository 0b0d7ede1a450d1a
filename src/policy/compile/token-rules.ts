/** A policy that opens nothing must look at tokens, whether its author thought of it or not; one that opens an API cannot. */
import type { RuleName } from '../../decide/index.ts'
import { type MergedRule, type MergedRules, ruleByDefault } from '../merge/merged-rule.ts'
import { RULES } from '../rules/vocabulary.ts'

const NEEDED: readonly RuleName[] = ['authz.default', 'token.validation', 'token.lifetime']
/** Rules that judge a token, or what a token leads to. */
const OF_TOKENS: readonly RuleName[] = [
  'token.validation',
  'token.lifetime',
  'token.senderConstrained',
  'identity.clientStatus',
  'identity.clientCertificate.roles',
  'authz.operations',
  'authz.consent',
  'authz.objects',
  'sca.required',
]

export function isOpen(rules: MergedRules): boolean {
  const rule = rules.get('authz.default')
  return rule?.mode === 'enforce' && rule.params.get('open') === true
}

/**
 * Adds what is missing, enforced, with the origin of the rule that asked for it. On an open API a mandate about tokens has nothing to
 * say; an API that asks for such a rule itself contradicts itself, and is told so.
 */
export function withTokenRules(
  rules: MergedRules,
  source: string,
  contradiction: (rule: MergedRule) => void,
): MergedRules {
  if (isOpen(rules))
    return new Map(
      [...rules].filter(([name, rule]) => {
        if (!OF_TOKENS.includes(name)) return true
        if (rule.origin.level !== 'mandate' && rule.mode !== 'off') contradiction(rule)
        return false
      }),
    )
  const origin = rules.get('authz.default')?.origin ?? { level: 'profile' as const, source }
  const entries = RULES.flatMap((spec): readonly (readonly [RuleName, MergedRule])[] => {
    const { name } = spec
    const known = rules.get(name)
    if (known !== undefined && !(NEEDED.includes(name) && isMissing(known))) return [[name, known]]
    if (!NEEDED.includes(name)) return []
    const rule = known ?? ruleByDefault(spec, origin)
    return [[name, { ...rule, mode: 'enforce', fraction: null, origin }]]
  })
  return new Map(entries)
}

/** A closed API that only watches whether tokens are valid is open; how long they live may be watched for a while. */
function isMissing({ rule, mode, fraction }: MergedRule): boolean {
  return rule === 'token.lifetime' ? mode === 'off' : mode !== 'enforce' || fraction !== null
}
