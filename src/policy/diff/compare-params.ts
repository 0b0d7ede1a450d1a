/** Compiled parameters of one rule before and after, each with the direction it moved in. */
import type { PlanRule } from '../../decide/index.ts'
import { canonicalJson } from '../../lib/index.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { atLeastAsTight, type ParamValue } from '../rules/param-kinds.ts'

/** `changed`: neither side is a subset of the other, or the parameter has no order. */
export type Direction = 'tighter' | 'looser' | 'changed'

export interface ParamChange {
  readonly param: string
  readonly before: string
  readonly after: string
  readonly effect: Direction
}

/** Sets of the compiled plan that are not parameters people write: more elements are tighter, or fewer are. */
const SETS: Readonly<Record<string, 'more' | 'fewer' | undefined>> = {
  'authz.operations/anyOf': 'fewer',
  'authz.consent/permissions': 'more',
  'authz.objects/selectors': 'more',
  'token.validation/issuers': 'fewer',
  'response.fields/drop': 'more',
  'response.fields/unless': 'more',
  'response.fields/rows': 'more',
}

export function compareParams(before: PlanRule, after: PlanRule): readonly ParamChange[] {
  const [was, is] = [entries(before), entries(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((param) => {
    const [old, now] = [was.get(param), is.get(param)]
    return canonicalJson(old) === canonicalJson(now)
      ? []
      : [
          {
            param,
            before: show(old),
            after: show(now),
            effect: direction(after.name, param, old, now),
          },
        ]
  })
}

function entries({ params }: PlanRule): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(Object.entries(params))
}

function direction(rule: string, param: string, before: unknown, after: unknown): Direction {
  if (param === 'unmapped') return after === true ? 'tighter' : 'looser'
  const order = SETS[`${rule}/${param}`]
  if (order !== undefined && Array.isArray(before) && Array.isArray(after)) {
    const less = before.every((item) => has(after, item))
    const more = after.every((item) => has(before, item))
    if (less === more) return 'changed'
    return less === (order === 'more') ? 'tighter' : 'looser'
  }
  const kind = ruleSpec(rule)?.params.get(param)?.kind
  if (kind === undefined || kind.kind === 'fixed') return 'changed'
  // Sound: the compiler copied the parameter from a value that was checked against this kind.
  const [old, now] = [(before ?? null) as ParamValue | null, (after ?? null) as ParamValue | null]
  const tighter = atLeastAsTight(kind, now, old)
  if (tighter === atLeastAsTight(kind, old, now)) return 'changed'
  return tighter ? 'tighter' : 'looser'
}

function has(list: readonly unknown[], item: unknown): boolean {
  const key = canonicalJson(item)
  return list.some((one) => canonicalJson(one) === key)
}

const MAX_SHOWN = 160

function show(value: unknown): string {
  const text =
    value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}
