import { readInstant } from './instant.ts'
import type { RowFacts, RowTest } from './selection.ts'

/** A row test with the data of one request. */
export type RowCheck = (value: string) => boolean

/** Binds a test to a request's facts. A set or window that the request does not bring lets nothing through. */
export function bindTest(test: RowTest, facts: RowFacts): RowCheck {
  switch (test.kind) {
    case 'in': {
      const set = Object.hasOwn(facts.sets, test.set) ? facts.sets[test.set] : undefined
      return set === undefined ? nothing : (value) => set.has(value)
    }
    case 'within': {
      const window = Object.hasOwn(facts.windows, test.window)
        ? facts.windows[test.window]
        : undefined
      if (window === undefined) return nothing
      const { from = -Infinity, to = Infinity } = window
      return (value) => {
        const instant = readInstant(value)
        return instant !== undefined && instant >= from && instant <= to
      }
    }
    default:
      return test satisfies never
  }
}

function nothing(): boolean {
  return false
}
