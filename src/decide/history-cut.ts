/** Rows of days that need a fresh authentication of the customer: cut from an answer, or counted while the rule only observes. */
import { type Answer, answerFor, contentFor, isJson, prepareAnswers } from './answer.ts'
import { answerFailure } from './answer-checks.ts'
import type { Facts } from './facts.ts'
import { historyStart } from './history.ts'
import { enforces, runs } from './modes.ts'
import type { PlanOperation, ResponseFieldsParams, RuleOf } from './plan.ts'
import type { PublicLink } from './public-link.ts'
import type { Schemas } from './schemas.ts'
import { prepareSelector } from './selection.ts'
import type { ResponseHead, RuleFailure } from './verdict.ts'

export interface HistoryCut {
  /** Rows of before it stay behind; `undefined`: nothing limits this request, or the rule does not enforce. */
  start(facts: Facts): number | undefined
  /** What the cut would leave out, while the rule observes; `undefined`: it would leave out nothing of any body. */
  watch(facts: Facts, head: ResponseHead): ((text: string) => RuleFailure | undefined) | undefined
  /** The answer trimmed by nothing but the cut, for an operation whose `response.fields` does not enforce. */
  answer(status: number): Answer | undefined
}

/** Everything that the schema declares leaves. */
const BY_DAY_ONLY: ResponseFieldsParams = {
  freeForm: 'keep',
  drop: [],
  unless: [],
  rows: [],
  directions: {},
}

export function prepareHistoryCut(
  rule: RuleOf<'sca.required'> | undefined,
  operation: PlanOperation,
  schemas: Schemas,
  link: PublicLink,
): HistoryCut | undefined {
  const history = rule?.params.history
  if (rule === undefined || history === undefined || history.rows.length === 0 || !runs(rule))
    return undefined
  const answers = prepareAnswers(
    operation,
    schemas,
    prepareSelector(BY_DAY_ONLY, history.rows),
    link,
  )
  return {
    start: (facts) => (enforces(rule, facts) ? historyStart(rule.params, facts) : undefined),
    watch(facts, { status, mediaType }) {
      if (enforces(rule, facts)) return undefined
      const start = historyStart(rule.params, facts)
      const answer = answerFor(answers, status)
      if (start === undefined || answer === undefined || !isJson(mediaType)) return undefined
      const cut = contentFor(answer, mediaType)?.project?.(facts, start)
      return (text) => {
        const projected = cut?.(text)
        const older =
          projected?.ok === true
            ? projected.removedRows > 0
            : projected?.reason === 'foreign-object'
        return older
          ? answerFailure(
              rule,
              facts,
              'GH_GATEWAY_AUTHENTICATION_INSUFFICIENT',
              `the answer holds days before the last ${history.days}, and auth_time is not within the last ${history.freshSeconds} s`,
            )
          : undefined
      }
    },
    answer: (status) => answerFor(answers, status),
  }
}
