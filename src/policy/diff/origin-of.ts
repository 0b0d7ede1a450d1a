import type { Level, Plan } from '../../decide/index.ts'

/** Which level and which place gave an operation its rule; `undefined` if it has no such rule. `operation` is the plan's id. */
export function originOf(
  plan: Plan,
  {
    api,
    operation,
    rule,
  }: { readonly api: string; readonly operation: string; readonly rule: string },
): { readonly level: Level; readonly source: string } | undefined {
  const found = plan.apis.find(({ name }) => name === api)
  if (found?.state !== 'active') return undefined
  const indexes = found.operations.find(({ id }) => id === operation)?.rules ?? []
  for (const index of indexes)
    if (found.rules[index]?.name === rule) return found.rules[index].origin
  return undefined
}
