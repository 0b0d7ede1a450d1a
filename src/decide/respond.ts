/**
 * What of the bank's answer leaves. The rules `response.fields` and `response.errors` are judged here; where an operation has none of
 * them, the strict reading holds: a body leaves as far as its schema declares it, an error only if it was declared.
 */
import {
  type Answer,
  answerFor,
  contentFor,
  isJson,
  prepareAnswers,
  type ProjectBody,
} from './answer.ts'
import { allowedHeaders, isSealed, leaving } from './answer-headers.ts'
import type { Projected } from '../schema/index.ts'
import type { Facts } from './facts.ts'
import { enforces } from './modes.ts'
import { ruleNamed } from './rule-named.ts'
import type { ActiveApi, PlanOperation, PlanRule, ResponseFieldsParams } from './plan.ts'
import type { Schemas } from './schemas.ts'
import { prepareSelector } from './selection.ts'
import type { Respond, ResponseHead } from './verdict.ts'

export type Responder = (facts: Facts, head: ResponseHead) => Respond

/** By the schema alone, for operations without the rule. */
const BY_SCHEMA: ResponseFieldsParams = {
  freeForm: 'strip',
  drop: [],
  unless: [],
  rows: [],
  directions: {},
}

const UNDECLARED_HEADERS = allowedHeaders([])

export function prepareResponder(
  api: ActiveApi,
  operation: PlanOperation,
  schemas: Schemas,
): Responder {
  const fields = ruleNamed(api, operation, 'response.fields')
  const errors = ruleNamed(api, operation, 'response.errors')
  const answers = prepareAnswers(operation, schemas, prepareSelector(fields?.params ?? BY_SCHEMA))
  return (facts, head) => {
    const { status } = head
    const answer = answerFor(answers, status)
    if (status >= 400) {
      if (!holds(errors, facts)) return pass(answer, head)
      return respondError(answer, facts, head)
    }
    // RFC 9110 §15.4.5, §15.3.5: these have no body, whatever follows on the wire.
    if (status === 304 || status === 204) return pass(answer, head)
    if (status < 200) return refuse(`status ${status}`)
    if (status >= 300 && answer === undefined) return refuse(`status ${status} is not declared`)
    if (operation.method === 'HEAD' || !holds(fields, facts)) return pass(answer, head)
    return answer === undefined
      ? refuse(`status ${status} is not declared`)
      : respondBody(answer, facts, head)
  }
}

/** A rule that is not there has no mode to be lenient by. */
function holds(rule: PlanRule | undefined, facts: Facts): boolean {
  return rule === undefined || enforces(rule, facts)
}

function respondBody(answer: Answer, facts: Facts, head: ResponseHead): Respond {
  const { mediaType } = head
  if (answer.contents.length === 0) return project(answer, head, onlyEmpty)
  const content = contentFor(answer, mediaType)
  if (content === undefined) return refuse('the media type is not declared')
  if (isJson(mediaType))
    return content.project === undefined
      ? refuse('no schema is declared for the body')
      : project(answer, head, content.project(facts))
  // A JOSE or XML form of a structured schema: we cannot look inside, so nothing shows that it may leave.
  return content.opaque ? pass(answer, head) : refuse('the body cannot be projected')
}

function respondError(answer: Answer | undefined, facts: Facts, head: ResponseHead): Respond {
  const { status, mediaType } = head
  // The bank refused *us*, or failed: no fault of the caller's, and nothing for them to read.
  if (status >= 500 || status === 401 || status === 407) return replace(502)
  if (answer === undefined || !isIdentity(head) || !isJson(mediaType)) return replace(status)
  const content = contentFor(answer, mediaType)
  return content?.project === undefined
    ? replace(status)
    : project(answer, head, content.project(facts))
}

function project(answer: Answer, head: ResponseHead, apply: ProjectBody): Respond {
  if (!isIdentity(head)) return refuse('the body is encoded, so it cannot be projected')
  const headers = leaving(head.headers, answer.headers, false)
  if (!isSealed(headers)) return { kind: 'project', headers, apply }
  return {
    kind: 'project',
    headers,
    apply(text, ascii) {
      const projected = apply(text, ascii)
      return projected.ok && projected.text !== text
        ? { ok: false, reason: 'signed', at: '' }
        : projected
    },
  }
}

function pass(answer: Answer | undefined, head: ResponseHead): Respond {
  const headers = leaving(head.headers, answer?.headers ?? UNDECLARED_HEADERS, true)
  return { kind: 'pass', headers }
}

function replace(status: number): Respond {
  return { kind: 'replace', status, code: 'GH_GATEWAY_UPSTREAM_ERROR' }
}

function refuse(reason: string): Respond {
  return { kind: 'refuse', code: 'GH_GATEWAY_RESPONSE_REFUSED', reason }
}

function isIdentity({ contentEncoding }: ResponseHead): boolean {
  return contentEncoding === '' || contentEncoding.toLowerCase() === 'identity'
}

/** No content is declared: an empty body is what was promised, and any other is not. */
function onlyEmpty(text: string): Projected {
  return text === ''
    ? { ok: true, text, removedFields: 0, removedRows: 0 }
    : { ok: false, reason: 'type', at: '' }
}
