/** The plan that is measured: what the policy compiler makes of the example bank, pointed at the bench's upstream and issuer. */
import { fileURLToPath } from 'node:url'
import { assemble } from '../../src/app/assemble.ts'
import { readConfig } from '../../src/app/read-config.ts'
import type { Plan } from '../../src/decide/index.ts'

const BANK = fileURLToPath(new URL('../../examples/bank/gatehouse.yaml', import.meta.url))

const NO_LIMIT = 1_000_000

/** The one API of the example bank, all its operations and rules; only addresses are other ones. */
export function benchPlan(upstream: string): Plan {
  const { config } = readConfig(BANK, {})
  if (config === undefined) throw new Error('the example bank does not pass its check')
  const { plan } = assemble(config).policy
  return {
    ...plan,
    apis: plan.apis.map((api) => {
      if (api.state !== 'active') throw new Error(`${api.name} is closed: ${api.reason}`)
      return {
        ...api,
        upstream: { ...api.upstream, origin: upstream },
        // One client asks more than any third party may: its requests are counted, and none is refused.
        rules: api.rules.map((rule) =>
          rule.name === 'rate'
            ? { ...rule, params: { ...rule.params, perClient: NO_LIMIT, burst: NO_LIMIT } }
            : rule,
        ),
      }
    }),
  }
}
