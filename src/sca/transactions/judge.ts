/** Whether answers are those of the customer. All of them are judged, whatever comes of the first: one outcome, one amount of work. */
import { ofKind } from '../factors/book.ts'
import type { Answer, AnswerContext, EnrolledFactor, Factor } from '../factors/factor.ts'
import type { FactorUse } from '../factors/units.ts'

/** Answers to one transaction. */
export const MAX_ANSWERS = 3

/** The factors that are answered, each once; `undefined`: there are none, too many, one twice, or one that is not known. */
export function answeredFactors(
  answers: readonly Answer[],
  factors: readonly Factor[],
): readonly Factor[] | undefined {
  if (answers.length === 0 || answers.length > MAX_ANSWERS) return undefined
  const found = new Set<Factor>()
  for (const { kind } of answers) {
    const factor = factors.find((one) => one.kind === kind)
    if (factor !== undefined) found.add(factor)
  }
  return found.size === answers.length ? [...found] : undefined
}

/** What is used of them, when all are right. */
export async function judgeAnswers(
  answers: readonly Answer[],
  factors: readonly Factor[],
  enrolled: readonly EnrolledFactor[],
  context: AnswerContext,
): Promise<readonly FactorUse[] | undefined> {
  const judged = await Promise.all(
    answers.map(async ({ kind, value }) => {
      const factor = factors.find((one) => one.kind === kind)
      return factor?.judge(value, ofKind(enrolled, kind), context)
    }),
  )
  const uses = judged.flatMap((judgement) => (judgement?.ok === true ? [judgement.use] : []))
  return uses.length === answers.length ? uses : undefined
}
