/**
 * The management API, on a unix socket that only the owner may open (mode 0600). There is no other listener, so there is no other way
 * in. Whatever asks for a change is a POST of `CONTROL_ROUTES`, names who asks, and becomes an event, done or refused.
 */
import { chmod, unlink } from 'node:fs/promises'
import { fastify, type FastifyInstance } from 'fastify'
import type { XStatic } from 'typebox/schema'
import { errorEntry, GatehouseError } from '../lib/index.ts'
import type { ControlAction } from '../events/index.ts'
import { type ParametersSchema, parametersReader } from './parameters.ts'
import { addScaRoutes } from './sca-routes.ts'
import type { ApiServices } from './services.ts'

const MAX_EVENTS = 1000
const MAX_CONSENTS = 500

/** Everything that changes something, by its action. */
export const CONTROL_ROUTES: Readonly<Record<ControlAction, string>> = {
  reload: '/v1/control/reload',
  'observe-all': '/v1/control/observe-all',
  'observe-all-end': '/v1/control/observe-all-end',
  hold: '/v1/control/hold',
  'hold-release': '/v1/control/hold-release',
  'client-suspend': '/v1/control/client-suspend',
  'client-resume': '/v1/control/client-resume',
  'client-approve': '/v1/control/client-approve',
  'client-remove': '/v1/control/client-remove',
  'client-register': '/v1/control/client-register',
  'consent-end': '/v1/control/consent-end',
  'sca-propose': '/v1/control/sca-propose',
  'sca-approve': '/v1/control/sca-approve',
  'sca-stop': '/v1/control/sca-stop',
  'sca-fraud': '/v1/control/sca-fraud',
  'sca-enrol': '/v1/control/sca-enrol',
  'sca-enrol-approve': '/v1/control/sca-enrol-approve',
  'sca-revoke': '/v1/control/sca-revoke',
  'sca-registers': '/v1/control/sca-registers',
}

const EventsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    limit: { type: 'integer', minimum: 1, maximum: MAX_EVENTS },
    api: { type: 'string', maxLength: 64 },
    client: { type: 'string', maxLength: 256 },
    outcome: { type: 'string', enum: ['allowed', 'trimmed', 'denied', 'failed'] },
  },
} as const satisfies ParametersSchema
const WORD = { type: 'string', minLength: 1, maxLength: 256 } as const
const EventQuestionQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    client: WORD,
    api: WORD,
    operation: WORD,
    code: WORD,
    rule: WORD,
    outcome: WORD,
    subject: WORD,
    consent: WORD,
    since: WORD,
    until: WORD,
    limit: { type: 'integer', minimum: 1, maximum: MAX_EVENTS },
    after: WORD,
    count: { type: 'boolean' },
    by: WORD,
  },
} as const satisfies ParametersSchema
const ClientsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: { after: WORD },
} as const satisfies ParametersSchema
const ConsentsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    after: WORD,
    from: WORD,
    client: WORD,
    status: WORD,
    kind: WORD,
    limit: { type: 'integer', minimum: 1, maximum: MAX_CONSENTS },
  },
} as const satisfies ParametersSchema
const ClientQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: WORD },
} as const satisfies ParametersSchema
const TimeParams = {
  type: 'object',
  additionalProperties: false,
  required: ['at'],
  properties: { at: { type: 'integer', minimum: 0, maximum: 8.64e15 } },
} as const satisfies ParametersSchema
const IdParams = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 64 } },
} as const satisfies ParametersSchema

