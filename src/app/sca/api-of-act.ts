/** Through which API an act comes that a customer authorises at the authorization server, so that what became of it is evidence of that API. */
import type { Plan } from '../../decide/index.ts'
import type { AskedAct } from '../../sca/index.ts'

/** A rule that only an API of that kind has. */
const TOLD_BY = {
  'remote-payment': 'sca.dynamicLinking',
  'account-access': 'rate.unattended',
} as const

/** `undefined`: there is none, or there are several and nobody can say which it will be. */
export function apiOfAct({ apis }: Pick<Plan, 'apis'>, kind: AskedAct['kind']): string | undefined {
  const told = kind === 'remote-payment' || kind === 'account-access' ? TOLD_BY[kind] : undefined
  const found = apis.filter(
    (api) => api.state === 'active' && api.rules.some(({ name }) => name === told),
  )
  const [only, second] = found
  return second === undefined ? only?.name : undefined
}
