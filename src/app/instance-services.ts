/** What a running instance answers on its control socket. */
import type {
  ApiServices,
  ClientView,
  EventQuery,
  InstanceStatus,
  LastReload,
  ObserveAllStatus,
  ScaServices,
} from '../api/index.ts'
import type { Pseudonym } from '../gateway/core/index.ts'
import type { Spool, StoredEvent } from '../events/index.ts'
import type { OpenIdentity } from './identity/open-identity.ts'
import type { ClientDesk, ConsentDesk } from '../identity/index.ts'
import type { FileFeed, Projection } from '../feed/index.ts'
import { listApis } from '../inventory/record/index.ts'
import { formatDiagnostic } from '../lib/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'
import { readObservations, readObservationsAt } from '../posture/index.ts'
import type { InstallationSecrets, Store } from '../store/index.ts'
import type { ControlDesk } from './control-desk.ts'
import type { EventIndexing } from './event-indexing.ts'
import { answerQuestion } from './event-questions.ts'
import { explain } from './explain.ts'
import { systemClock } from './system-ports.ts'
import type { PlanArchive } from './plan-archive.ts'
import type { Phase, Readiness } from './readiness.ts'
import { version } from './version.ts'

export interface ServiceParts {
  readonly policy: () => CompiledPolicy
  readonly store: Store
  readonly spool: Spool
  readonly archive: PlanArchive
  readonly projection: Projection
  readonly feed: FileFeed
  /** `undefined`: there is no authorization server. */
  readonly clients: ClientDesk | undefined
  readonly consents: ConsentDesk | undefined
  readonly authorizationServer: Pick<OpenIdentity, 'origin' | 'report'> | undefined
  readonly secrets: InstallationSecrets | undefined
  readonly indexing: EventIndexing
  readonly pseudonym: Pseudonym
  readonly origin: () => string
  readonly startedAt: number
  readonly monitoring: () => string | null
  readonly phase: () => Phase
  readonly readiness: () => Readiness
  readonly held: () => number
  readonly issuers: () => InstanceStatus['issuers']
  readonly lastReload: () => LastReload | null
  readonly observeAll: () => ObserveAllStatus | null
  readonly desk: ControlDesk
  readonly sca: ScaServices
}

const CLIENTS_AT_ONCE = 500
const LAST_EVENTS = 10
/** How far back a filtered question without a position looks for its newest events. */
const LOOK_BACK = 50_000

export function instanceServices(parts: ServiceParts): ApiServices {
  const { policy, spool, store, archive } = parts
  return {
    sca: parts.sca,
    status: () => status(parts),
    policy: () => ({
      digest: policy().plan.digest,
      effective: policy().effective,
      findings: policy().findings,
    }),
    observations: () => readObservations(store),
    pastObservations: (at) => readObservationsAt(store, at),
    inventory: () => listApis(store),
    events: (query) => events(spool, query),
    queryEvents: (question) =>
      answerQuestion(parts.indexing.index(), question, systemClock.now(), parts.pseudonym),
    clients: async (after) => (await parts.clients?.list(after, CLIENTS_AT_ONCE)) ?? [],
    client: (id) => clientView(parts, id),
    consent: async (id) => parts.consents?.show(id),
    async authorizationServer() {
      const server = parts.authorizationServer
      return server === undefined ? null : { address: server.origin, ...(await server.report()) }
    },
    consents: async (asked) => (await parts.consents?.list(asked)) ?? { consents: [], next: null },
    async explain(id) {
      const stored = await findEvent(parts, id)
      return stored === undefined ? undefined : explain(stored, archive)
    },
    control: (action, body) => parts.desk.ask(action, body, 'socket'),
  }
}

function status(parts: ServiceParts): InstanceStatus {
  const { spool, feed, projection } = parts
  const { plan } = parts.policy()
  const { ready, reasons, apis } = parts.readiness()
  const { state, trouble, waiting } = spool.health()
  const observed = new Set(apis.filter((api) => api.observeAll).map(({ name }) => name))
  return {
    version,
    pid: process.pid,
    startedAt: parts.startedAt,
    address: parts.origin(),
    monitoring: parts.monitoring(),
    phase: parts.phase(),
    ready,
    reasons,
    plan: plan.digest,
    apis: plan.apis.map((api) => ({
      name: api.name,
      state: api.state,
      reason: api.state === 'closed' ? api.reason : null,
      observeAll: observed.has(api.name),
    })),
    feed: {
      ageMs: Math.min(projection.ageMs(), Number.MAX_SAFE_INTEGER),
      mistakes: feed.diagnostics().map(formatDiagnostic),
    },
    events: {
      lastSeq: spool.lastSeq,
      indexedSeq: parts.indexing.indexedSeq(),
      state,
      trouble,
      waiting,
      held: parts.held(),
    },
    issuers: parts.issuers(),
    lastReload: parts.lastReload(),
    observeAll: parts.observeAll(),
    secret: parts.secrets?.status() ?? null,
  }
}

async function clientView(
  { clients, projection, spool }: ServiceParts,
  id: string,
): Promise<ClientView | undefined> {
  const registered = await clients?.show(id)
  const file = registered === undefined ? projection.client(id) : undefined
  const known = registered ?? file
  if (known === undefined) return undefined
  const query = { after: undefined, limit: LAST_EVENTS, api: undefined, outcome: undefined }
  const recent = await events(spool, { ...query, client: id })
  return {
    id,
    name: known.name,
    status: known.status,
    origin: registered === undefined ? 'file' : 'registered',
    details:
      registered === undefined
        ? {
            ...(file?.reason !== undefined && { reason: file.reason }),
            ...(file?.organizationIdentifier !== undefined && {
              organizationIdentifier: file.organizationIdentifier,
            }),
            ...(file?.registerStatus !== undefined && { registerStatus: file.registerStatus }),
            ...(file?.roles !== undefined && { roles: [...file.roles] }),
          }
        : {
            ...registered.metadata,
            organizationIdentifier: registered.organization,
            registerStatus: registered.registerStatus,
            roles: registered.roles,
          },
    history: registered?.history ?? [],
    lastEvents: recent.flatMap(({ event }) =>
      event.kind === 'access'
        ? [
            {
              id: event.id,
              at: event.at,
              api: event.api ?? '',
              operation: event.operation ?? '',
              outcome: event.outcome,
              code: event.code,
            },
          ]
        : [],
    ),
  }
}

/** From the index in a moment; without it, or what it does not know yet, by reading the spool. */
async function findEvent(
  { spool, indexing }: Pick<ServiceParts, 'spool' | 'indexing'>,
  id: string,
): Promise<StoredEvent | undefined> {
  const recent = await spool.findRecent(id)
  if (recent !== undefined) return recent
  try {
    const found = await indexing.index().find(id)
    if (found !== undefined) return found
  } catch {
    // It is being made, or made again: the spool itself answers, only slower.
  }
  return spool.find(id)
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
    if (event.kind === 'identity')
      return (
        api === undefined &&
        (client === undefined || event.client === client) &&
        (outcome === undefined || outcome === (event.outcome === 'done' ? 'allowed' : 'denied'))
      )
    if (event.kind !== 'access')
      return (
        client === undefined &&
        outcome === undefined &&
        (api === undefined ||
          ('api' in event && event.api === api) ||
          (event.kind === 'control' && event.apis.includes(api)))
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
