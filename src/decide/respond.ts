/**
 * What of the bank's answer leaves. The rules `response.fields`, `response.errors` and `upstream.validation` are judged here; where an
 * operation has none of the first two, the strict reading holds: a body leaves as far as its schema declares it, an error only if it
 * was declared.
 */
import {
  type Answer,
  type AnswerContent,
  answerFor,
  contentFor,
  isJson,
  prepareAnswers,
} from './answer.ts'
import { answerFailure, contractFailure, errorFault, observing, withheld } from './answer-checks.ts'
import { signedAnswers } from './answer-signature.ts'
import { allowedHeaders, isSealed, leaving, ofOtherBytes } from './answer-headers.ts'
import { MESSAGE } from './body-tree.ts'
import { projectMessage } from './message-answer.ts'
import type { Projected } from '../schema/index.ts'
import type { Facts } from './facts.ts'
import { type HistoryCut, prepareHistoryCut } from './history-cut.ts'
import { enforces, runs } from './modes.ts'
import { preparePublicLink } from './public-link.ts'
import { ruleNamed } from './rule-named.ts'
import type { ActiveApi, PlanOperation, PlanRule, ResponseFieldsParams, RuleOf } from './plan.ts'
import type { Schemas } from './schemas.ts'
import { prepareSelector } from './selection.ts'
import type { Applied, Respond, ResponseHead, RuleFailure } from './verdict.ts'

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
  const contract = ruleNamed(api, operation, 'upstream.validation')
  const checked = contract === undefined || !runs(contract) ? undefined : contract
  const sca = ruleNamed(api, operation, 'sca.required')
  const link = preparePublicLink(api)
  const cut = prepareHistoryCut(sca, operation, schemas, link)
  const selector = prepareSelector(fields?.params ?? BY_SCHEMA, sca?.params.history?.rows)
  const answers = prepareAnswers(operation, schemas, selector, link)
  const respond: Responder = (facts, head) => {
    const { status } = head
    const answer = answerFor(answers, status)
    if (status >= 400) {
      if (holds(errors, facts)) return respondError(answer, facts, head, errors)
      return errors !== undefined && runs(errors)
        ? watchError(answer, facts, head, errors)
        : pass(answer, head)
    }
    // RFC 9110 §15.4.5, §15.3.7: nobody asked under a condition, or for a part: neither goes to the bank, and neither can be projected.
    if (status === 304 || status === 206) return refuse(`status ${status}, which nobody asked for`)
    if (status === 204) return pass(answer, head) // RFC 9110 §15.3.5: no body, whatever follows on the wire
    if (status < 200) return refuse(`status ${status}`)
    if (status >= 300 && answer === undefined) return refuse(`status ${status} is not declared`)
    if (operation.method === 'HEAD') return headersOnly(answer, head)
    const compared = checked !== undefined && isCompared(checked, facts) ? checked : undefined
    const start = cut?.start(facts)
    const looks = { contract: compared, watch: cut?.watch(facts, head) }
    const held = holds(fields, facts)
    if (!held && start === undefined) return untouched(answer, facts, head, looks)
    const trimmed = held ? answer : cut?.answer(status)
    return trimmed === undefined
      ? refuse(`status ${status} is not declared`)
      : respondBody(trimmed, facts, head, { ...looks, start })
  }
  return signedAnswers(respond, answers, ruleNamed(api, operation, 'request.signature'))
}

/** A rule that is not there has no mode to be lenient by. */
function holds(rule: PlanRule | undefined, facts: Facts): boolean {
  return rule === undefined || enforces(rule, facts)
}

/** To compare costs several times what projection does: a rule that only observes takes a sample, by the time of the request. */
function isCompared(rule: RuleOf<'upstream.validation'>, facts: Facts): boolean {
  const { watchEvery } = rule.params
  return watchEvery <= 1 || enforces(rule, facts) || facts.now % watchEvery === 0
}

/** What looks at the text that came, before anything of it is left out. */
interface Looks {
  readonly contract: RuleOf<'upstream.validation'> | undefined
  readonly watch: ReturnType<HistoryCut['watch']>
}

function lookAt(
  { contract, watch }: Looks,
  content: AnswerContent,
  facts: Facts,
): (text: string) => readonly RuleFailure[] {
  return (text) =>
    [
      contract === undefined ? undefined : contractFailure(contract, content, facts, text),
      watch?.(text),
    ].filter((failure) => failure !== undefined)
}

function respondBody(
  answer: Answer,
  facts: Facts,
  head: ResponseHead,
  { start, ...looks }: Looks & { readonly start: number | undefined },
): Respond {
  const { mediaType } = head
  if (answer.contents.length === 0) return project(answer, head, onlyEmpty)
  const content = contentFor(answer, mediaType)
  if (content === undefined) return refuse('the media type is not declared')
  if (isJson(mediaType))
    return content.project === undefined
      ? refuse('no schema is declared for the body')
      : project(answer, head, content.project(facts, start), lookAt(looks, content, facts))
  if (start !== undefined) return refuse('days that need an authentication cannot be cut from it')
  if (mediaType === MESSAGE && content.project !== undefined && !content.opaque)
    return project(answer, head, projectMessage(content.project(facts)))
  // A JOSE or XML form of a structured schema: we cannot look inside, so nothing shows that it may leave.
  return content.opaque ? pass(answer, head) : refuse('the body cannot be projected')
}

