/** The loop that keeps traffic observations fresh: a step now and then, never two at once, and a last word at the end. */
import type { PlanRule } from '../decide/index.ts'
import type { Spool } from '../events/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import { type RuleInPlan, runTrafficConsumer } from '../posture/index.ts'
import type { Store } from '../store/index.ts'
import { type PlanArchive, rulesOf } from './plan-archive.ts'

const PERIOD_MS = 500
/** Longest wait after failures: a store that is away is not asked twice a second for hours. */
const MAX_WAIT_MS = 30_000

export interface TrafficWatch {
  /** Lets the step in hand finish. Events it did not reach are taken at the next start: its offset is durable. */
  stop(): Promise<void>
}

export async function startTrafficWatch(parts: {
  readonly spool: Spool
  readonly store: Store
  readonly archive: PlanArchive
  /** APIs whose tokens all come from the authorization server of this installation, as it is now. */
  readonly apisOfServer: () => readonly string[]
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Told once when steps begin to fail, and once when they go well again: evidence that ages in silence would be nobody's alarm. */
  readonly behind: (failure: unknown) => void
}): Promise<TrafficWatch> {
  const { archive } = parts
  const consumer = await parts.spool.consumer('posture')
  const traffic = runTrafficConsumer({
    consumer,
    store: parts.store,
    clock: parts.clock,
    apisOfServer: parts.apisOfServer,
    rulesOf: (digest, api, operation) => {
      const plan = archive.find(digest)?.plan
      return plan === undefined ? undefined : rulesOf(plan, api, operation)?.map(inPlan)
    },
    carriedBy: (digest, api, control) => carriedBy(archive, digest, api, control),
  })
  let running: Promise<void> | undefined
  let failing = false
  let waitMs = PERIOD_MS
  let notBefore = 0
  const drain = async (): Promise<void> => {
    // A failure here is not the client's: the events stay where they are and the next tick tries again.
    try {
      while ((await traffic.step()) > 0);
      if (failing) parts.behind(undefined)
      failing = false
      waitMs = PERIOD_MS
    } catch (error) {
      if (!failing) parts.behind(error)
      failing = true
      notBefore = parts.clock.monotonic() + waitMs
      waitMs = Math.min(MAX_WAIT_MS, 2 * waitMs)
    }
  }
  const stop = parts.scheduler.every(PERIOD_MS, () => {
    if (parts.clock.monotonic() < notBefore) return
    running ??= drain().finally(() => (running = undefined))
  })
  return {
    async stop() {
      stop()
      await running
    },
  }
}

/** As the rule takes effect: nothing below a mandate can set it to less than `enforce`. */
function inPlan(rule: PlanRule): RuleInPlan {
  const mandated = rule.origin.level === 'mandate'
  return {
    rule: rule.name,
    control: rule.control,
    mode: mandated ? 'enforce' : rule.mode,
    ...(rule.fraction === undefined || mandated ? {} : { fraction: rule.fraction }),
  }
}

function carriedBy(
  archive: PlanArchive,
  digest: string,
  api: string,
  control: string,
): number | undefined {
  const owner = archive.find(digest)?.plan.apis.find((one) => one.name === api)
  if (owner === undefined || owner.state === 'closed') return undefined
  return owner.operations.filter((operation) =>
    operation.rules.some((index) => owner.rules[index]?.control === control),
  ).length
}
