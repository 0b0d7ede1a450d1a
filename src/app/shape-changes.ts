/**
 * What the comparison of rules does not see: an edited specification lets other requests in and other fields out under the same rules.
 * Said once for each API; which field it was is in the specification's own history.
 */
import type { ActiveApi, Plan } from '../decide/index.ts'
import { canonicalJson } from '../lib/index.ts'

/** One line for each API that both plans serve and whose schemas, parameters or media types differ. */
export function shapeChanges(before: Plan | null, after: Plan): readonly string[] {
  const old = new Map(active(before).map((api) => [api.name, api]))
  return active(after).flatMap((api) => {
    const was = old.get(api.name)
    return was === undefined || shapeOf(was) === shapeOf(api)
      ? []
      : [
          `~ ${api.name}: the specification describes other requests or answers (schemas, parameters, media types)`,
        ]
  })
}

function active(plan: Plan | null): readonly ActiveApi[] {
  return (plan?.apis ?? []).flatMap((api) => (api.state === 'active' ? [api] : []))
}

/** Without the rules and where they come from: a moved line of the configuration changes nothing for anybody. */
function shapeOf({ schema, operations }: ActiveApi): string {
  return canonicalJson([schema, operations.map((operation) => ({ ...operation, rules: null }))])
}
