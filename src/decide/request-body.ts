/** The body of a request: whether one may come at all, of which media type and size, and whether it is what the schema says. */
import type { BodyFact, HeaderView } from './facts.ts'
import type { Validate } from '../schema/index.ts'
import { isJson } from './answer.ts'
import { bodyTree, MESSAGE } from './body-tree.ts'
import { judgeQuery } from './query.ts'
import type { PlanContent, RuleOf } from './plan.ts'
import { ruleNamed } from './rule-named.ts'
import type { Failure, Judgement, RuleContext } from './rule.ts'

type Limits = RuleOf<'request.validation'>['params']

/** A body in these methods has no defined meaning (RFC 9110 §9.3.1, §9.3.2): two parsers, two requests. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** What the headers say of the body, before any of it is read. */
export function bodyHeadJudge(
  { operation }: RuleContext,
  { maxBodyBytes }: Limits,
): (headers: HeaderView) => Failure | undefined {
  const allowed = !BODILESS.has(operation.method) && operation.requestBody !== undefined
  return (headers) => {
    const length = headers.all('content-length')[0]
    const present =
      headers.all('transfer-encoding').length > 0 || (length !== undefined && length.trim() !== '0')
    if (!present) return undefined
    if (!allowed) return invalid('the operation takes no body')
    // Nothing is inflated here, so no bomb is; and what was judged coded would be read otherwise by a bank that decodes it.
    if (headers.all('content-encoding').some((coding) => !IDENTITY.test(coding))) return CODED
    return Number(length) > maxBodyBytes ? TOO_LARGE : undefined
  }
}

/** What the body itself says; `undefined` for operations that take none. */
export function bodyJudgement(
  { api, operation, schemas }: RuleContext,
  { maxBodyBytes, maxDepth }: Limits,
): Judgement | undefined {
  const { requestBody } = operation
  if (BODILESS.has(operation.method) || requestBody === undefined) return undefined
  // Without a rule that looks at its signature a message says nothing.
  const signature = ruleNamed(api, operation, 'request.signature')
  const signed = signature !== undefined && signature.params.form === 'message'
  const judges = new Map(
    requestBody.content.map((content) => [content.mediaType, judgeOf(content)]),
  )
  function judgeOf(content: PlanContent): Validate | undefined {
    // A schema says nothing of a text that is not JSON, and without one nothing is declared: what cannot be checked is refused.
    if (content.schema === undefined) return undefined
    if (isJson(content.mediaType) || (content.mediaType === MESSAGE && signed))
      return schemas.body(content.schema, maxDepth)
    return content.mediaType === FORM
      ? formJudge(schemas.body(content.schema, maxDepth))
      : undefined
  }
  return {
    needs: ['body'],
    judge(facts) {
      const body: BodyFact = facts.body ?? { kind: 'absent' }
      if (body.kind === 'absent')
        return requestBody.required ? invalid('the body is missing') : undefined
      if (utf8Length(body.text, maxBodyBytes) > maxBodyBytes) return TOO_LARGE
      if (!judges.has(body.mediaType)) return MEDIA_TYPE
      const judged = judges.get(body.mediaType)?.(body.text, (_text, depth) =>
        bodyTree(body, depth),
      )
      if (judged === undefined) return invalid('a body of this media type cannot be checked')
      return judged.ok
        ? undefined
        : invalid(`body${judged.at} is not what its schema says: ${judged.reason}`)
    },
  }
}

const FORM = 'application/x-www-form-urlencoded'

/**
 * A form (RFC 6749 appendix B) as the JSON object of its texts, judged by the schema as any other: an authorization server's requests
 * are forms. A name that stands twice is refused (RFC 6749 §3.2).
 */
function formJudge(validate: Validate): Validate {
  // What was read of the body is not for it: it judges another text.
  return (text) => {
    const pairs = judgeQuery(text)
    if (typeof pairs === 'string') return { ok: false, at: '', reason: 'malformed' }
    const members = pairs.map(
      ({ name, value }) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    )
    return validate(`{${members.join(',')}}`)
  }
}

const IDENTITY = /^[ \t]*(?:identity)?[ \t]*$/i

/** In every mode: a body that nobody here can read is judged by nobody. */
const CODED: Failure = {
  code: 'GH_GATEWAY_CONTENT_CODING',
  detail: 'the body has a content coding',
  always: true,
}

const MEDIA_TYPE: Failure = {
  code: 'GH_GATEWAY_MEDIA_TYPE',
  detail: 'the media type of the body is not declared, or not said once and in UTF-8',
}

const TOO_LARGE: Failure = { code: 'GH_GATEWAY_BODY_TOO_LARGE', detail: 'body over the limit' }

function invalid(detail: string): Failure {
  return { code: 'GH_GATEWAY_REQUEST_INVALID', detail }
}

/** Bytes of the text in UTF-8; stops counting once over `enough`. */
function utf8Length(text: string, enough: number): number {
  if (text.length > enough || text.length * 3 <= enough) return text.length
  let bytes = 0
  for (let at = 0; at < text.length && bytes <= enough; at++) {
    const code = text.charCodeAt(at)
    // A surrogate is half of four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
  }
  return bytes
}
