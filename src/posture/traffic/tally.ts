/** What traffic has shown of one control of one API since a moment: counts, so that the population of the evidence can be stated. */
import type { AccessEvent, IdentityEvent, ScaEvent, StoredEvent } from '../../events/index.ts'
import { control as controlById } from '../../controls/index.ts'
import type { ControlId } from '../../lib/index.ts'
import { DAY_MS } from '../evidence.ts'
import { judgeEvent, type RuleInPlan, type Sight } from './judge-event.ts'
import { judgeIdentity } from './judge-identity.ts'
import { judgeSca } from './judge-sca.ts'

export interface Tally {
  readonly api: string
  readonly control: ControlId
  /** Milliseconds since the epoch; the count begins anew when the control's evidence would have expired. */
  readonly since: number
  readonly held: number
  readonly refused: number
  readonly letThrough: number
  /** Operations seen, at most `MAX_OPERATIONS`. */
  readonly operations: readonly string[]
  /** How many operations of the plan carry a rule for the control; `null`: not known. */
  readonly carriedBy: number | null
  readonly lastPassAt: number | null
  readonly lastFail: { readonly at: number; readonly rule: string; readonly code: string } | null
}

/** Rules of an operation in plan order, for the plan that the event was decided by; `undefined`: not known any more. */
export type RulesOf = (
  planDigest: string,
  api: string,
  operation: string,
) => readonly RuleInPlan[] | undefined
/** How many operations of the API carry a rule for the control. */
export type CarriedBy = (planDigest: string, api: string, control: ControlId) => number | undefined

export interface TallyPorts {
  readonly rulesOf: RulesOf
  readonly carriedBy?: CarriedBy
  /** APIs whose tokens all come from the authorization server of this installation; absent: none. */
  readonly apisOfServer?: readonly string[]
  /** Evidence cannot be newer than this; milliseconds since the epoch. */
  readonly now: number
}

export const MAX_OPERATIONS = 10_000

/** Traffic ages by the control's own days (DESIGN §1); a control that the catalogue does not know, by one day. */
export function freshnessMs(control: ControlId): number {
  return (controlById(control)?.evidence.freshnessDays ?? 1) * DAY_MS
}

export function tallyKey(api: string, control: ControlId): string {
  return `${api}\n${control}` // neither holds a line break
}

/** `before` and the events, in order, added up. Only tallies that an event touched are returned. */
export function addUp(
  before: ReadonlyMap<string, Tally>,
  events: readonly StoredEvent[],
  ports: TallyPorts,
): ReadonlyMap<string, Tally> {
  const touched = new Map<string, Tally>()
  for (const { event } of events) {
    if (event.kind !== 'access' && event.kind !== 'sca' && event.kind !== 'identity') continue
    // One record without a time must not stop the consumer for ever; it is evidence of no moment.
    if (!(Number.isSafeInteger(event.at) && event.at >= 0)) continue
    const at = Math.min(event.at, ports.now)
    const operation = operationOf(event)
    const sights = sightsOf(event, ports)
    const seen = apisOf(event, ports).flatMap((api) => sights.map((sight) => ({ api, sight })))
    for (const { api, sight } of seen) {
      const key = tallyKey(api, sight.control)
      const carriedBy =
        event.kind === 'access' ? (ports.carriedBy?.(event.plan, api, sight.control) ?? null) : null
      const last = touched.get(key) ?? before.get(key)
      const running =
        last === undefined || at >= last.since + freshnessMs(sight.control)
          ? empty(api, sight.control, at)
          : last
      touched.set(key, { ...add(running, sight, operation, at), carriedBy })
    }
  }
  return touched
}

type Judged = AccessEvent | ScaEvent | IdentityEvent

/** What a server did that stands before several APIs is evidence of each of them. */
function apisOf(event: Judged, { apisOfServer = [] }: TallyPorts): readonly string[] {
  if (event.kind === 'identity') return apisOfServer
  return event.api === null ? [] : [event.api]
}

function operationOf(event: Judged): string | null {
  if (event.kind === 'access') return event.operation
  return event.kind === 'sca' ? event.act : event.action
}

function sightsOf(event: Judged, { rulesOf }: TallyPorts): readonly Sight[] {
  if (event.kind === 'sca') return judgeSca(event)
  if (event.kind === 'identity') return judgeIdentity(event)
  const { plan, api, operation } = event
  return judgeEvent(event, operation === null ? undefined : rulesOf(plan, api ?? '', operation))
}

function empty(api: string, control: ControlId, since: number): Tally {
  return {
    api,
    control,
    since,
    held: 0,
    refused: 0,
    letThrough: 0,
    operations: [],
    carriedBy: null,
    lastPassAt: null,
    lastFail: null,
  }
}

function add(tally: Tally, sight: Sight, operation: string | null, at: number): Tally {
  const { operations } = tally
  const isNew =
    operation !== null && !operations.includes(operation) && operations.length < MAX_OPERATIONS
  const seen = { ...tally, operations: isNew ? [...operations, operation] : operations }
  switch (sight.outcome) {
    case 'held':
      return { ...seen, held: tally.held + 1, lastPassAt: Math.max(at, tally.lastPassAt ?? at) }
    case 'refused':
      return {
        ...seen,
        refused: tally.refused + 1,
        lastPassAt: Math.max(at, tally.lastPassAt ?? at),
      }
    case 'let-through':
      return {
        ...seen,
        letThrough: tally.letThrough + 1,
        lastFail:
          at >= (tally.lastFail?.at ?? at)
            ? { at, rule: sight.rule, code: sight.code ?? '' }
            : tally.lastFail,
      }
    default:
      return sight.outcome satisfies never
  }
}
