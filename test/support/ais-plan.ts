/** A small account-information API as a plan: enough operations to meet every path of the gateway. */
import type {
  ActiveApi,
  Plan,
  PlanIssuer,
  PlanOperation,
  PlanRule,
  PlanUpstream,
} from '../../src/decide/index.ts'
import { compileSchemas } from '../../src/schema/index.ts'
import { linearRegex } from './linear-regex.ts'

export const ISSUER = 'https://as.example'
export const AUDIENCE = 'https://api.bank.example'

const account = {
  type: 'object',
  required: ['AccountId'],
  properties: {
    AccountId: { type: 'string', maxLength: 40 },
    Currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    Nickname: { type: 'string', maxLength: 70 },
  },
  additionalProperties: false,
}
const transaction = {
  type: 'object',
  required: ['AccountId', 'Amount', 'CreditDebitIndicator', 'BookingDateTime'],
  properties: {
    AccountId: { type: 'string' },
    TransactionId: { type: 'string' },
    CreditDebitIndicator: { type: 'string', enum: ['Credit', 'Debit'] },
    BookingDateTime: { type: 'string', format: 'date-time' },
    Amount: {
      type: 'object',
      properties: { Amount: { type: 'string' }, Currency: { type: 'string' } },
      additionalProperties: false,
    },
    Balance: {
      type: 'object',
      properties: { Amount: { type: 'number' } },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
}
const list = (name: string, items: unknown): unknown => ({
  type: 'object',
  required: ['Data'],
  properties: {
    Data: { type: 'object', properties: { [name]: { type: 'array', items } } },
    Links: { type: 'object', properties: { Next: { type: 'string' }, Self: { type: 'string' } } },
    Meta: {
      type: 'object',
      properties: { TotalPages: { type: 'integer' }, NextCursor: { type: 'string' } },
    },
  },
})
const DOCUMENT = {
  accounts: list('Account', account),
  transactions: list('Transaction', transaction),
  text: { type: 'string' },
  date: { type: 'string', format: 'date-time' },
  file: { type: 'string', format: 'binary' },
  note: {
    type: 'object',
    required: ['Text'],
    properties: {
      Text: { type: 'string', maxLength: 100 },
      // Where it is a payment.
      amount: { type: 'string' },
      currency: { type: 'string' },
      payee: { type: 'object', properties: { iban: { type: 'string' } } },
    },
    additionalProperties: false,
  },
}

export interface PlanOptions {
  readonly upstream: string
  readonly audit?: 'strict' | 'buffered'
  readonly degraded?: boolean
  readonly issuers?: readonly PlanIssuer[]
  readonly digest?: string
  readonly maxResponseBytes?: number
  /** Milliseconds that the bank is given, each time; a busy machine needs some. */
  readonly patienceMs?: number
  readonly maxBodyBytes?: number
  readonly upstreamTls?: PlanUpstream['tls']
  readonly breaker?: { readonly failures: number; readonly openMs: number }
}

export const ISSUER_PLAN: PlanIssuer = {
  issuer: ISSUER,
  audiences: [AUDIENCE],
  algorithms: ['PS256', 'ES256', 'EdDSA'],
  types: ['at+jwt'],
  jwks: { file: 'issuer.jwks.json' },
  claims: {
    client: 'client_id',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'grant_id',
    sca: 'sca',
  },
  clockSkewSeconds: 10,
}

export function aisPlan(options: PlanOptions): Plan {
  const { patienceMs = 10_000 } = options
  const { program, roots } = compileSchemas({
    document: DOCUMENT as never, // sound: JSON by construction
    roots: Object.keys(DOCUMENT).map((name) => `/${name}`),
    regex: linearRegex,
  })
  const node = (name: keyof typeof DOCUMENT): number => roots.get(`/${name}`) ?? -1
  const rules: PlanRule[] = []
  const rule = (name: PlanRule['name'], params: object): number => {
    const made = {
      name,
      control: `test-${name}`,
      mode: 'enforce',
      origin: { level: 'api', source: 'test' },
      params,
    }
    return rules.push(made as PlanRule) - 1 // sound: the callers below pair names with their parameters
  }
  const open = rule('authz.default', { open: true })
  const closed = rule('authz.default', { open: false })
  const redact = rule('logging.redact', { queryDenied: ['access_token'] })
  const request = rule('request.validation', {
    undeclaredQuery: 'strip',
    maxBodyBytes: options.maxBodyBytes ?? 2_000,
    maxDepth: 8,
  })
  const token = rule('token.validation', {
    issuers: (options.issuers ?? [ISSUER_PLAN]).map((one) => one.issuer),
  })
  const lifetime = rule('token.lifetime', { maxSeconds: 3_600 })
  const client = rule('identity.clientStatus', { statuses: ['active'] })
  const scope = rule('authz.operations', { anyOf: [['accounts']] })
  const consent = (permissions: readonly (readonly string[])[]): number =>
    rule('authz.consent', { statuses: ['AUTH', 'Authorised'], permissions, unmapped: false })
  const objects = rule('authz.objects', { selectors: [{ in: 'path', name: 'AccountId' }] })
  const rowsOf = (name: string): object => ({
    at: ['Data', name, '*'],
    field: ['AccountId'],
    test: { kind: 'in', set: 'accounts' },
  })
  const accountFields = rule('response.fields', {
    freeForm: 'strip',
    drop: [],
    unless: [],
    rows: [rowsOf('Account')],
    directions: {},
  })
  const transactionFields = rule('response.fields', {
    freeForm: 'strip',
    drop: [],
    unless: [
      { permission: 'ReadTransactionsDetail', drop: [['Data', 'Transaction', '*', 'Balance']] },
    ],
    rows: [
      rowsOf('Transaction'),
      {
        at: ['Data', 'Transaction', '*'],
        field: ['CreditDebitIndicator'],
        test: { kind: 'in', set: 'directions' },
      },
      {
        at: ['Data', 'Transaction', '*'],
        field: ['BookingDateTime'],
        test: { kind: 'within', window: 'transactions' },
      },
    ],
    directions: { ReadTransactionsCredits: 'Credit', ReadTransactionsDebits: 'Debit' },
  })
  const errors = rule('response.errors', {})
  const audit = rule('logging.audit', { interactionHeader: 'x-fapi-interaction-id' })
  const base = [redact, closed, request, token, lifetime, client, scope]
  const after = [errors, audit]
  const accountsConsent = consent([['ReadAccountsBasic', 'ReadAccountsDetail']])
  const transactionsConsent = consent([['ReadTransactionsBasic', 'ReadTransactionsDetail']])
  const path = {
    in: 'path',
    name: 'AccountId',
    required: true,
    schema: node('text'),
    list: false,
  } as const
  const from = {
    in: 'query',
    name: 'fromBookingDateTime',
    required: false,
    schema: node('text'),
    list: false,
  } as const
  const json = (name: keyof typeof DOCUMENT): PlanOperation['responses'] => [
    {
      status: '200',
      headers: ['x-fapi-interaction-id', 'x-page-count', 'location'],
      content: [{ mediaType: 'application/json', schema: node(name) }],
    },
  ]
  const read = (id: string, at: string, rest: Partial<PlanOperation>): PlanOperation => ({
    id,
    method: 'GET',
    path: at,
    rules: [...base, accountsConsent, accountFields, ...after],
    parameters: [],
    responses: json('accounts'),
    ...rest,
  })
  const operations: PlanOperation[] = [
    read('GetAccounts', '/accounts', {}),
    read('GetAccount', '/accounts/{AccountId}', {
      parameters: [path],
      rules: [...base, accountsConsent, objects, accountFields, ...after],
    }),
    read('GetTransactions', '/accounts/{AccountId}/transactions', {
      parameters: [path, from],
      rules: [...base, transactionsConsent, objects, transactionFields, ...after],
      responses: json('transactions'),
    }),
    read('GetStatementFile', '/accounts/{AccountId}/file', {
      parameters: [path],
      rules: [...base, accountsConsent, objects, accountFields, ...after],
      responses: [
        {
          status: '200',
          headers: [],
          content: [{ mediaType: 'application/pdf', schema: node('file') }],
        },
      ],
    }),
    read('GetAtms', '/atms', { rules: [redact, open, request, accountFields, ...after] }),
    read('HeadAtms', '/atms', {
      method: 'HEAD',
      rules: [redact, open, request, accountFields, ...after],
    }),
    read('AddNote', '/accounts/{AccountId}/notes', {
      method: 'POST',
      parameters: [path],
      rules: [...base, accountsConsent, objects, ...after],
      requestBody: {
        required: true,
        content: [{ mediaType: 'application/json', schema: node('note') }],
      },
      responses: [{ status: '204', headers: [], content: [] }],
    }),
  ]
  const api: ActiveApi = {
    state: 'active',
    name: 'accounts',
    basePath: '/aisp',
    template: { name: 'ais', version: '1.0.0', digest: 'sha256:0' },
    upstream: {
      origin: options.upstream,
      pathPrefix: '/bank',
      connectTimeoutMs: patienceMs,
      headersTimeoutMs: patienceMs,
      bodyTimeoutMs: patienceMs,
      maxResponseBytes: options.maxResponseBytes ?? 100_000,
      ...(options.upstreamTls !== undefined && { tls: options.upstreamTls }),
      ...(options.breaker === undefined ? {} : { breaker: options.breaker }),
    },
    audit: options.audit ?? 'buffered',
    degraded: options.degraded ?? false,
    feedAllowanceMs: 300_000,
    schema: program,
    operations,
    rules,
  }
  return {
    format: 1,
    digest: options.digest ?? `sha256:${'0'.repeat(64)}`,
    issuers: options.issuers ?? [ISSUER_PLAN],
    apis: [
      api,
      {
        state: 'closed',
        name: 'broken',
        basePath: '/broken',
        code: 'GH_GATEWAY_API_CLOSED',
        reason: 'does not compile',
      },
    ],
  }
}
