/** Why a control is required of an API, or which condition of each way to require it does not hold. */
import { type Control, control, lookUpControl, type RequiredWhen } from '../controls/index.ts'
import type { Objective, Reason, RequiredControl } from './objective.ts'
import { type FailedCondition, failedConditions, matchingEntry } from './required.ts'

export type WhyControl =
  | {
      readonly kind: 'required'
      readonly control: Control
      readonly required: RequiredControl
      /** The condition that held. */
      readonly when: RequiredWhen
      /** Lines of the objective's `because` that the condition rests on. */
      readonly rules: readonly Reason[]
    }
  | {
      readonly kind: 'not-required'
      readonly control: Control
      /** One entry for each way the control could be required. */
      readonly entries: readonly {
        readonly because: string
        readonly failed: readonly FailedCondition[]
      }[]
    }
  | { readonly kind: 'unknown'; readonly name: string; readonly nearest?: string }

export function whyControl(objective: Objective, id: string): WhyControl {
  const entry = control(id, objective.ownControls)
  if (entry === undefined) {
    const lookedUp = lookUpControl(id, objective.ownControls)
    const close = lookedUp.ok ? undefined : lookedUp.error.nearest
    return { kind: 'unknown', name: id, ...(close === undefined ? {} : { nearest: close }) }
  }
  const facts = {
    profile: objective.profile,
    levels: objective.levels,
    regimes: objective.regimes.map((regime) => regime.id),
  }
  const required = objective.required.find((item) => item.control === id)
  const when = matchingEntry(entry, facts)
  if (required !== undefined && when !== undefined)
    return { kind: 'required', control: entry, required, when, rules: rulesBehind(when, objective) }
  return {
    kind: 'not-required',
    control: entry,
    entries: entry.requiredWhen.map((way) => ({
      because: way.because,
      failed: failedConditions(way, facts),
    })),
  }
}

/** One line for a control that is not required: the rule that says so. */
export function whyNotRequired(objective: Objective, id: string): string {
  const why = whyControl(objective, id)
  if (why.kind !== 'not-required') return ''
  return why.entries
    .map(({ because, failed }) => {
      const first = failed.map(
        ({ condition, needs, has }) => `${condition} is ${has}, not ${needs}`,
      )
      return `"${because}" does not hold: ${first.join('; ')}`
    })
    .join('. ')
}

const LEVEL_WORDS = {
  C: ['confidentiality ', 'C '],
  I: ['integrity ', 'I '],
  A: ['availability ', 'A '],
  Au: ['authenticity ', 'Au '],
} as const
const LEVEL_RULES = ['O-01', 'O-01b', 'O-03', 'O-04', 'O-05']

function rulesBehind(when: RequiredWhen, objective: Objective): readonly Reason[] {
  const dimensions = Object.keys(when.minLevel ?? {})
  return objective.because.filter(({ rule, text }) => {
    if (rule === 'O-02') return when.regimes?.some((id) => text.startsWith(`${id}: `)) === true
    if (!LEVEL_RULES.includes(rule)) return false
    return Object.entries(LEVEL_WORDS).some(
      ([dimension, words]) =>
        dimensions.includes(dimension) && words.some((word) => text.startsWith(word)),
    )
  })
}
