/**
 * Control `input-validation`: parameters and body are what the specification declares, or the request is refused. The body is judged
 * last of all, so that it is not read for a request that another rule refuses.
 */
import { judgeParameters, prepareParameters } from '../parameters.ts'
import { bodyHeadJudge, bodyJudgement } from '../request-body.ts'
import { type Failure, NO_NEEDS, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'request.validation'> = {
  name: 'request.validation',
  prepare({ params }, context) {
    const parameters = prepareParameters(context)
    const declared = new Set(
      parameters.filter((one) => one.declared.in === 'query').map((one) => one.name),
    )
    const judgeBodyHead = bodyHeadJudge(context, params)
    const late = bodyJudgement(context, params)
    const refusesUndeclared = params.undeclaredQuery === 'refuse'
    return {
      needs: NO_NEEDS,
      judge(facts, request) {
        const { headers } = facts.request
        const body = judgeBodyHead(headers)
        if (body !== undefined) return body
        if (refusesUndeclared)
          for (const { name } of request.query) if (!declared.has(name)) return UNDECLARED
        const fault = judgeParameters(parameters, headers, request)
        return fault === undefined
          ? undefined
          : { code: 'GH_GATEWAY_REQUEST_INVALID', detail: fault }
      },
      ...(params.undeclaredQuery === 'strip' && { keeps: (name: string) => declared.has(name) }),
      ...(late !== undefined && { late }),
    }
  },
}

const UNDECLARED: Failure = {
  code: 'GH_GATEWAY_REQUEST_INVALID',
  // Not which: the name was made up by the caller and may hold anything.
  detail: 'a query parameter that is not declared',
}
