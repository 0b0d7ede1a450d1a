/** The plan that is measured: the transactions operation of the real UK specification, with every rule that the `ais` template gives it. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Plan, PlanRule } from '../../src/decide/index.ts'
import { compileSchemas, type LinearRegex } from '../../src/schema/index.ts'

const SPECIFICATION = new URL('../../examples/bank/spec/account-info-openapi.yaml', import.meta.url)
const ANSWER = '/components/schemas/OBReadTransaction6'

export const ISSUER = 'https://as.bench.example'
export const AUDIENCE = 'https://api.bench.example'
const HEADER = 'x-fapi-interaction-id'

export function benchPlan(upstream: string, regex: LinearRegex): Plan {
  const specification: unknown = parse(readFileSync(SPECIFICATION, 'utf8'))
  const document = { ...(specification as object), text: { type: 'string', maxLength: 40 } }
  const { program, roots } = compileSchemas({
    document: document as never, // sound: parsed YAML is JSON
    roots: [ANSWER, '/text'],
    regex,
  })
  const text = roots.get('/text') ?? -1
  const row = ['Data', 'Transaction', '*']
  const rules = [
    rule('logging.redact', { queryDenied: ['access_token', 'id_token'] }),
    rule('authz.default', { open: false }),
    rule('request.validation', { undeclaredQuery: 'strip', maxBodyBytes: 65_536, maxDepth: 32 }),
    rule('token.validation', { issuers: [ISSUER] }),
    rule('token.lifetime', { maxSeconds: 86_400 }),
    rule('identity.clientStatus', { statuses: ['active'] }),
    rule('authz.operations', { anyOf: [['accounts']] }),
    rule('authz.consent', {
      statuses: ['AUTH', 'Authorised'],
      permissions: [
        ['ReadTransactionsBasic', 'ReadTransactionsDetail'],
        ['ReadTransactionsCredits', 'ReadTransactionsDebits'],
      ],
      unmapped: false,
    }),
    rule('authz.objects', { selectors: [{ in: 'path', name: 'AccountId' }] }),
    rule('response.fields', {
      freeForm: 'strip',
      drop: [],
      unless: [
        {
          permission: 'ReadTransactionsDetail',
          drop: ['TransactionInformation', 'Balance', 'MerchantDetails', 'CreditorAccount'].map(
            (name) => [...row, name],
          ),
        },
      ],
      rows: [
        { at: row, field: ['AccountId'], test: { kind: 'in', set: 'accounts' } },
        { at: row, field: ['CreditDebitIndicator'], test: { kind: 'in', set: 'directions' } },
        { at: row, field: ['BookingDateTime'], test: { kind: 'within', window: 'transactions' } },
      ],
      directions: { ReadTransactionsCredits: 'Credit', ReadTransactionsDebits: 'Debit' },
    }),
    rule('response.errors', {}),
    rule('logging.audit', { interactionHeader: HEADER }),
  ]
  return {
    format: 1,
    digest: `sha256:${'b'.repeat(64)}`,
    issuers: [
      {
        issuer: ISSUER,
        audiences: [AUDIENCE],
        algorithms: ['PS256'],
        types: ['at+jwt'],
        jwks: { file: 'bench' },
        claims: { client: 'client_id', subject: 'sub', consent: 'consent_id', scope: 'scope' },
        clockSkewSeconds: 10,
      },
    ],
    apis: [
      {
        state: 'active',
        name: 'accounts',
        basePath: '/open-banking/v4.0/aisp',
        template: { name: 'ais', version: '1.0.0', digest: 'sha256:0' },
        upstream: {
          origin: upstream,
          pathPrefix: '',
          connectTimeoutMs: 2_000,
          headersTimeoutMs: 10_000,
          bodyTimeoutMs: 10_000,
          maxResponseBytes: 10_000_000,
        },
        audit: 'buffered',
        degraded: false,
        feedAllowanceMs: 300_000,
        schema: program,
        rules,
        operations: [
          {
            id: 'GetAccountsAccountIdTransactions',
            method: 'GET',
            path: '/accounts/{AccountId}/transactions',
            rules: rules.map((_rule, at) => at),
            parameters: [
              { in: 'path', name: 'AccountId', required: true, schema: text, list: false },
              {
                in: 'query',
                name: 'fromBookingDateTime',
                required: false,
                schema: text,
                list: false,
              },
              {
                in: 'query',
                name: 'toBookingDateTime',
                required: false,
                schema: text,
                list: false,
              },
              { in: 'header', name: HEADER, required: false, schema: text, list: false },
            ],
            responses: [
              {
                status: '200',
                headers: [HEADER],
                content: [{ mediaType: 'application/json', schema: roots.get(ANSWER) ?? -1 }],
              },
            ],
          },
        ],
      },
    ],
  }
}

function rule(name: PlanRule['name'], params: object): PlanRule {
  const origin = { level: 'profile', source: 'ais@1.0.0' }
  return { name, control: `bench-${name}`, mode: 'enforce', origin, params } as PlanRule // sound: pairs above
}
