/**
 * Every plan that ran here, by digest: events name the plan they were decided under, so years later somebody may ask for which
 * rules stood behind a decision. Files of mode 0600 under `plans/`, written once, never changed, each with a signature beside it by the
 * key of the installation. A plan that is not exactly what was signed is refused, and no other with it.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorCode, Result } from '../lib/index.ts'
import type { EffectivePolicy } from '../policy/index.ts'
import type { Plan, PlanOperation, PlanRule } from '../decide/index.ts'
import { type InstallationKey, installationKey, readInstallationKey } from './installation-key.ts'
import { isIntact } from './plan-digest.ts'
import { readIfThere, replaceWhole } from './private-file.ts'

export interface PlanArchive {
  /** Keeps the plan, so that events may name it: before the first request is taken. */
  keep(plan: Plan, effective: readonly EffectivePolicy[]): void
  /** Keeps the plan and marks it as the one that runs. Durable enough: a lost marker is written again at the next start. */
  activate(plan: Plan, effective: readonly EffectivePolicy[]): void
  /** The plan that ran last, if any. */
  active(): ArchivedPlan | undefined
  /** The plan, if it is there and is what was signed. */
  find(digest: string): ArchivedPlan | undefined
  /** As `find`, with the reason why not: `PlanRefusal`. */
  look(digest: string): Result<ArchivedPlan, PlanRefusal>
}

export interface ArchivedPlan {
  readonly plan: Plan
  readonly effective: readonly EffectivePolicy[]
}

export type PlanRefusal = Extract<
  ErrorCode,
  | 'GH_POLICY_PLAN_UNKNOWN'
  | 'GH_POLICY_PLAN_UNSIGNED'
  | 'GH_POLICY_PLAN_KEY_UNKNOWN'
  | 'GH_POLICY_PLAN_ALTERED'
>

const CACHE = 8
const PURPOSE = 'plan'
/** What stands beside a plan: algorithm, thumbprint of the key, signature. */
const SIGNATURE = /^Ed25519 ([\w-]{43}) ([\w-]{86})\n$/

export function planArchive(dataDir: string): PlanArchive {
  const dir = join(dataDir, 'plans')
  const cache = new Map<string, ArchivedPlan>()
  let key: InstallationKey | undefined

  const fileOf = (digest: string): string | undefined => {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
    return hex === undefined ? undefined : join(dir, `${hex}.json`)
  }

  const look = (digest: string): Result<ArchivedPlan, PlanRefusal> => {
    const file = fileOf(digest)
    const text = file === undefined ? undefined : quietly(() => readIfThere(file))
    if (file === undefined || text === undefined) return refused('GH_POLICY_PLAN_UNKNOWN')
    const beside = quietly(() => readIfThere(signatureOf(file)))
    if (beside === undefined) return refused('GH_POLICY_PLAN_UNSIGNED')
    const [, id, signature = ''] = SIGNATURE.exec(beside) ?? []
    if (id === undefined) return refused('GH_POLICY_PLAN_ALTERED')
    key ??= quietly(() => readInstallationKey(dataDir))
    if (key?.id !== id) return refused('GH_POLICY_PLAN_KEY_UNKNOWN')
    if (!key.verify(PURPOSE, text, signature)) return refused('GH_POLICY_PLAN_ALTERED')
    const found = parsed(text)
    // A good plan under the name of another is not the plan that was asked for.
    return found?.plan.digest === digest
      ? { ok: true, value: found }
      : refused('GH_POLICY_PLAN_ALTERED')
  }

  const sign = (file: string, text: string): void => {
    key ??= installationKey(dataDir)
    replaceWhole(signatureOf(file), `Ed25519 ${key.id} ${key.sign(PURPOSE, text)}\n`)
  }

  /** Plans from before there was a key: signed once, when it is made, if they are what their digest says. */
  const adopt = (): void => {
    if (readInstallationKey(dataDir) !== undefined) return
    for (const name of readdirSync(dir).filter((each) => /^[0-9a-f]{64}\.json$/.test(each))) {
      const file = join(dir, name)
      const text = readIfThere(file) ?? ''
      const found = parsed(text)
      if (found !== undefined && fileOf(found.plan.digest) === file && isIntact(found.plan))
        sign(file, text)
    }
  }

  const find = (digest: string): ArchivedPlan | undefined => {
    const known = cache.get(digest)
    if (known !== undefined) return known
    const looked = look(digest)
    if (!looked.ok) return undefined
    if (cache.size >= CACHE) cache.clear()
    cache.set(digest, looked.value)
    return looked.value
  }

  return {
    keep(plan, effective) {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const file = fileOf(plan.digest)
      if (file === undefined) throw new TypeError('a plan has a sha256 digest')
      for (const leftOver of readdirSync(dir).filter((name) => !/\.(?:json|sig)$/.test(name)))
        rmSync(join(dir, leftOver), { force: true })
      adopt()
      if (look(plan.digest).ok) return
      const text = JSON.stringify({ plan, effective })
      // Plan first: one without a signature is refused and written again; a signature without a plan would be nobody's.
      replaceWhole(file, text)
      sign(file, text)
    },
    activate(plan, effective) {
      this.keep(plan, effective)
      replaceWhole(join(dir, 'active.json'), JSON.stringify({ digest: plan.digest }))
    },
    active() {
      const digest = activeDigest(dir)
      return digest === undefined ? undefined : find(digest)
    },
    find,
    look,
  }
}

function activeDigest(dir: string): string | undefined {
  const marker = quietly((): unknown => JSON.parse(readIfThere(join(dir, 'active.json')) ?? 'null'))
  return typeof marker === 'object' && marker !== null && 'digest' in marker
    ? String(marker.digest)
    : undefined
}

function signatureOf(file: string): string {
  return file.replace(/\.json$/, '.sig')
}

function refused(error: PlanRefusal): Result<never, PlanRefusal> {
  return { ok: false, error }
}

function parsed(text: string): ArchivedPlan | undefined {
  const found = quietly((): unknown => JSON.parse(text))
  return isArchived(found) ? found : undefined
}

/** What cannot be read counts as not there. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
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
