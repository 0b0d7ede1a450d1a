/** The front of the compiler: all APIs of an installation into one plan, each compiled alone (DESIGN §2, fail closed, one API at a time). */
import type { Plan } from '../../decide/index.ts'
import type { ApiPolicySource, CompiledPolicy, PolicySource } from '../contract.ts'
import { configuredControls } from '../report/configured.ts'
import { effectivePolicy } from '../report/effective.ts'
import { digestOf } from '../template/templates.ts'
import { readBasePath } from './addresses.ts'
import { compileApi } from './compile-api.ts'

/** Never throws for what an API holds: a broken API is a closed one, and a finding. The same source gives the same plan, byte for byte. */
export function compilePolicy(source: PolicySource): CompiledPolicy {
  const clashes = clashesOf(source.apis)
  const compiled = source.apis.map((api) => ({
    source: api,
    ...compileApi(api, source, clashes.get(api)),
  }))
  const content: Omit<Plan, 'digest'> = {
    format: 1,
    issuers: source.issuers,
    apis: compiled.map(({ api }) => api),
  }
  const effective = compiled.map((one) => effectivePolicy(one))
  const ownOf = new Map(source.apis.map(({ name, objective }) => [name, objective.ownControls]))
  return {
    plan: { ...content, digest: digestOf(content) },
    effective,
    configured: effective.flatMap((policy) => configuredControls(policy, ownOf.get(policy.api))),
    findings: compiled.flatMap(({ findings }) => findings),
  }
}

/** Both sides of a clash are closed: which of them a client means is nobody's guess to make. */
function clashesOf(apis: readonly ApiPolicySource[]): ReadonlyMap<ApiPolicySource, string> {
  const clashes = new Map<ApiPolicySource, string>()
  const by = (what: string, keyOf: (api: ApiPolicySource) => string): void => {
    const groups = Map.groupBy(apis, keyOf)
    for (const [key, group] of groups)
      if (group.length > 1)
        for (const api of group)
          clashes.set(
            api,
            `${what} ${JSON.stringify(key)} belongs to ${group.map(({ name }) => name).join(' and ')}`,
          )
  }
  by('basePath', ({ basePath }) => {
    const read = readBasePath(basePath)
    return read.ok ? read.value : basePath
  })
  by('the name', ({ name }) => name)
  return clashes
}
