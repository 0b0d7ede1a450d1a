/**
 * A new configuration for a gateway that runs. It is assembled apart, judged, and made ready beside the one in force; nothing of it
 * counts until all of it is good and recorded. Otherwise the last good one stays, and the reason is told.
 */
import type { LastReload } from '../api/index.ts'
import type { PlanApi } from '../decide/index.ts'
import { canonicalJson, type Clock, formatDiagnostic } from '../lib/index.ts'
import type { PlanDifference } from '../policy/index.ts'
import { type Action, NOTHING, type Prepared, refusedBy } from './control-desk.ts'
import { type Generation, makeGeneration, type Running } from './generation.ts'
import { isIntact } from './plan-digest.ts'
import { shapeChanges } from './shape-changes.ts'
import type { AssembledApart } from './start/index.ts'

export interface ReloadParts {
  readonly clock: Clock
  readonly assemble: () => Promise<AssembledApart>
  readonly current: () => Generation
  /** What it changes that no setting shows: contents of files. Says it, line by line; nothing: there is no such change. */
  readonly elsewhere: (running: Running) => readonly string[]
  /** Opens what the new configuration needs open before it counts; that is taken over, or let go of again. */
  readonly open: (running: Running) => Promise<Opened>
  /** Puts it in force. Says what could not follow. */
  readonly swap: (next: Generation) => Promise<readonly string[]>
}

/** What is open and does not count yet. */
export interface Opened {
  readonly take: () => void
  readonly discard: () => void
}

/** All of it, one after the other, or none: what was opened before a failure is let go of. */
export async function openTogether(
  opens: readonly (() => Promise<Opened> | undefined)[],
): Promise<Opened> {
  const all: Opened[] = []
  const discard = (): void => {
    for (const one of all.splice(0).toReversed()) one.discard()
  }
  try {
    for (const open of opens) {
      const opened = await open()
      if (opened !== undefined) all.push(opened)
    }
  } catch (error) {
    discard()
    throw error
  }
  return {
    take() {
      for (const one of all) one.take()
    },
    discard,
  }
}

export interface Reload {
  readonly action: Action
  readonly last: LastReload | null
  /** How many had each outcome. */
  readonly counts: Readonly<Record<Prepared['outcome'], number>>
}

/** What a reload puts in force. Whatever else the file holds needs a restart: nothing is taken for done that was not. */
const RELOADABLE: ReadonlySet<string> = new Set([
  'organisation',
  'issuers',
  'mandate',
  'classes',
  'templates',
  'controls',
  'policyTests',
  'apis',
  'context',
  'answerSigning',
  'listen',
  'listeners',
  'sockets',
  'trustStores',
  'monitoring',
  'logs',
])
/** New issuers get this long for the first load of their keys. */
const KEYS_WAIT_MS = 6_000

