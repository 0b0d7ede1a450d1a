/** Rules that only watch, in full or for a share: how much they have seen, and whom they would have refused. */
import type { Mode, PlanOperation, PlanRule } from '../../decide/index.ts'
import type { AccessEvent } from '../../events/index.ts'
import type { Now } from './redecide.ts'

export interface WatchedRule {
  readonly api: string
  readonly rule: string
  readonly control: string
  readonly mode: Mode
  /** Percent that is enforced already; `null`: none. */
  readonly fraction: number | null
  readonly origin: string
  /** Requests it could judge, and clients among them. */
  readonly requests: number
  readonly clients: number
  readonly wouldDeny: number
  readonly wouldDenyClients: number
  /** Requests of which it could not tell. */
  readonly unknown: number
  /** A request that it would refuse; `null`: none. */
  readonly example: string | null
}

/** Clients that are told apart for one rule. */
export const MAX_WATCHED_CLIENTS = 100_000

interface Count {
  readonly rule: PlanRule
  readonly api: string
  readonly clients: Set<string>
  readonly refused: Set<string>
  requests: number
  wouldDeny: number
  unknown: number
  example: string | null
}

export interface Watch {
  add(event: AccessEvent, now: Now, ran: number, failed: ReadonlySet<string>): void
  rules(): readonly WatchedRule[]
}

export function createWatch(): Watch {
  const counts = new Map<string, Count>()
  const watching = new WeakMap<
    PlanOperation,
    readonly { readonly at: number; readonly count: Count }[]
  >()
  const countsOf = ({
    api,
    operation,
  }: Now): readonly { readonly at: number; readonly count: Count }[] => {
    let list = watching.get(operation)
    if (list === undefined) {
      list = operation.rules.flatMap((index, at) => {
        const rule = api.rules[index]
        return rule === undefined || !watches(rule) ? [] : [{ at, count: countOf(api.name, rule) }]
      })
      watching.set(operation, list)
    }
    return list
  }
  function countOf(api: string, rule: PlanRule): Count {
    const key = [api, rule.name, rule.mode, rule.fraction, rule.origin.source].join('\u0000')
    let count = counts.get(key)
    if (count === undefined) {
      count = {
        rule,
        api,
        clients: new Set(),
        refused: new Set(),
        requests: 0,
        wouldDeny: 0,
        unknown: 0,
        example: null,
      }
      counts.set(key, count)
    }
    return count
  }
  return {
    add(event, now, ran, failed) {
      for (const { at, count } of countsOf(now)) {
        if (at >= ran) continue
        const { name } = count.rule
        if (now.undecided.some(({ place }) => place.rule.name === name)) {
          count.unknown++
          continue
        }
        count.requests++
        note(count.clients, event.client)
        if (!failed.has(name)) continue
        count.wouldDeny++
        count.example = event.id
        note(count.refused, event.client)
      }
    },
    rules: () =>
      [...counts.values()].map(({ rule, api, clients, refused, ...count }) => ({
        api,
        rule: rule.name,
        control: rule.control,
        mode: rule.mode,
        fraction: rule.fraction === undefined ? null : rule.fraction / 100,
        origin: `${rule.origin.level} (${rule.origin.source})`,
        requests: count.requests,
        clients: clients.size,
        wouldDeny: count.wouldDeny,
        wouldDenyClients: refused.size,
        unknown: count.unknown,
        example: count.example,
      })),
  }
}

function watches(rule: PlanRule): boolean {
  if (rule.origin.level === 'mandate') return false
  return rule.mode === 'observe' || (rule.mode === 'enforce' && rule.fraction !== undefined)
}

function note(names: Set<string>, name: string | null): void {
  if (name !== null && names.size < MAX_WATCHED_CLIENTS) names.add(name)
}
