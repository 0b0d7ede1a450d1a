/** Where calls of our own may go that serve more than one API: key sets, introspection, responders. */
import type { ActiveApi, Plan } from '../decide/index.ts'
import type { EgressList } from '../lib/index.ts'

/** The lists that are enforced (`egress.allowlist`): one place they all have in common, or nothing is called. */
export function planEgress(plan: Plan): readonly EgressList[] {
  return listsOf(plan.apis.filter((api) => api.state === 'active'))
}

/** Of the APIs that take tokens of this issuer: its keys are fetched, and it is asked, for them. */
export function issuerEgress(plan: Plan, issuer: string): readonly EgressList[] {
  return listsOf(
    plan.apis
      .filter((api) => api.state === 'active')
      .filter(({ rules }) =>
        rules.some(
          (rule) => rule.name === 'token.validation' && rule.params.issuers.includes(issuer),
        ),
      ),
  )
}

function listsOf(apis: readonly ActiveApi[]): readonly EgressList[] {
  return apis.flatMap(({ upstream: { egress } }) =>
    egress === undefined || egress.observed === true ? [] : [egress],
  )
}
