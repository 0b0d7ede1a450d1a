/**
 * Every plan that ever ran, by digest: an event names its plan, so `explain` and the traffic observations can say years later which
 * rules stood behind a decision. Files of mode 0600 under `plans/`, written once, never changed.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EffectivePolicy } from '../policy/index.ts'
import type { Plan, PlanOperation, PlanRule } from '../decide/index.ts'

export interface PlanArchive {
  /** Keeps the plan, so that events may name it: before the first request is taken. */
  keep(plan: Plan, effective: readonly EffectivePolicy[]): void
  /** Keeps the plan and marks it as the one that runs. Durable enough: a lost marker is written again at the next start. */
  activate(plan: Plan, effective: readonly EffectivePolicy[]): void
  /** The plan that ran last, if any. */
  active(): ArchivedPlan | undefined
  find(digest: string): ArchivedPlan | undefined
}

export interface ArchivedPlan {
  readonly plan: Plan
  readonly effective: readonly EffectivePolicy[]
}

const CACHE = 8

export function planArchive(dataDir: string): PlanArchive {
  const dir = join(dataDir, 'plans')
  const cache = new Map<string, ArchivedPlan>()

  const fileOf = (digest: string): string | undefined => {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
    return hex === undefined ? undefined : join(dir, `${hex}.json`)
  }

  /** A file that was cut, emptied or swapped is no plan: what cannot be trusted counts as not there. */
  const read = (file: string, digest: string): ArchivedPlan | undefined => {
    try {
      const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
      return isArchived(found) && found.plan.digest === digest ? found : undefined
    } catch {
      return undefined
    }
  }

  /** All of it or nothing, whenever the process dies. */
  const writeWhole = (file: string, text: string): void => {
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, text, { mode: 0o600, flush: true })
    renameSync(temporary, file)
  }

  return {
    keep(plan, effective) {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const file = fileOf(plan.digest)
      if (file === undefined) throw new TypeError('a plan has a sha256 digest')
      for (const leftOver of readdirSync(dir).filter((name) => !name.endsWith('.json')))
        rmSync(join(dir, leftOver), { force: true })
      if (read(file, plan.digest) === undefined)
        writeWhole(file, JSON.stringify({ plan, effective }))
    },
    activate(plan, effective) {
      this.keep(plan, effective)
      writeWhole(join(dir, 'active.json'), JSON.stringify({ digest: plan.digest }))
    },
    active() {
      try {
        const marker: unknown = JSON.parse(readFileSync(join(dir, 'active.json'), 'utf8'))
        const digest =
          typeof marker === 'object' && marker !== null && 'digest' in marker
            ? String(marker.digest)
            : ''
        return this.find(digest)
      } catch {
        return undefined
      }
    },
    find(digest) {
      const known = cache.get(digest)
      if (known !== undefined) return known
      const file = fileOf(digest)
      const found = file === undefined ? undefined : read(file, digest)
      if (found !== undefined) {
        if (cache.size >= CACHE) cache.clear()
        cache.set(digest, found)
      }
      return found
    },
  }
}

/** The outermost shape only: we wrote the rest, and the folder is ours alone. */
function isArchived(value: unknown): value is ArchivedPlan {
  if (typeof value !== 'object' || value === null) return false
  const { plan, effective } = value as Record<string, unknown> // sound: an object of unknowns
  return (
    typeof plan === 'object' &&
    plan !== null &&
    'apis' in plan &&
    Array.isArray(plan.apis) &&
    Array.isArray(effective)
  )
}

/** The rules of one operation in plan order, or `undefined` if the plan does not know it. */
export function rulesOf(
  plan: Plan,
  api: string | null,
  operation: string | null,
): readonly PlanRule[] | undefined {
  const found = operationOf(plan, api, operation)
  if (found === undefined) return undefined
  return found.operation.rules.flatMap((index) => found.rules[index] ?? [])
}

export function operationOf(
  plan: Plan,
  api: string | null,
  operation: string | null,
): { readonly operation: PlanOperation; readonly rules: readonly PlanRule[] } | undefined {
  const owner = plan.apis.find((one) => one.name === api)
  if (owner === undefined || owner.state === 'closed') return undefined
  const match = owner.operations.find((one) => one.id === operation)
  return match === undefined ? undefined : { operation: match, rules: owner.rules }
}
