/** What a running instance answers on its control socket. */
import type { ApiServices, EventQuery } from '../api/index.ts'
import type { Spool, StoredEvent } from '../events/index.ts'
import type { FileFeed, Projection } from '../feed/index.ts'
import { listApis } from '../inventory/index.ts'
import { formatDiagnostic } from '../lib/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { readObservations } from '../posture/index.ts'
import type { Store } from '../store/index.ts'
import { explain } from './explain.ts'
import type { PlanArchive } from './plan-archive.ts'
import { systemClock } from './system-ports.ts'
import { version } from './version.ts'

export interface ServiceParts {
  readonly policy: CompiledPolicy
  readonly store: Store
  readonly spool: Spool
  readonly archive: PlanArchive
  readonly projection: Projection
  readonly feed: FileFeed
  readonly origin: string
  readonly startedAt: number
}

/** How far back a filtered question without a position looks for its newest events. */
const LOOK_BACK = 50_000

export function instanceServices(parts: ServiceParts): ApiServices {
  const { policy, spool, store, archive, feed, projection } = parts
  return {
    status: () => ({
      version,
      pid: process.pid,
      startedAt: parts.startedAt,
      address: parts.origin,
      plan: policy.plan.digest,
      apis: policy.plan.apis.map((api) => ({
        name: api.name,
        state: api.state,
        reason: api.state === 'closed' ? api.reason : null,
      })),
      feed: {
        ageMs: projection.ageMs(systemClock.now()),
        mistakes: feed.diagnostics().map(formatDiagnostic),
      },
      events: { lastSeq: spool.lastSeq },
    }),
    policy: () => ({
      digest: policy.plan.digest,
      effective: policy.effective,
      findings: policy.findings,
    }),
    observations: () => readObservations(store),
    inventory: () => listApis(store),
    events: (query) => events(spool, query),
    async explain(id) {
      const stored = await spool.find(id)
      return stored === undefined ? undefined : explain(stored, archive)
    },
  }
}

async function events(
  spool: Spool,
  { after, limit, api, client, outcome }: EventQuery,
): Promise<readonly StoredEvent[]> {
  const last = spool.lastSeq
  if (last === 0 || (after ?? 0) >= last) return []
  const filtered = (api ?? client ?? outcome) !== undefined
  const back = filtered ? LOOK_BACK : limit - 1
  const from = after === undefined ? Math.max(1, last - back) : after + 1
  const wanted = ({ event }: StoredEvent): boolean => {
    if (event.kind !== 'access')
      return (
        client === undefined &&
        outcome === undefined &&
        (api === undefined || ('api' in event && event.api === api))
      )
    return (
      (api === undefined || event.api === api) &&
      (client === undefined || event.client === client) &&
      (outcome === undefined || event.outcome === outcome)
    )
  }
  const found: StoredEvent[] = []
  const end = new AbortController()
  for await (const stored of spool.tail({ from, signal: end.signal })) {
    if (wanted(stored)) found.push(stored)
    if (after === undefined && found.length > limit) found.shift()
    if (stored.seq >= last || (after !== undefined && found.length === limit)) break
  }
  end.abort()
  return found
}
