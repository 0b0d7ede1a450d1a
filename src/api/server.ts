/**
 * The management API, on a unix socket that only the owner may open (mode 0600). There is no other listener, so there is no other way
 * in. Whatever asks for a change is a POST of `CONTROL_ROUTES`, names who asks, and becomes an event, done or refused.
 */
import { chmod, unlink } from 'node:fs/promises'
import { fastify, type FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { errorEntry, GatehouseError } from '../lib/index.ts'
import type { ControlAction } from '../events/index.ts'
import type { ApiServices } from './services.ts'

const MAX_EVENTS = 1000

/** Everything that changes something, by its action. */
export const CONTROL_ROUTES: Readonly<Record<ControlAction, string>> = {
  reload: '/v1/control/reload',
  'observe-all': '/v1/control/observe-all',
  'observe-all-end': '/v1/control/observe-all-end',
  hold: '/v1/control/hold',
  'hold-release': '/v1/control/hold-release',
}

const EventsQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EVENTS, default: 100 })),
    api: Type.Optional(Type.String({ maxLength: 64 })),
    client: Type.Optional(Type.String({ maxLength: 256 })),
    outcome: Type.Optional(
      Type.Union([
        Type.Literal('allowed'),
        Type.Literal('trimmed'),
        Type.Literal('denied'),
        Type.Literal('failed'),
      ]),
    ),
  },
  { additionalProperties: false },
)
const Word = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }))
const EventQuestionQuery = Type.Object(
  {
    client: Word,
    api: Word,
    operation: Word,
    code: Word,
    rule: Word,
    outcome: Word,
    subject: Word,
    consent: Word,
    since: Word,
    until: Word,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EVENTS })),
    after: Word,
    count: Type.Optional(Type.Boolean()),
    by: Word,
  },
  { additionalProperties: false },
)
const TimeParams = Type.Object({ at: Type.Integer({ minimum: 0, maximum: 8.64e15 }) })
const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) })

/** Routes without a listener, so that a test can inject requests. */
export function createApi(services: ApiServices): FastifyInstance {
  const api = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    // A filter with a typing mistake is refused: leaving it out would answer another question.
    ajv: { customOptions: { removeAdditional: false } },
    routerOptions: { maxParamLength: 64 },
  })
  api.get('/v1/status', () => services.status())
  api.get('/v1/policy', () => services.policy())
  api.get('/v1/observations', () => services.observations())
  api.get<{ Params: Static<typeof TimeParams> }>(
    '/v1/observations/at/:at',
    { schema: { params: TimeParams } },
    ({ params }) => services.pastObservations(params.at),
  )
  api.get('/v1/inventory', () => services.inventory())
  api.get<{ Querystring: Static<typeof EventsQuery> }>(
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
  api.get<{ Querystring: Static<typeof EventQuestionQuery> }>(
    '/v1/events/query',
    { schema: { querystring: EventQuestionQuery } },
    ({ query }) => services.queryEvents(query),
  )
  api.get<{ Params: Static<typeof IdParams> }>(
    '/v1/explain/:id',
    { schema: { params: IdParams } },
    async ({ params }) => {
      const explanation = await services.explain(params.id)
      if (explanation === undefined) throw new GatehouseError('GH_EVENTS_NOT_FOUND')
      return explanation
    },
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
