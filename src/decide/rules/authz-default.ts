/** Control `auth-required`: no operation is open unless the plan says so. */
import { believedToken } from '../believed-token.ts'
import { sureOf } from '../rule-named.ts'
import { ALWAYS_PASSES, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'authz.default'> = {
  name: 'authz.default',
  prepare({ params }, { api, operation }) {
    if (params.open) return ALWAYS_PASSES
    // What is wrong with a token is for token.validation to say, if it is there to say it; if not, a bad token is no token.
    const judgedElsewhere = sureOf(api, operation, 'token.validation')
    return {
      needs: ['token'],
      judge(facts) {
        if (facts.token?.kind === 'invalid' && judgedElsewhere(facts)) return undefined
        const token = believedToken(facts)
        return 'detail' in token ? token : undefined
      },
    }
  },
}
