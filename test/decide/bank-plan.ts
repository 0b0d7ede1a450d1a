/** A small bank's plan, as `policy` would compile it, and facts that pass every rule of it. Tests change one thing at a time. */
import type {
  ActiveApi,
  ConsentFact,
  Facts,
  HeaderView,
  Kernel,
  Need,
  Plan,
  PlanOperation,
  PlanRule,
  RuleName,
  RuleOf,
  TokenFact,
  Verdict,
} from '../../src/decide/index.ts'
import type { SchemaNode } from '../../src/schema/index.ts'

export const NOW = Date.UTC(2026, 0, 5, 9)
export const NOW_SECONDS = NOW / 1000

/** Node ids of `SCHEMA`. */
export const NODE = {
  text: 0,
  accountId: 1,
  amount: 2,
  account: 3,
  accounts: 4,
  accountsData: 5,
  accountsAnswer: 6,
  transaction: 7,
  transactions: 8,
  transactionsData: 9,
  transactionsAnswer: 10,
  error: 11,
  page: 12,
  order: 13,
  bytes: 14,
  texts: 15,
} as const

const SCHEMA: readonly SchemaNode[] = [
  { kind: 'string' },
  { kind: 'string', minLength: 1, maxLength: 40 },
  { kind: 'string', pattern: '^\\d{1,13}\\.\\d{1,5}$' },
  {
    kind: 'object',
    properties: [
      ['AccountId', NODE.accountId],
      ['Nickname', NODE.text],
      ['Identification', NODE.text],
    ],
    required: ['AccountId'],
  },
  { kind: 'array', items: NODE.account },
  { kind: 'object', properties: [['Account', NODE.accounts]] },
  { kind: 'object', properties: [['Data', NODE.accountsData]], required: ['Data'] },
  {
    kind: 'object',
    properties: [
      ['AccountId', NODE.accountId],
      ['CreditDebitIndicator', NODE.text],
      ['BookingDateTime', NODE.text],
      ['Amount', NODE.amount],
      ['Balance', NODE.amount],
    ],
  },
  { kind: 'array', items: NODE.transaction },
  { kind: 'object', properties: [['Transaction', NODE.transactions]] },
  { kind: 'object', properties: [['Data', NODE.transactionsData]], required: ['Data'] },
  { kind: 'object', properties: [['Code', NODE.text]] },
  { kind: 'integer', minimum: '1', maximum: '100' },
  {
    kind: 'object',
    properties: [['Amount', NODE.amount]],
    required: ['Amount'],
    additional: false,
  },
  { kind: 'string', format: 'binary' },
  { kind: 'array', items: NODE.text },
]

