/** Counts alike requests together: who, where, by which rule, how often, from when to when, and one of them to look at. */
import type { AccessEvent } from '../../events/index.ts'

export interface Group {
  readonly api: string | null
  readonly operation: string | null
  readonly rule: string
  readonly code: string
  readonly client: string | null
  readonly count: number
  /** Milliseconds since the epoch. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** A decision id that `gatehouse explain` takes. */
  readonly example: string
}

/** Groups of one kind; what comes after is counted in one group without names. */
export const MAX_GROUPS = 10_000

type Named = Pick<Group, 'api' | 'operation' | 'rule' | 'code' | 'client'>

export interface Tally {
  readonly count: number
  add(event: AccessEvent, rule: string, code: string): void
  /** Most frequent first. */
  groups(): readonly Group[]
}

export function createTally(): Tally {
  const groups = new Map<string, { -readonly [K in keyof Group]: Group[K] }>()
  let count = 0
  return {
    get count() {
      return count
    },
    add(event, rule, code) {
      count++
      const { api, operation, client, at, id } = event
      let named: Named = { api, operation, rule, code, client }
      let key = [api, operation, rule, code, client].join('\u0000')
      if (groups.size >= MAX_GROUPS && !groups.has(key)) {
        named = { api: null, operation: null, rule: 'others', code: '', client: null }
        key = ''
      }
      const group = groups.get(key)
      if (group === undefined) {
        groups.set(key, { ...named, count: 1, firstSeen: at, lastSeen: at, example: id })
        return
      }
      group.count++
      group.firstSeen = Math.min(group.firstSeen, at)
      if (at >= group.lastSeen) {
        group.lastSeen = at
        group.example = id
      }
    },
    groups: () => [...groups.values()].toSorted((a, b) => b.count - a.count),
  }
}
