/** A specification of as many operations as asked for, in the manner of a large bank: many resources below accounts, few schemas. */
import { importSpec, type ImportedSpec } from '../../src/inventory/index.ts'
import { computeObjective } from '../../src/objectives/index.ts'
import type { PolicySource } from '../../src/policy/index.ts'
import { apiProfile } from '../../test/support/api-profile.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'

const SCHEMAS = 40
const TEXT = { type: 'string', maxLength: 40 }
const reference = (kind: string, name: string): object => ({ $ref: `#/components/${kind}/${name}` })

export const ISSUER = 'https://as.bench.example'
export const AUDIENCE = 'https://api.bench.example'
export const BASE = '/large'

/** The path of operation number `at`: a list, one object, a sub-resource and a search in turn. */
export function pathOf(at: number): string {
  const family = Math.floor(at / 4)
  const resource = `resource${family % 50}-v${Math.floor(family / 50)}`
  const paths = [
    `/${resource}`,
    `/accounts/{AccountId}/${resource}`,
    `/accounts/{AccountId}/${resource}/{ItemId}`,
    `/${resource}/search/recent`,
  ]
  return paths[at % 4] ?? ''
}

function resourceSchema(at: number): object {
  const row = {
    type: 'object',
    required: ['AccountId'],
    properties: {
      AccountId: TEXT,
      Amount: reference('schemas', 'Amount'),
      CreditDebitIndicator: { type: 'string', enum: ['Credit', 'Debit'] },
      BookingDateTime: { type: 'string', format: 'date-time' },
      ...Object.fromEntries(
        Array.from({ length: 12 }, (_, field) => [`Field${at}x${field}`, TEXT]),
      ),
    },
  }
  return {
    type: 'object',
    required: ['Data'],
    properties: {
      Data: { type: 'object', properties: { [`Row${at}`]: { type: 'array', items: row } } },
      Links: { type: 'object', properties: { Self: { type: 'string', format: 'uri' } } },
    },
  }
}

function document(operations: number): object {
  const paths: Record<string, object> = {}
  for (let at = 0; at < operations; at++) {
    const path = pathOf(at)
    const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
      reference('parameters', name),
    )
    paths[path] = {
      get: {
        operationId: `Read${at}`,
        parameters: [
          ...ids,
          reference('parameters', 'fromBookingDateTime'),
          reference('parameters', 'interaction'),
        ],
        security: [{ bank: ['accounts'] }],
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/json': { schema: reference('schemas', `List${at % SCHEMAS}`) },
            },
          },
          400: {
            description: 'bad',
            content: { 'application/json': { schema: reference('schemas', 'Error') } },
          },
        },
      },
    }
  }
  const parameter = (name: string, where: string, schema: object): object => ({
    name,
    in: where,
    required: where === 'path',
    schema,
  })
  return {
    openapi: '3.0.3',
    info: { title: 'Large accounts API', version: '1' },
    servers: [{ url: `https://api.bench.example${BASE}` }],
    paths,
    components: {
      securitySchemes: {
        bank: {
          type: 'oauth2',
          flows: {
            authorizationCode: {
              authorizationUrl: 'https://as.bench.example/a',
              tokenUrl: 'https://as.bench.example/t',
              scopes: { accounts: 'read' },
            },
          },
        },
      },
      parameters: {
        AccountId: parameter('AccountId', 'path', TEXT),
        ItemId: parameter('ItemId', 'path', TEXT),
        fromBookingDateTime: parameter('fromBookingDateTime', 'query', {
          type: 'string',
          format: 'date-time',
        }),
        interaction: parameter('x-fapi-interaction-id', 'header', TEXT),
      },
      schemas: {
        Amount: {
          type: 'object',
          properties: {
            Amount: { type: 'string', pattern: '^\\d{1,13}\\.\\d{1,5}$' },
            Currency: { type: 'string', pattern: '^[A-Z]{3}$' },
          },
        },
        Error: { type: 'object', properties: { Code: TEXT, Message: TEXT } },
        ...Object.fromEntries(
          Array.from({ length: SCHEMAS }, (_, at) => [`List${at}`, resourceSchema(at)]),
        ),
      },
    },
  }
}

export function largeSpec(operations: number): ImportedSpec {
  const text = JSON.stringify(document(operations))
  const { spec, diagnostics } = importSpec({ file: 'large.json', text, regex: linearRegex })
  if (spec === undefined) throw new Error(`no specification: ${JSON.stringify(diagnostics)}`)
  return spec
}

/** What the compiler takes for it. Every operation is mapped to a permission by hand: nothing shows one for made-up resources. */
export function largeSource(spec: ImportedSpec): PolicySource {
  const place = { file: 'gatehouse.yaml', line: 1, column: 1 }
  return {
    issuers: [
      {
        issuer: ISSUER,
        audiences: [AUDIENCE],
        algorithms: ['PS256'],
        types: ['at+jwt'],
        jwks: { file: 'jwks.json' },
        claims: {
          client: 'client_id',
          subject: 'sub',
          consent: 'consent_id',
          scope: 'scope',
          grant: 'grant_id',
        },
        clockSkewSeconds: 10,
      },
    ],
    mandate: [],
    apis: [
      {
        name: 'large',
        basePath: spec.basePath,
        upstream: 'http://127.0.0.1:9080',
        template: 'ais',
        spec,
        objective: computeObjective(apiProfile(), { approval: null }),
        audit: null,
        degraded: false,
        issuers: null,
        owner: null,
        class: null,
        operations: {},
        permissions: Object.fromEntries(
          spec.operations.map(({ operationId }) => [operationId ?? '', ['ReadAccountsBasic']]),
        ),
        rules: [],
        place,
        templatePlace: place,
      },
    ],
    regex: linearRegex,
  }
}
