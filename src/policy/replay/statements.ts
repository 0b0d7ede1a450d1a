/** What the rules of an operation said of a request, read back from its event. */
import type { Failure, PlanParameter, RuleName } from '../../decide/index.ts'
import type { AccessEvent } from '../../events/index.ts'
import type { Then } from './same-rule.ts'

export type Statement = { readonly failure: Failure | undefined }

export interface Statements {
  /** `position`: where the rule stood in the operation of then. `undefined`: it was not asked, or what it said cannot be told. */
  of(rule: RuleName, part: 'early' | 'late', position: number): Statement | undefined
  /** Whether the values of a parameter were what its schema said; `undefined`: nobody looked. */
  parameter(declared: PlanParameter): boolean | undefined
  /** Whether the body was what its schema said; `undefined`: nobody looked. */
  body(): boolean | undefined
}

type Failed = AccessEvent['failed'][number]
const PASSED: Statement = { failure: undefined }

/** The failures of the request's own rules: what refused the bank's answer afterwards is none of theirs. */
export function requestFailures({ outcome, failed }: AccessEvent): readonly Failed[] {
  return outcome === 'failed' ? failed.filter(({ effect }) => effect !== 'denied') : failed
}

export function statementsOf(event: AccessEvent, past: Then): Statements {
  const failed = requestFailures(event)
  const { rules } = past.operation
  const whole = event.ran === rules.length && !failed.some(({ effect }) => effect === 'denied')
  const failureOf = (rule: RuleName, part: 'early' | 'late'): Failed | undefined =>
    failed.find((one) => one.rule === rule && isLate(one, event) === (part === 'late'))
  const of: Statements['of'] = (rule, part, position) => {
    const failure = failureOf(rule, part)
    if (failure !== undefined) return { failure: asFailure(failure) }
    const asked = part === 'late' ? whole : position < event.ran
    return asked ? PASSED : undefined
  }
  const positionOf = (name: RuleName): number =>
    rules.findIndex((index) => {
      const rule = past.api.rules[index]
      return rule?.name === name && (rule.mode !== 'off' || rule.origin.level === 'mandate')
    })
  return {
    of,
    parameter(declared) {
      const at = positionOf('request.validation')
      if (at < 0) return undefined
      const said = of('request.validation', 'early', at)
      if (said === undefined) return undefined
      if (said.failure === undefined) return true
      // They are judged in order, and the first that is wrong is named.
      const { parameters } = past.operation
      const wrong = blamed(said.failure.detail, parameters)
      const place = parameters.findIndex(
        (one) => one.in === declared.in && one.name === declared.name,
      )
      if (wrong < 0 || place < 0 || place > wrong) return undefined
      return place < wrong
    },
    body() {
      if (positionOf('request.validation') < 0) return undefined
      const said = of('request.validation', 'late', 0)
      if (said === undefined) return undefined
      if (said.failure === undefined) return true
      return said.failure.detail.includes('is not what its schema says') ? false : undefined
    },
  }
}

/** `query:from is missing` → the index of that parameter; −1 where none is blamed. */
function blamed(detail: string, parameters: readonly PlanParameter[]): number {
  let best = -1
  let longest = 0
  parameters.forEach(({ in: where, name }, at) => {
    const label = `${where}:${name}`
    if (label.length <= longest || !detail.startsWith(label)) return
    longest = label.length
    best = at
  })
  return best
}

/** Whether it was said once the body was there. */
function isLate({ rule, code, detail }: Failed, { facts }: AccessEvent): boolean {
  if (rule !== 'request.validation' && rule !== 'request.fields') return false
  if (code === 'GH_GATEWAY_BODY_TOO_LARGE') return facts?.gathered?.includes('body') === true
  return /^(the body |body|the media type |a body )/.test(detail)
}

function asFailure({ code, detail }: Failed): Failure {
  // The one failure that refuses whatever the mode: facts that cannot be relied on.
  return code === 'GH_GATEWAY_FEED_STALE' ? { code, detail, always: true } : { code, detail }
}
