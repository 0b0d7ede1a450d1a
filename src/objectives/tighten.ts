/** Rule O-10: people may tighten any number. A number that loosens is refused and said; the computed one stays. */
import { nearest } from '../lib/index.ts'
import type { Conflict, Reason } from './objective.ts'

export interface Tightening {
  /** Who asks for it, for the record. */
  readonly by: string
  /** Name of a service or protection number → the number wanted. */
  readonly numbers: Readonly<Record<string, number>>
}

type Numbers = Readonly<Record<string, unknown>>

/** Numbers of which more is stricter; of all others less is. */
const MORE_IS_STRICTER = new Set([
  'sloPercent',
  'securityLogDays',
  'securityLogHotDays',
  'transactionRecordYears',
])
/** The lower bound of a scheme's token life is the scheme's, not the bank's. */
const FIXED = new Set(['accessTokenMinSeconds'])

/** `service` and `protection` with what is stricter taken over, in order; everything else is a conflict `GH_OBJECTIVES_LOOSENS`. */
export function tighten<S extends Numbers, P extends Numbers>(
  service: S,
  protection: P,
  wishes: readonly Tightening[],
): {
  readonly service: S
  readonly protection: P
  readonly reasons: readonly Reason[]
  readonly conflicts: readonly Conflict[]
} {
  const tables = [new Map(Object.entries(service)), new Map(Object.entries(protection))] as const
  const reasons: Reason[] = []
  const conflicts: Conflict[] = []
  for (const { by, numbers } of wishes)
    for (const [name, wanted] of Object.entries(numbers)) {
      const table = tables.find((entry) => entry.has(name))
      const current = table?.get(name)
      const refusal =
        table === undefined || typeof current !== 'number' || FIXED.has(name)
          ? unknownNumber(name, tables)
          : whyRefused(name, current, wanted, tables[1].get('accessTokenMinSeconds'))
      if (refusal !== undefined)
        conflicts.push({ code: 'GH_OBJECTIVES_LOOSENS', text: `${by}: ${refusal}` })
      else if (table !== undefined && wanted !== current) {
        table.set(name, wanted)
        reasons.push({
          rule: 'O-10',
          text: `${name} tightened from ${String(current)} to ${wanted} by ${by}`,
        })
      }
    }
  return {
    // Sound: only numbers that were there were replaced, by numbers.
    service: Object.fromEntries(tables[0]) as S,
    protection: Object.fromEntries(tables[1]) as P,
    reasons,
    conflicts,
  }
}

function whyRefused(
  name: string,
  current: number,
  wanted: number,
  tokenMin: unknown,
): string | undefined {
  if (!Number.isFinite(wanted) || wanted < 0 || (name === 'sloPercent' && wanted > 100))
    return `${name} cannot be ${wanted}`
  if (MORE_IS_STRICTER.has(name) ? wanted < current : wanted > current)
    return `${name} ${wanted} is looser than ${current}; that needs an exception`
  // Below the scheme's range the number would break the scheme, however strict it looks.
  if (name === 'accessTokenMaxSeconds' && typeof tokenMin === 'number' && wanted < tokenMin)
    return `${name} ${wanted} is below the ${tokenMin} s that the scheme allows a token`
  return undefined
}

function unknownNumber(name: string, tables: readonly ReadonlyMap<string, unknown>[]): string {
  const known = tables
    .flatMap((table) => [...table])
    .filter(([key, value]) => typeof value === 'number' && !FIXED.has(key))
    .map(([key]) => key)
  const close = nearest(name, known)
  return `${name} is no number of this objective${close === undefined ? '' : `; did you mean ${close}?`}`
}
