/** One value against the rule table. */
import type { DataClassEvidence } from '../records.ts'
import { type Areas, bitsOf } from './areas.ts'
import { FORMAT_RULES, PATTERN_RULES, type Side } from './data-class-rules.ts'
import type { Name, PreparedRule } from './vocabulary.ts'
import { matchesAny } from './words.ts'

export interface Leaf {
  readonly key: string
  /** `null` for an object or a list of objects: only `format` and `pattern` count then. */
  readonly name: Name | null
  readonly areas: Areas
  readonly side: Side
  readonly at: string
  readonly format: string | null
  readonly pattern: string | null
  readonly boolean: boolean
  /** Name of the component schema it stands in. */
  readonly schema: string | null
  readonly siblings: readonly Name[]
}

/** At most one piece of evidence per class: that of the first rule that matches. */
export function matchLeaf(leaf: Leaf): DataClassEvidence[] {
  const found = new Map<string, DataClassEvidence>()
  const add = (
    dataClass: string,
    rule: string,
    confidence: DataClassEvidence['confidence'],
  ): void => {
    if (found.has(dataClass)) return
    const { at, key, format, schema } = leaf
    found.set(dataClass, { dataClass, at, key, format, schema, rule, confidence })
  }
  for (const prepared of leaf.name?.rules ?? [])
    if (holds(prepared, leaf)) add(prepared.rule.dataClass, prepared.id, prepared.rule.confidence)
  const byFormat =
    leaf.format !== null && Object.hasOwn(FORMAT_RULES, leaf.format)
      ? FORMAT_RULES[leaf.format]
      : undefined
  if (byFormat !== undefined && (leaf.areas & bitsOf(byFormat.notIn)) === 0)
    add(byFormat.dataClass, `format:${leaf.format ?? ''}`, 'high')
  for (const { text, dataClass, rule } of PATTERN_RULES)
    if (leaf.pattern !== null && text.test(leaf.pattern)) add(dataClass, rule, 'high')
  return [...found.values()]
}

function holds(prepared: PreparedRule, leaf: Leaf): boolean {
  const { rule, beside, within, outside } = prepared
  if (rule.side !== undefined && rule.side !== leaf.side) return false
  if (within !== 0 && (leaf.areas & within) === 0) return false
  if ((leaf.areas & outside) !== 0) return false
  if (rule.type === 'boolean' && !leaf.boolean) return false
  return beside.length === 0 || leaf.siblings.some(({ words }) => matchesAny(beside, words))
}
