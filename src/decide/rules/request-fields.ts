/**
 * Control `write-allowlist`: a request holds nothing that the specification does not declare. To OpenAPI a member that nobody declared is
 * sound where `additionalProperties` does not forbid it, so `request.validation` lets it pass; but nobody judged it, and a bank that binds whole
 * objects takes it (OWASP API3:2023). Members of an agreed prefix, and objects that the specification leaves open, stay.
 */
import { isJson } from '../answer.ts'
import { bodyTree } from '../body-tree.ts'
import { looseName } from '../query.ts'
import { ruleNamed } from '../rule-named.ts'
import { type Failure, type Judgement, NO_NEEDS, type RuleContext, type RuleKind } from '../rule.ts'

export const rule: RuleKind<'request.fields'> = {
  name: 'request.fields',
  prepare({ params }, context) {
    const mayStand = (name: string): boolean =>
      params.extensions.some((prefix) => name.startsWith(prefix))
    const declared = new Set(
      context.operation.parameters
        .filter((one) => one.in === 'query')
        .map(({ name }) => looseName(name)),
    )
    const late = judgeBody(context, mayStand)
    return {
      needs: NO_NEEDS,
      judge: (_facts, { query }) =>
        params.query && query.some(({ name }) => !declared.has(looseName(name)) && !mayStand(name))
          ? undeclared('the query holds a parameter that is not declared')
          : undefined,
      ...(late !== undefined && { late }),
    }
  },
}

/** `undefined`: no body of the operation has a schema of members. */
function judgeBody(
  { api, operation, schemas }: RuleContext,
  mayStand: (name: string) => boolean,
): Judgement | undefined {
  const finders = new Map(
    (operation.requestBody?.content ?? []).flatMap(({ mediaType, schema }) =>
      schema === undefined || !isJson(mediaType)
        ? []
        : [[mediaType, schemas.undeclared(schema, mayStand)] as const],
    ),
  )
  if (finders.size === 0) return undefined
  // As deep as the body is read anyway, so that it is read once.
  const depth = ruleNamed(api, operation, 'request.validation')?.params.maxDepth ?? MAX_DEPTH
  return {
    needs: ['body'],
    judge({ body }) {
      const find = body?.kind === 'text' ? finders.get(body.mediaType) : undefined
      if (body?.kind !== 'text' || find === undefined) return undefined
      const tree = bodyTree(body, depth)
      if (typeof tree === 'string')
        return { code: 'GH_GATEWAY_REQUEST_INVALID', detail: `the body cannot be read: ${tree}` }
      const at = find(tree)
      return at === undefined
        ? undefined
        : undeclared(`body${at} holds a member that is not declared`)
    },
  }
}

const MAX_DEPTH = 32

function undeclared(detail: string): Failure {
  return { code: 'GH_GATEWAY_REQUEST_UNDECLARED', detail }
}
