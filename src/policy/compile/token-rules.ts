/** A template that opens nothing must look at tokens, whether its author thought of it or not. */
import type { RuleName } from '../../decide/index.ts'
import type { MergedRule, MergedRules } from '../merge/merged-rule.ts'
import { RULES } from '../rules/vocabulary.ts'

const NEEDED: readonly RuleName[] = ['authz.default', 'token.validation', 'token.lifetime']

export function isOpen(rules: MergedRules): boolean {
  const rule = rules.get('authz.default')
  return rule?.mode === 'enforce' && rule.params.get('open') === true
}

/** Adds what is missing, enforced, with the origin of the rule that asked for it; an open API is left as it is. */
export function withTokenRules(rules: MergedRules, source: string): MergedRules {
  if (isOpen(rules)) return rules
  const origin = rules.get('authz.default')?.origin ?? { level: 'profile' as const, source }
  const entries = RULES.flatMap(
    ({ name, params }): readonly (readonly [RuleName, MergedRule])[] => {
      const known = rules.get(name)
      if (known !== undefined) return [[name, known]]
      if (!NEEDED.includes(name)) return []
      const fallbacks = new Map([...params].map(([param, { fallback }]) => [param, fallback]))
      return [
        [
          name,
          {
            rule: name,
            mode: 'enforce',
            fraction: null,
            params: fallbacks,
            mandated: false,
            origin,
          },
        ],
      ]
    },
  )
  return new Map(entries)
}