/** Routes without a listener, so that a test can inject requests. */
export function createApi(services: ApiServices): FastifyInstance {
  const api = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    schemaController: { compilersFactory: { buildValidator: unused, buildSerializer: unused } },
    routerOptions: { maxParamLength: 64 },
  })
  api.setValidatorCompiler<ParametersSchema>(({ schema }) => parametersReader(schema))
  api.get('/v1/status', () => services.status())
  api.get('/v1/authorization-server', async (_, reply) =>
    // `null` is an answer, which the framework would send as nothing.
    reply.type('application/json').send(JSON.stringify(await services.authorizationServer())),
  )
  api.get('/v1/policy', () => services.policy())
  api.get('/v1/observations', () => services.observations())
  api.get<{ Params: XStatic<typeof TimeParams> }>(
    '/v1/observations/at/:at',
    { schema: { params: TimeParams } },
    ({ params }) => services.pastObservations(params.at),
  )
  api.get('/v1/inventory', () => services.inventory())
  api.get<{ Querystring: XStatic<typeof EventsQuery> }>(
    '/v1/events',
    { schema: { querystring: EventsQuery } },
    ({ query }) =>
      services.events({
        after: query.after,
        limit: query.limit ?? 100,
        api: query.api,
        client: query.client,
        outcome: query.outcome,
      }),
  )
  api.get<{ Querystring: XStatic<typeof EventQuestionQuery> }>(
    '/v1/events/query',
    { schema: { querystring: EventQuestionQuery } },
    ({ query }) => services.queryEvents(query),
  )
  api.get<{ Params: XStatic<typeof IdParams> }>(
    '/v1/explain/:id',
    { schema: { params: IdParams } },
    async ({ params }) => {
      const explanation = await services.explain(params.id)
      if (explanation === undefined) throw new GatehouseError('GH_EVENTS_NOT_FOUND')
      return explanation
    },
  )
  api.get<{ Querystring: XStatic<typeof ClientsQuery> }>(
    '/v1/clients',
    { schema: { querystring: ClientsQuery } },
    ({ query }) => services.clients(query.after ?? ''),
  )
  api.get<{ Querystring: XStatic<typeof ClientQuery> }>(
    '/v1/client',
    { schema: { querystring: ClientQuery } },
    async ({ query }) => {
      const client = await services.client(query.id)
      if (client === undefined) throw new GatehouseError('GH_CONTROL_CLIENT_UNKNOWN')
      return client
    },
  )
  addScaRoutes(api, services.sca)
  api.get<{ Querystring: XStatic<typeof ClientQuery> }>(
    '/v1/consent',
    { schema: { querystring: ClientQuery } },
    async ({ query }) => {
      const consent = await services.consent(query.id)
      if (consent === undefined) throw new GatehouseError('GH_CONTROL_CONSENT_UNKNOWN')
      return consent
    },
  )
  api.get<{ Querystring: XStatic<typeof ConsentsQuery> }>(
    '/v1/consents',
    { schema: { querystring: ConsentsQuery } },
    ({ query }) => services.consents(query),
  )
  for (const [action, url] of Object.entries(CONTROL_ROUTES))
    // Sound: the keys of the table are its actions.
    api.post(url, ({ body }) => services.control(action as ControlAction, body))
  api.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(problem(404, 'about:blank', 'No such resource')),
  )
  api.setErrorHandler((error, _request, reply) => {
    if (error instanceof GatehouseError) {
      return reply
        .code(error.status)
        .send(problem(error.status, error.code, errorEntry(error.code).title))
    }
    const status =
      typeof error === 'object' && error !== null && 'statusCode' in error
        ? Number(error.statusCode)
        : 500
    // Fastify's own refusals (a query that does not match) may be shown; anything else is ours and stays inside.
    const title =
      status < 500 && error instanceof Error ? error.message : 'The management API failed'
    return reply.code(status).send(problem(status, 'about:blank', title))
  })
  return api
}

/** Stands for Fastify's own compilers: with it, their packages are not even loaded. */
function unused(): never {
  throw new TypeError('parameters have our validator, and no route has a schema of its answer')
}

function problem(status: number, code: string, title: string): object {
  return {
    type: code === 'about:blank' ? code : `urn:gatehouse:error:${code}`,
    title,
    status,
    code,
  }
}

/** Listens on `socketPath`; a socket left by a dead process is replaced. The returned function stops it and removes the socket. */
export async function listenOnSocket(
  api: FastifyInstance,
  socketPath: string,
): Promise<() => Promise<void>> {
  await unlink(socketPath).catch(() => undefined)
  await api.listen({ path: socketPath })
  await chmod(socketPath, 0o600)
  return async () => {
    await api.close()
    await unlink(socketPath).catch(() => undefined)
  }
}
