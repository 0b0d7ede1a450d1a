/** The CLI's side of the control socket. */
import { request } from 'node:http'
import { type ErrorCode, CATALOG, GatehouseError, type JsonObject } from '../lib/index.ts'
import type { ControlAction, StoredEvent } from '../events/index.ts'
import type { ConsentPage, ConsentsAsked, ConsentView } from '../identity/index.ts'
import { CONTROL_ROUTES } from './server.ts'
import type { ScaServices } from './sca-services.ts'
import type {
  ApiServices,
  AuthorizationServerStatus,
  ClientView,
  ControlOutcome,
  EventAnswer,
  EventQuery,
  EventQuestion,
  Explanation,
  InstanceStatus,
  RegisteredClient,
} from './services.ts'

/** The services, asked over the socket. */
export type ScaClient = Omit<ScaServices, 'period' | 'names'> & {
  names(subject: string): Promise<readonly string[]>
  period(name: string): Promise<ReturnType<ScaServices['period']>>
}

export interface ApiClient {
  status(): Promise<InstanceStatus>
  policy(): Promise<ReturnType<ApiServices['policy']>>
  observations(): Promise<readonly unknown[]>
  pastObservations(at: number): ReturnType<ApiServices['pastObservations']>
  inventory(): Promise<readonly unknown[]>
  events(query: Partial<EventQuery>): Promise<readonly StoredEvent[]>
  queryEvents(question: EventQuestion): Promise<EventAnswer>
  /** Every third party that registered. */
  clients(): Promise<readonly RegisteredClient[]>
  client(id: string): Promise<ClientView>
  consent(id: string): Promise<ConsentView>
  authorizationServer(): Promise<AuthorizationServerStatus | null>
  /** One page. */
  consents(asked: ConsentsAsked): Promise<ConsentPage>
  explain(id: string): Promise<Explanation>
  readonly sca: ScaClient
  /** Refusals are outcomes, not errors. */
  control(action: ControlAction, body: JsonObject): Promise<ControlOutcome>
}

const TIMEOUT_MS = 10_000
/** A reload reads every specification anew. */
const CONTROL_TIMEOUT_MS = 300_000

/** Every call throws GH_CLI_NOT_RUNNING if nobody listens, or the error that the instance answered with. */
export function apiClient(socketPath: string): ApiClient {
  // Sound casts: both sides are one package and one version, and the socket is private to the owner.
  const get = (path: string): Promise<unknown> => fetchJson(socketPath, path, undefined)
  return {
    status: async () => (await get('/v1/status')) as InstanceStatus,
    policy: async () => (await get('/v1/policy')) as ReturnType<ApiServices['policy']>,
    observations: async () => (await get('/v1/observations')) as readonly unknown[],
    pastObservations: async (at) =>
      (await get(`/v1/observations/at/${at}`)) as Awaited<
        ReturnType<ApiServices['pastObservations']>
      >,
    inventory: async () => (await get('/v1/inventory')) as readonly unknown[],
    events: async (query) => (await get(`/v1/events?${pairsOf(query)}`)) as readonly StoredEvent[],
    queryEvents: async (question) =>
      (await get(`/v1/events/query?${pairsOf(question)}`)) as EventAnswer,
    async clients() {
      const all: RegisteredClient[] = []
      for (;;) {
        const after = all.at(-1)?.id
        const path = `/v1/clients${after === undefined ? '' : `?${pairsOf({ after })}`}`
        const page = (await get(path)) as readonly RegisteredClient[]
        if (page.length === 0) return all
        all.push(...page)
      }
    },
    consent: async (id) => (await get(`/v1/consent?${pairsOf({ id })}`)) as ConsentView,
    authorizationServer: async () =>
      (await get('/v1/authorization-server')) as AuthorizationServerStatus | null,
    consents: async (asked) => (await get(`/v1/consents?${pairsOf(asked)}`)) as ConsentPage,
    client: async (id) => (await get(`/v1/client?${pairsOf({ id })}`)) as ClientView,
    sca: {
      exemptions: async () =>
        (await get('/v1/sca/exemptions')) as Awaited<ReturnType<ScaServices['exemptions']>>,
      rates: async () => (await get('/v1/sca/rates')) as Awaited<ReturnType<ScaServices['rates']>>,
      decision: async (id) =>
        (await get(`/v1/sca/decision?${pairsOf({ id })}`)) as Awaited<
          ReturnType<ScaServices['decision']>
        >,
      names: async (subject) =>
        (await get(`/v1/sca/names?${pairsOf({ subject })}`)) as ReturnType<ScaServices['names']>,
      registers: async (subject) =>
        (await get(`/v1/sca/registers?${pairsOf({ subject })}`)) as Awaited<
          ReturnType<ScaServices['registers']>
        >,
      elements: async (subject) =>
        (await get(`/v1/sca/elements?${pairsOf({ subject })}`)) as Awaited<
          ReturnType<ScaServices['elements']>
        >,
      period: async (name) =>
        (await get(`/v1/sca/period?${pairsOf({ name })}`)) as ReturnType<ScaServices['period']>,
      slice: async (asked) =>
        (await get(`/v1/sca/slice?${pairsOf(asked)}`)) as Awaited<ReturnType<ScaServices['slice']>>,
      rebuilt: async (asked) =>
        (await get(`/v1/sca/rebuilt?${pairsOf(asked)}`)) as Awaited<
          ReturnType<ScaServices['rebuilt']>
        >,
    },
    explain: async (id) => (await get(`/v1/explain/${encodeURIComponent(id)}`)) as Explanation,
    control: async (action, body) =>
      (await fetchJson(socketPath, CONTROL_ROUTES[action], body)) as ControlOutcome,
  }
}

function pairsOf(query: object): string {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) pairs.set(name, String(value))
  return pairs.toString()
}

function fetchJson(
  socketPath: string,
  path: string,
  posted: JsonObject | undefined,
): Promise<unknown> {
  const how =
    posted === undefined
      ? { timeout: TIMEOUT_MS }
      : {
          timeout: CONTROL_TIMEOUT_MS,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        }
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, ...how }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        try {
          const body: unknown = JSON.parse(text)
          if (response.statusCode === 200) resolve(body)
          else reject(answerError(body))
        } catch (error) {
          reject(
            new GatehouseError(
              'GH_CLI_INTERNAL',
              'the instance answered with something else than JSON',
              { cause: error },
            ),
          )
        }
      })
    })
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.on('error', (cause) =>
      reject(
        new GatehouseError('GH_CLI_NOT_RUNNING', `nobody answers at ${socketPath}`, { cause }),
      ),
    )
    call.end(posted === undefined ? undefined : JSON.stringify(posted))
  })
}

function answerError(body: unknown): GatehouseError {
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : ''
  const title =
    typeof body === 'object' && body !== null && 'title' in body ? String(body.title) : undefined
  return Object.hasOwn(CATALOG, code)
    ? new GatehouseError(code as ErrorCode, title) // sound: it is a key of the catalogue
    : new GatehouseError('GH_CLI_USAGE', title)
}
