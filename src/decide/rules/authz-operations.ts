/** Control `function-authz`: each operation demands its own scopes; of `anyOf`, one set must be held whole. No set: nobody may. */
import { believedToken } from '../believed-token.ts'
import type { RuleKind } from '../rule.ts'

export const rule: RuleKind<'authz.operations'> = {
  name: 'authz.operations',
  prepare({ params }) {
    return {
      needs: ['token'],
      judge(facts) {
        const token = believedToken(facts)
        if ('detail' in token) return token
        for (const all of params.anyOf) if (holdsAll(token.scopes, all)) return undefined
        return {
          code: 'GH_GATEWAY_SCOPE_MISSING',
          detail: 'no declared set of scopes is held whole',
        }
      },
    }
  },
}

function holdsAll(held: ReadonlySet<string>, all: readonly string[]): boolean {
  for (const scope of all) if (!held.has(scope)) return false
  return true
}
