/** The routes of strong customer authentication. A report is read slice by slice: who asks adds up, and sees how far it is. */
import type { FastifyInstance } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { ParametersSchema } from './parameters.ts'
import type { ScaServices } from './sca-services.ts'

const TIME = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const
const PeriodQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1, maxLength: 16 } },
} as const satisfies ParametersSchema
const SliceQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: { from: TIME, to: TIME },
} as const satisfies ParametersSchema
const RebuiltQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['at', 'to'],
  properties: { at: TIME, to: TIME, id: { type: 'string', maxLength: 256 } },
} as const satisfies ParametersSchema
const DecisionQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 256 } },
} as const satisfies ParametersSchema

const ElementsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['subject'],
  properties: { subject: { type: 'string', minLength: 1, maxLength: 256 } },
} as const satisfies ParametersSchema

export function addScaRoutes(api: FastifyInstance, sca: ScaServices): void {
  api.get('/v1/sca/exemptions', () => sca.exemptions())
  api.get('/v1/sca/rates', () => sca.rates())
  api.get<{ Querystring: XStatic<typeof DecisionQuery> }>(
    '/v1/sca/decision',
    { schema: { querystring: DecisionQuery } },
    ({ query }) => sca.decision(query.id),
  )
  api.get<{ Querystring: XStatic<typeof ElementsQuery> }>(
    '/v1/sca/elements',
    { schema: { querystring: ElementsQuery } },
    ({ query }) => sca.elements(query.subject),
  )
  api.get<{ Querystring: XStatic<typeof ElementsQuery> }>(
    '/v1/sca/registers',
    { schema: { querystring: ElementsQuery } },
    ({ query }) => sca.registers(query.subject),
  )
  api.get<{ Querystring: XStatic<typeof ElementsQuery> }>(
    '/v1/sca/names',
    { schema: { querystring: ElementsQuery } },
    ({ query }) => sca.names(query.subject),
  )
  api.get<{ Querystring: XStatic<typeof PeriodQuery> }>(
    '/v1/sca/period',
    { schema: { querystring: PeriodQuery } },
    ({ query }) => sca.period(query.name),
  )
  api.get<{ Querystring: XStatic<typeof SliceQuery> }>(
    '/v1/sca/slice',
    { schema: { querystring: SliceQuery } },
    ({ query }) => sca.slice(query),
  )
  api.get<{ Querystring: XStatic<typeof RebuiltQuery> }>(
    '/v1/sca/rebuilt',
    { schema: { querystring: RebuiltQuery } },
    ({ query }) => sca.rebuilt({ at: query.at, to: query.to, id: query.id ?? '' }),
  )
}
