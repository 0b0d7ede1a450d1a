/** Rules O-07 and O-08: service numbers from the availability level, tightened to the floors of the regimes, never loosened. */
import { objectiveModel, type ServiceNumbers } from '../controls/index.ts'
import { LEVEL_NAMES } from './levels.ts'
import type { ApiProfile, Level, Reason } from './objective.ts'
import { schemeLatencies, type SchemeLatency } from './scheme-latency.ts'

export type Service = ServiceNumbers & {
  readonly sloWindow: 'calendar-month'
  /** `null`: no role of the API has a target. */
  readonly latencyMetric: string | null
  readonly latencyMs: number | null
  readonly schemeLatency: readonly SchemeLatency[]
  /** Only where a regime counts downtime over a year. */
  readonly maxDowntimeMinutesPer12Months?: number
}

export function computeService(
  profile: ApiProfile,
  availability: Level,
  regimes: readonly string[],
): { readonly service: Service; readonly reasons: readonly Reason[] } {
  const model = objectiveModel()
  const reasons: Reason[] = []
  const say = (rule: string, text: string): void => void reasons.push({ rule, text })
  const numbers = { ...model.serviceByAvailability[availability] }
  say('O-07', `service numbers from availability level ${LEVEL_NAMES[availability]}`)

  for (const id of regimes) {
    // Own members only: regime ids come from outside.
    const floor = Object.hasOwn(model.sloFloors, id) ? model.sloFloors[id] : undefined
    if (floor === undefined) continue
    const { percent, window } = floor
    if (numbers.sloPercent >= percent)
      say(
        'O-08',
        `${id} floor ${percent}% per ${window} already met by target ${numbers.sloPercent}%`,
      )
    else {
      say(
        'O-08',
        `${id} floor ${percent}% per ${window} raises the target from ${numbers.sloPercent}%`,
      )
      numbers.sloPercent = percent
    }
  }
  // 2024/1772 art 9(3)(b): more than 2 h of downtime of a critical service is a threshold of a major incident.
  if (availability === 3 && regimes.includes('eu-dora')) {
    say('O-08', 'eu-dora: stay under the 2 h downtime threshold that helps make an incident major')
    numbers.maxSingleOutageMinutes = Math.min(numbers.maxSingleOutageMinutes, 119)
  }
  // MAS Notice 644 (secondary source): critical systems, at most 4 h in 12 months, RTO at most 4 h.
  const yearly = availability === 3 && regimes.includes('sg-mas')
  if (yearly) {
    say('O-08', 'sg-mas: at most 240 min of unscheduled downtime in 12 months, RTO within 240 min')
    numbers.rtoMinutes = Math.min(numbers.rtoMinutes, 240)
  }

  let latency: { readonly metric: string; readonly ms: number } | undefined
  for (const role of profile.roles) {
    const target = model.latencyByRole[role]
    if (target !== undefined && (latency === undefined || target.ms < latency.ms)) latency = target
  }
  const schemeLatency = schemeLatencies(profile, regimes)
  if (latency !== undefined)
    say('O-07', `latency ${latency.metric} <= ${latency.ms} ms (tightest role)`)
  for (const { regime, metric, scope, ms } of schemeLatency) {
    say(
      'O-08',
      `${regime} latency ${metric} within ${ms} ms${scope === undefined ? '' : ` (${scope})`}`,
    )
    // Two numbers of one kind: the tighter one is the target. A share per hour cannot be compared with a mean.
    if (latency?.metric === metric && ms < latency.ms) latency = { metric, ms }
  }
  return {
    service: {
      ...numbers,
      sloWindow: 'calendar-month',
      latencyMetric: latency?.metric ?? null,
      latencyMs: latency?.ms ?? null,
      schemeLatency,
      ...(yearly ? { maxDowntimeMinutesPer12Months: 240 } : {}),
    },
    reasons,
  }
}
