/**
 * Whether the operations of an API are such that they can be prepared: whatever this kernel would refuse to prepare is found here, for
 * little, before anything of the API is served. Rules are looked at once, however many operations carry them.
 */
import { runs } from './modes.ts'
import type { RuleList } from './operation.ts'
import { checkShape } from './param-shapes.ts'
import type { ActiveApi, Plan, PlanOperation, PlanRule } from './plan.ts'
import type { RuleKind } from './rule.ts'

export interface CheckedRules {
  readonly api: ActiveApi
  readonly kinds: readonly (RuleKind | undefined)[]
  /** Lists of rules that were found in order: many operations carry the same. */
  readonly lists: Map<string, readonly Carried[]>
  /** Looks at one rule for itself. @throws TypeError */
  rule(at: number, operation: string): Carried
}

interface Carried {
  readonly rule: PlanRule
  readonly fits: RuleKind['fits']
}

export function checkRules(plan: Plan, api: ActiveApi, rules: RuleList): CheckedRules {
  const kinds = api.rules.map((rule) => rules.get(rule.name))
  const sound = new Map<number, Carried>()
  return {
    api,
    kinds,
    lists: new Map(),
    rule(at, operation) {
      const known = sound.get(at)
      if (known !== undefined) return known
      const rule = api.rules[at]
      if (rule === undefined) throw new TypeError(`${operation}: no rule ${at}`)
      const kind = kinds[at]
      if (kind === undefined) throw new TypeError(`${operation}: unknown rule ${rule.name}`)
      checkShape(rule)
      // What leaves is judged by the parameters of response.fields, whatever its mode.
      if (runs(rule) || rule.name === 'response.fields') kind.sound?.(rule, plan)
      const carried = { rule, fits: runs(rule) ? kind.fits : undefined }
      sound.set(at, carried)
      return carried
    },
  }
}

/** @throws TypeError if the operation names what is not there, or asks for what cannot be done: its API is closed. */
export function checkOperation(operation: PlanOperation, checked: CheckedRules): void {
  const key = operation.rules.join()
  let carried = checked.lists.get(key)
  if (carried === undefined) {
    carried = checkList(operation, checked)
    checked.lists.set(key, carried)
  }
  for (const { rule, fits } of carried) fits?.(rule, operation)
  checkNodes(operation, checked.api.schema.nodes.length)
}

function checkList(operation: PlanOperation, checked: CheckedRules): readonly Carried[] {
  const names = new Set<string>()
  return operation.rules.map((at) => {
    const carried = checked.rule(at, operation.id)
    const { name } = carried.rule
    // Two instances of one rule on one operation: which would win is nobody's guess to make.
    if (names.has(name)) throw new TypeError(`${operation.id}: ${name} stands twice`)
    names.add(name)
    return carried
  })
}

/** Every schema that the operation names is in the plan. */
function checkNodes(
  { id, parameters, requestBody, responses }: PlanOperation,
  count: number,
): void {
  const check = (node: number | undefined): void => {
    if (node !== undefined && !(Number.isInteger(node) && node >= 0 && node < count))
      throw new TypeError(`${id}: schema node ${node} is not in the plan`)
  }
  for (const { schema } of parameters) check(schema)
  for (const { schema } of requestBody?.content ?? []) check(schema)
  for (const { content } of responses) for (const { schema } of content) check(schema)
}