/** Indexes into the rules of `bankApi`. */
export const RULES: readonly PlanRule[] = [
  rule('logging.redact', 'sensitive-data-placement', { queryDenied: ['iban'] }),
  rule('request.validation', 'input-validation', {
    undeclaredQuery: 'strip',
    maxBodyBytes: 64,
    maxDepth: 8,
  }),
  rule('authz.default', 'auth-required', { open: false }),
  rule('token.validation', 'token-validation', { issuers: ['https://as.bank.test'] }),
  rule('token.lifetime', 'token-lifetime-revocation', { maxSeconds: 3600 }),
  rule('identity.clientStatus', 'client-status-live', { statuses: ['active'] }),
  rule('authz.operations', 'function-authz', {
    anyOf: [['accounts'], ['openid', 'accounts.read']],
  }),
  rule('authz.consent', 'consent-bound-access', {
    statuses: ['AUTH', 'Authorised'],
    permissions: [['ReadAccountsBasic', 'ReadAccountsDetail']],
    unmapped: false,
  }),
  rule('authz.objects', 'object-authz', {
    selectors: [
      { in: 'path', name: 'AccountId' },
      { in: 'query', name: 'accountIds' },
      { in: 'header', name: 'X-Account' },
    ],
  }),
  rule('response.fields', 'response-minimisation', {
    freeForm: 'strip',
    drop: [['Data', 'Account', '*', 'Internal']],
    unless: [
      { permission: 'ReadAccountsDetail', drop: [['Data', 'Account', '*', 'Identification']] },
      { permission: 'ReadTransactionsDetail', drop: [['Data', 'Transaction', '*', 'Balance']] },
    ],
    rows: [
      {
        at: ['Data', 'Account', '*'],
        field: ['AccountId'],
        test: { kind: 'in', set: 'accounts' },
      },
      {
        at: ['Data', 'Transaction', '*'],
        field: ['AccountId'],
        test: { kind: 'in', set: 'accounts' },
      },
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
  }),
  rule('response.errors', 'error-disclosure', {}),
  rule('logging.audit', 'audit-trail-complete', { interactionHeader: 'x-fapi-interaction-id' }),
  rule('upstream.resilience', 'fault-isolation', {}),
]
const ALL = RULES.map((_, at) => at)
const NO_OBJECTS = ALL.filter((at) => RULES[at]?.name !== 'authz.objects')

const JSON_ERRORS = {
  status: '4XX',
  headers: [],
  content: [{ mediaType: 'application/json', schema: NODE.error }],
}

export const OPERATIONS: readonly PlanOperation[] = [
  {
    id: 'GetAccounts',
    method: 'GET',
    path: '/accounts',
    rules: NO_OBJECTS,
    parameters: [
      { in: 'query', name: 'page', required: false, schema: NODE.page, list: false },
      { in: 'query', name: 'state', required: false, schema: NODE.texts, list: 'repeat' },
      { in: 'header', name: 'X-Customer-User-Agent', required: false, schema: 1, list: false },
      { in: 'header', name: 'Authorization', required: true, schema: NODE.text, list: false },
    ],
    responses: [
      {
        status: '200',
        headers: ['X-Next-Page', 'Set-Cookie'],
        content: [
          { mediaType: 'application/json', schema: NODE.accountsAnswer },
          { mediaType: 'application/jose+jwe', schema: NODE.accountsAnswer },
          { mediaType: 'application/vnd.bare+json' },
        ],
      },
      { status: '202', headers: [], content: [] },
      { status: '302', headers: ['Location'], content: [] },
      JSON_ERRORS,
    ],
  },
  {
    id: 'GetAccount',
    method: 'GET',
    path: '/accounts/{AccountId}',
    rules: ALL,
    parameters: [
      { in: 'path', name: 'AccountId', required: true, schema: NODE.accountId, list: false },
      { in: 'query', name: 'accountIds', required: false, schema: NODE.texts, list: 'comma' },
    ],
    responses: [
      {
        status: '2XX',
        headers: ['x-jws-signature'],
        content: [{ mediaType: 'application/json', schema: NODE.accountsAnswer }],
      },
      { status: 'default', headers: [], content: [] },
    ],
  },
  {
    id: 'GetTransactions',
    method: 'GET',
    path: '/accounts/{AccountId}/transactions',
    rules: ALL,
    parameters: [],
    responses: [
      {
        status: '200',
        headers: [],
        content: [{ mediaType: 'application/json', schema: NODE.transactionsAnswer }],
      },
    ],
  },
  {
    id: 'GetStatementFile',
    method: 'GET',
    path: '/accounts/{AccountId}/statements/{StatementId}/file',
    rules: ALL,
    parameters: [],
    responses: [
      {
        status: '200',
        headers: [],
        content: [{ mediaType: 'application/pdf', schema: NODE.bytes }, { mediaType: 'text/*' }],
      },
    ],
  },
  {
    id: 'PostOrder',
    method: 'POST',
    path: '/orders',
    rules: NO_OBJECTS,
    parameters: [],
    requestBody: {
      required: true,
      content: [
        { mediaType: 'application/json', schema: NODE.order },
        { mediaType: 'application/xml', schema: NODE.order },
      ],
    },
    responses: [{ status: '201', headers: [], content: [] }],
  },
  {
    id: 'GetOdd',
    method: 'GET',
    path: '/odd',
    rules: NO_OBJECTS,
    parameters: [],
    requestBody: { required: false, content: [{ mediaType: 'application/json', schema: 0 }] },
    responses: [],
  },
]

/** `authz.default` open, nothing else. */
const OPEN: PlanRule = rule('authz.default', 'auth-required', { open: true })

export function bankApi(changes: Partial<ActiveApi> = {}): ActiveApi {
  return {
    state: 'active',
    name: 'bank',
    basePath: '/open-banking/v4.0/aisp',
    template: { name: 'ais', version: '1.0.0', digest: 'sha256:00' },
    upstream: {
      origin: 'http://127.0.0.1:9000',
      pathPrefix: '',
      connectTimeoutMs: 1000,
      headersTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
      maxResponseBytes: 1_000_000,
    },
    audit: 'buffered',
    degraded: false,
    feedAllowanceMs: 300_000,
    schema: { format: 1, nodes: SCHEMA },
    operations: OPERATIONS,
    rules: RULES,
    ...changes,
  }
}

export function bankPlan(...apis: readonly Plan['apis'][number][]): Plan {
  return {
    format: 1,
    digest: `sha256:${'a'.repeat(64)}`,
    issuers: [
      {
        issuer: 'https://as.bank.test',
        audiences: ['https://api.bank.test', 'https://api2.bank.test'],
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
        clockSkewSeconds: 5,
      },
      {
        issuer: 'https://other.test',
        audiences: ['https://elsewhere.test'],
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
        clockSkewSeconds: 0,
      },
    ],
    apis: apis.length === 0 ? [bankApi()] : apis,
  }
}

/** An API of open operations at these paths, for routing. */
export function openApi(
  name: string,
  basePath: string,
  routes: readonly (readonly [method: string, path: string])[],
): ActiveApi {
  return bankApi({
    name,
    basePath,
    rules: [OPEN],
    operations: routes.map(([method, path]) => ({
      id: `${method} ${path}`,
      method,
      path,
      rules: [0],
      parameters: [],
      responses: [],
    })),
  })
}

/** The bank's API with one rule changed. */
export function withRule<N extends RuleName>(name: N, changes: Partial<RuleOf<N>>): ActiveApi {
  return bankApi({
    rules: RULES.map((one) => (one.name === name ? { ...one, ...changes } : one)),
  })
}

export function rule<N extends RuleName>(
  name: N,
  control: string,
  params: RuleOf<N>['params'],
): PlanRule {
  const made = {
    name,
    control,
    mode: 'enforce',
    origin: { level: 'api', source: 'test' },
    params,
  }
  return made as PlanRule // sound: `params` is typed by `name`
}

export function headers(values: Readonly<Record<string, readonly string[]>> = {}): HeaderView {
  const known = new Map(Object.entries(values))
  return { all: (name) => known.get(name) ?? [] }
}

export const TOKEN: TokenFact & { readonly kind: 'verified' } = {
  kind: 'verified',
  issuer: 'https://as.bank.test',
  type: 'at+jwt',
  audiences: ['https://api.bank.test'],
  clientId: 'tpp-1',
  subject: 'customer-1',
  consentId: 'consent-1',
  scopes: new Set(['accounts']),
  expiresAt: NOW_SECONDS + 300,
  issuedAt: NOW_SECONDS - 300,
  notBefore: NOW_SECONDS - 300,
  tokenId: 'jti-1',
  revoked: false,
}

export const CONSENT: ConsentFact & { readonly kind: 'known' } = {
  kind: 'known',
  id: 'consent-1',
  clientId: 'tpp-1',
  subject: 'customer-1',
  status: 'AUTH',
  permissions: new Set(['ReadAccountsBasic', 'ReadTransactionsBasic', 'ReadTransactionsCredits']),
  accounts: new Set(['22289', '31820']),
  validFrom: NOW - 86_400_000,
  expiresAt: NOW + 86_400_000,
  transactionsFrom: Date.UTC(2025, 0, 1),
  transactionsTo: Date.UTC(2025, 11, 31, 23, 59, 59),
  revoked: false,
}

export const BASE = '/open-banking/v4.0/aisp'

/** Facts that are in order, about `GET BASE + path`. */
export function goodFacts(path: string, changes: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    bucket: 5_000,
    feedAgeMs: 1_000,
    request: { method: 'GET', target: BASE + path, headers: headers() },
    token: TOKEN,
    client: { kind: 'known', id: 'tpp-1', status: 'active' },
    consent: CONSENT,
    body: { kind: 'absent' },
    ...changes,
  }
}

/** Asks again, with what was asked for, until there is a verdict; hands the resume back if `resuming`. */
export function askStepwise(kernel: Kernel, all: Facts, resuming: boolean): Verdict {
  const { now, bucket, feedAgeMs, observeAll, request, transport } = all
  let facts: Facts = {
    now,
    bucket,
    feedAgeMs,
    request,
    ...(observeAll === undefined ? {} : { observeAll }),
    ...(transport === undefined ? {} : { transport }),
  }
  for (let round = 0; round < 9; round++) {
    const answer = kernel.next(facts)
    if (answer.kind === 'allow' || answer.kind === 'deny') return answer
    if (answer.kind === 'claim') throw new Error('claims are not expected here')
    facts = { ...facts, ...given(all, answer), ...(resuming && { resume: answer.resume }) }
  }
  throw new Error('the kernel never decides')
}

function given(all: Facts, need: Need): Partial<Facts> {
  const found: Record<string, unknown> = {}
  for (const name of need.facts) if (name !== 'risk') found[name] = all[name]
  return found
}