export function createReload(parts: ReloadParts): Reload {
  let last: LastReload | null = null
  const counts = { done: 0, unchanged: 0, refused: 0 }

  async function prepareReload(): Promise<Prepared> {
    const assembled = await parts.assemble()
    if (!assembled.ok)
      return refused('GH_CONTROL_CONFIG_INVALID', assembled.diagnostics.map(formatDiagnostic))
    const { running } = assembled
    const now = parts.current()
    const before = now.running.policy.plan.digest
    const { plan } = running.policy
    const restart = needRestart(now.running, running)
    if (restart.length > 0)
      return refused(
        'GH_CONTROL_NEEDS_RESTART',
        restart.map((key) => `${key} is changed`),
        before,
      )
    // Whoever assembled it: what is not the plan that its digest names is no plan.
    if (!isIntact(plan))
      return refused('GH_CONTROL_FAILED', ['the plan does not match its digest'], before)
    const closes = newlyClosed(now.running, running)
    if (closes.length > 0) return refused('GH_CONTROL_WOULD_CLOSE', closes, before)
    const elsewhere = parts.elsewhere(running)
    if (
      elsewhere.length === 0 &&
      canonicalJson(settingsOf(running)) === canonicalJson(settingsOf(now.running)) &&
      before === plan.digest
    )
      return { outcome: 'unchanged', before, after: before, details: [] }
    return makeReady(running, now, elsewhere)
  }

  async function makeReady(
    running: Running,
    now: Generation,
    elsewhere: readonly string[],
  ): Promise<Prepared> {
    const before = now.running.policy.plan
    const next = makeGeneration(running, now)
    let opened: Awaited<ReturnType<ReloadParts['open']>>
    let details: readonly string[]
    const undo = [(): void => next.keys.close(now.keys)]
    const discard = (): void => {
      for (const step of undo.splice(0).toReversed()) step()
    }
    try {
      await Promise.race([next.keys.ready, patience(KEYS_WAIT_MS)])
      const missing = next.keys.missing()
      if (missing.length > 0) {
        discard()
        return refused('GH_CONTROL_KEYS_MISSING', missing, before.digest)
      }
      details = [...(await differences(now.running, running)), ...elsewhere]
      opened = await parts.open(running)
      undo.push(opened.discard)
    } catch (error) {
      discard()
      throw error
    }
    return {
      outcome: 'done',
      before: before.digest,
      after: running.policy.plan.digest,
      details,
      async commit() {
        const late = await parts.swap(next)
        opened.take()
        return late
      },
      discard,
    }
  }

  return {
    async action() {
      const prepared = await prepareReload().catch(refusedBy)
      counts[prepared.outcome]++
      last = {
        at: parts.clock.now(),
        outcome: prepared.outcome,
        code: prepared.code ?? null,
        details: prepared.details.slice(0, MAX_TOLD),
      }
      return prepared
    },
    get last() {
      return last
    },
    counts,
  }
}

const MAX_TOLD = 20

function refused(
  code: NonNullable<Prepared['code']>,
  details: readonly string[],
  before: string | null = null,
): Prepared {
  return { ...NOTHING, outcome: 'refused', code, before, details }
}

function patience(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function needRestart(now: Running, next: Running): readonly string[] {
  const [was, is] = [lasting(now), lasting(next)]
  return [...new Set([...was.keys(), ...is.keys()])].filter(
    (key) => !RELOADABLE.has(key) && canonicalJson(was.get(key)) !== canonicalJson(is.get(key)),
  )
}

/** By key, what of each may not change; of `identity` its clients may. */
function lasting({ config }: Running): ReadonlyMap<string, unknown> {
  const { identity } = config
  return new Map<string, unknown>([
    ...Object.entries(config),
    ['identity', identity === null ? null : { ...identity, clients: [] }],
  ])
}

function settingsOf({ config, objectives }: Running): object {
  return { config, objectives }
}

function newlyClosed(now: Running, next: Running): readonly string[] {
  const closed = new Set(now.policy.plan.apis.filter(isClosed).map(({ name }) => name))
  return next.policy.plan.apis.flatMap((api) =>
    api.state === 'closed' && !closed.has(api.name)
      ? [`${api.name}: ${api.code} ${api.reason}`]
      : [],
  )
}

function isClosed(api: PlanApi): boolean {
  return api.state === 'closed'
}

/** What becomes looser comes first: of many lines it is the one that must not be cut. */
async function differences(now: Running, next: Running): Promise<readonly string[]> {
  // Not before a reload asks: a start need not wait for the compiler of policies.
  const { describeDifference, diffPlans } = await import('../policy/index.ts')
  const [was, is] = [now.policy.plan, next.policy.plan]
  const plans = diffPlans(was, is)
  const looser = plans.filter(isLooser)
  const rest = plans.filter((difference) => !isLooser(difference))
  const weaker = looser.length === 0 ? [] : [`${looser.length} changes weaken the policy`]
  return [...weaker, ...[...looser, ...rest].map(describeDifference), ...shapeChanges(was, is)]
}

function isLooser(difference: PlanDifference): boolean {
  return (
    difference.kind === 'rule-removed' || ('effect' in difference && difference.effect === 'looser')
  )
}
