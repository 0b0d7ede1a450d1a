/**
 * What one access event says about controls. A rule that ran and passed held for this request; a rule that refused it works; a rule under
 * `observe` that would have refused it, and did not, is a hole. What did not run, or could not judge, says nothing.
 */
import type { AccessEvent } from '../../events/index.ts'
import type { ControlId } from '../../lib/index.ts'

export interface RuleInPlan {
  readonly rule: string
  readonly control: ControlId
  /** As it takes effect: a rule of a mandate is `enforce`, whatever it says. */
  readonly mode: 'off' | 'observe' | 'enforce'
  /** Share of requests that it enforces; left out: all. */
  readonly fraction?: number
}

export interface Sight {
  readonly control: ControlId
  readonly rule: string
  /** `refused` is a pass too: the control kept a bad request, or a bad answer, out. */
  readonly outcome: 'held' | 'refused' | 'let-through'
  readonly code: string | null
}

/** The rule stopped the request because it could not judge it: right, but no proof that it can tell good from bad. */
const COULD_NOT_JUDGE = new Set(['GH_GATEWAY_FEED_STALE', 'GH_GATEWAY_RULE_FAILED'])
const UPSTREAM_CONTAINED = new Set([
  'GH_GATEWAY_UPSTREAM_TIMEOUT',
  'GH_GATEWAY_UPSTREAM_UNREACHABLE',
])

/** Who answered was not believed, or did not believe us: nothing was said to it. */
const NOT_THE_BANK = new Set([
  'GH_GATEWAY_UPSTREAM_UNTRUSTED',
  'GH_GATEWAY_UPSTREAM_HANDSHAKE',
  'GH_GATEWAY_UPSTREAM_IDENTITY',
])

type AfterAnswer = (event: AccessEvent) => 'held' | 'refused' | null

/**
 * Rules that do their work once the bank has answered: what this event shows of them. They need not leave a failure
 * behind when they do not enforce (one takes a sample), so only a rule that enforces every request shows that an answer was in order.
 */
const AFTER_ANSWER: ReadonlyMap<string, AfterAnswer> = new Map([
  ['response.fields', seenProjecting],
  // An error of the bank that did not leave as it was.
  ['upstream.validation', (event) => (seenProjecting(event) === 'held' ? 'held' : null)],
  // No request shows whether a browser would have been told.
  ['gateway.baseline', () => null],
  ['response.errors', ({ response }) => ((response?.upstreamStatus ?? 0) >= 400 ? 'held' : null)],
  [
    'egress.allowlist',
    ({ response, code }) =>
      code === 'GH_GATEWAY_EGRESS_REFUSED' ? 'refused' : response === null ? null : 'held',
  ],
  [
    'upstream.tls',
    ({ response, code }) =>
      NOT_THE_BANK.has(code ?? '') ? 'refused' : response === null ? null : 'held',
  ],
  [
    'upstream.resilience',
    ({ response, code }) =>
      UPSTREAM_CONTAINED.has(code ?? '') ? 'refused' : response === null ? null : 'held',
  ],
])

/** At most one sight for each control: the worst of its rules. `rules` are the operation's, in plan order; `undefined`: not known any more. */
export function judgeEvent(
  event: AccessEvent,
  rules: readonly RuleInPlan[] | undefined,
): readonly Sight[] {
  // Strict audit records the intent before the call; the outcome follows in an event of its own.
  if (event.status === 0 && event.dataPlane === undefined) return []
  const sights = new Map<ControlId, Sight>()
  const see = (sight: Sight): void => {
    const before = sights.get(sight.control)
    if (before === undefined || WORST.indexOf(sight.outcome) < WORST.indexOf(before.outcome))
      sights.set(sight.control, sight)
  }
  const failed = new Set<string>()
  for (const { rule, control, code, effect } of event.failed) {
    failed.add(rule)
    if (effect === 'observed') see({ control, rule, outcome: 'let-through', code })
    else if (!COULD_NOT_JUDGE.has(code)) see({ control, rule, outcome: 'refused', code })
  }
  for (const [index, { rule, control, mode, fraction }] of (rules ?? []).entries()) {
    if (index >= event.ran || mode === 'off' || failed.has(rule)) continue
    const after = AFTER_ANSWER.get(rule)
    if (after === undefined) see({ control, rule, outcome: 'held', code: null })
    else if (mode === 'enforce' && fraction === undefined) {
      const outcome = after(event)
      if (outcome !== null) see({ control, rule, outcome, code: null })
    }
  }
  return [...sights.values()]
}

const WORST: readonly Sight['outcome'][] = ['let-through', 'refused', 'held']

/** Only an answer with a body to look into: no error, no 204 or 304, no HEAD. */
function seenProjecting({ response, outcome, code, method }: AccessEvent): ReturnType<AfterAnswer> {
  if (code === 'GH_GATEWAY_RESPONSE_REFUSED') return 'refused'
  const status = response?.upstreamStatus ?? 0
  const body = status >= 200 && status < 300 && status !== 204 && method !== 'HEAD'
  return body && (outcome === 'allowed' || outcome === 'trimmed') ? 'held' : null
}