/** A body that no rule trims; where one compares it with the specification, it is read for that. */
function untouched(
  answer: Answer | undefined,
  facts: Facts,
  head: ResponseHead,
  looks: Looks,
): Respond {
  const { contract, watch } = looks
  if ((contract ?? watch) === undefined || head.mediaType === '') return pass(answer, head)
  const content = answer === undefined ? undefined : contentFor(answer, head.mediaType)
  if (answer === undefined || content === undefined) {
    if (contract === undefined) return pass(answer, head)
    const what = answer === undefined ? `status ${head.status}` : 'the media type'
    const failure = failureOf(contract, facts, `${what} is not declared`)
    return failure.effect === 'denied' ? refuse(failure.detail) : pass(answer, head, [failure])
  }
  if (!isJson(head.mediaType) || content.validate === undefined || !isIdentity(head))
    return pass(answer, head)
  return project(answer, head, whole, lookAt(looks, content, facts))
}

function failureOf(
  contract: RuleOf<'upstream.validation'>,
  facts: Facts,
  detail: string,
): RuleFailure {
  return answerFailure(contract, facts, 'GH_GATEWAY_RESPONSE_INVALID', detail)
}

/** An answer without its body: what describes the bank's bytes does not describe what a GET would get. */
function headersOnly(answer: Answer | undefined, head: ResponseHead): Respond {
  const headers = leaving(head.headers, answer?.headers ?? UNDECLARED_HEADERS, false)
  return { kind: 'pass', headers: ofOtherBytes(headers) }
}

/** The declared form of an error, if it may leave at all; otherwise the status that takes its place, and why. */
function errorForm(
  answer: Answer | undefined,
  head: ResponseHead,
): { readonly answer: Answer; readonly content: AnswerContent } | { status: number; why: string } {
  const { status, mediaType } = head
  // The bank refused *us*, or failed: no fault of the caller's, and nothing for them to read.
  if (status >= 500 || status === 401 || status === 407)
    return { status: 502, why: `status ${status} is not for the caller` }
  if (answer === undefined || !isIdentity(head) || !isJson(mediaType))
    return { status, why: 'the error is not declared' }
  const content = contentFor(answer, mediaType)
  return content?.project === undefined
    ? { status, why: 'the error is not declared' }
    : { answer, content }
}

function respondError(
  answer: Answer | undefined,
  facts: Facts,
  head: ResponseHead,
  rule: RuleOf<'response.errors'> | undefined,
): Respond {
  const form = errorForm(answer, head)
  if ('status' in form) return replace(form.status)
  const { content } = form
  const run = content.project?.(facts) ?? onlyEmpty
  const fault = (why: string): RuleFailure => ({
    rule: 'response.errors',
    control: rule?.control ?? 'error-disclosure',
    code: 'GH_GATEWAY_UPSTREAM_ERROR',
    effect: 'denied',
    detail: why,
  })
  const inner = project(form.answer, head, run)
  if (inner.kind !== 'project') return inner
  return {
    ...inner,
    apply(text, ascii) {
      const applied = inner.apply(text, ascii)
      const why = applied.ok ? errorFault(content, applied.text) : 'it cannot be projected'
      return why === undefined ? applied : withheld(fault(why), head.status)
    },
  }
}

/** An error under a rule that only observes: it leaves, and what would have kept it back is told. */
function watchError(
  answer: Answer | undefined,
  facts: Facts,
  head: ResponseHead,
  rule: RuleOf<'response.errors'>,
): Respond {
  const form = errorForm(answer, head)
  const seen = (why: string): RuleFailure =>
    answerFailure(rule, facts, 'GH_GATEWAY_UPSTREAM_ERROR', why)
  if ('status' in form) return pass(answer, head, [seen(form.why)])
  const { content } = form
  const run = content.project?.(facts) ?? onlyEmpty
  return project(form.answer, head, whole, (text) => {
    const projected = run(text)
    const why = projected.ok ? errorFault(content, projected.text) : 'it cannot be projected'
    return why === undefined ? [] : [seen(why)]
  })
}

/** `check` looks at the text that came, before anything of it is left out. */
function project(
  answer: Answer,
  head: ResponseHead,
  run: (text: string, ascii?: Uint8Array) => Applied,
  check: (text: string) => readonly RuleFailure[] = () => [],
): Respond {
  if (!isIdentity(head)) return refuse('the body is encoded, so it cannot be projected')
  const headers = leaving(head.headers, answer.headers, false)
  const sealed = isSealed(headers)
  return {
    kind: 'project',
    headers,
    changedHeaders: ofOtherBytes(headers),
    apply(text, ascii): Applied {
      const failures = check(text)
      const denied = failures.find(({ effect }) => effect === 'denied')
      if (denied !== undefined) return withheld(denied)
      const projected = run(text, ascii)
      const applied: Applied =
        sealed && projected.ok && projected.text !== text
          ? { ok: false, reason: 'signed', at: '' }
          : projected
      return failures.length === 0 ? applied : observing(applied, failures)
    },
  }
}

function pass(
  answer: Answer | undefined,
  head: ResponseHead,
  observed: readonly RuleFailure[] = [],
): Respond {
  const headers = leaving(head.headers, answer?.headers ?? UNDECLARED_HEADERS, true)
  return observed.length === 0 ? { kind: 'pass', headers } : { kind: 'pass', headers, observed }
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

/** Nothing is left out. */
function whole(text: string): Projected {
  return { ok: true, text, removedFields: 0, removedRows: 0 }
}

/** No content is declared: an empty body is what was promised, and any other is not. */
function onlyEmpty(text: string): Projected {
  return text === ''
    ? { ok: true, text, removedFields: 0, removedRows: 0 }
    : { ok: false, reason: 'type', at: '' }
}
