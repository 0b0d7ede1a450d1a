/** The record that each decision leaves: enough to decide again, and to show that nothing else was decided. */
import { canonicalJson, type JsonValue } from '../../lib/index.ts'
import type { ScaContext } from './context.ts'
import { type ScaDecision, scaDecision } from './decide.ts'
import { type ScaRules, scaRules, scaRulesNamed } from './rules.ts'

export interface ScaEvidence {
  readonly v: 1
  /** The rule set that was applied; `null`: there was none. */
  readonly rules: { readonly id: string; readonly version: string } | null
  readonly context: ScaContext
  readonly decision: ScaDecision
}

export function decideWithEvidence(context: ScaContext, rules: ScaRules | undefined): ScaEvidence {
  return {
    v: 1,
    rules: rules === undefined ? null : { id: rules.id, version: rules.version },
    context,
    decision: scaDecision(context, rules),
  }
}

/** The rules that made it, whichever are in force now; where nobody has them, those of its jurisdiction. */
export function rulesOf({ rules, context: { jurisdiction } }: ScaEvidence): ScaRules | undefined {
  const named = rules === null ? undefined : scaRulesNamed(rules, jurisdiction)
  return named ?? scaRules(jurisdiction)
}

/**
 * Whether evidence holds: the same context, decided again under `rules`, gives the same decision. `other-rules`: it was made under
 * another version, so these rules say nothing about it.
 */
export function replayEvidence(
  { rules: named, context, decision }: ScaEvidence,
  rules: ScaRules | undefined,
): 'same' | 'different' | 'other-rules' {
  if (named?.id !== rules?.id || named?.version !== rules?.version) return 'other-rules'
  return text(scaDecision(context, rules)) === text(decision) ? 'same' : 'different'
}

function text(decision: ScaDecision): string {
  // sound: it holds text, numbers and truth values only; what is absent is left out as JSON leaves it out
  return canonicalJson(JSON.parse(JSON.stringify(decision)) as JsonValue)
}
