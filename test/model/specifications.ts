/** Two small APIs in the words of the UK standard, and one of open data: what a bank publishes, and both sides read. */

const text = (maxLength: number): object => ({ type: 'string', maxLength })
const object = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
})
const money = object({ Amount: text(40), Currency: text(3) }, ['Amount', 'Currency'])
/** The same in an answer. */
const sum = { type: 'object', properties: { Amount: text(40), Currency: text(3) } }
const account = object({ SchemeName: text(40), Identification: text(64), Name: text(350) }, [
  'SchemeName',
  'Identification',
])
/** Says nothing about members that it does not declare. */
const open = (properties: object): object => ({ type: 'object', properties })
const list = (name: string, item: object): object =>
  open({
    Data: open({ [name]: { type: 'array', items: item } }),
    Links: open({ Self: text(200), Next: text(200) }),
    Meta: open({ TotalPages: { type: 'integer' } }),
  })

export const SCHEMAS = {
  OBReadAccount6: list(
    'Account',
    open({
      AccountId: text(40),
      Currency: text(3),
      Nickname: text(70),
      Account: { type: 'array', items: open({ SchemeName: text(40), Identification: text(64) }) },
    }),
  ),
  OBReadBalance1: list(
    'Balance',
    open({ AccountId: text(40), Amount: sum, Type: text(40), Count: { type: 'number' } }),
  ),
  OBReadTransaction6: list(
    'Transaction',
    open({
      AccountId: text(40),
      CreditDebitIndicator: { type: 'string', enum: ['Credit', 'Debit'] },
      BookingDateTime: { type: 'string', format: 'date-time' },
      Amount: sum,
      TransactionInformation: text(500),
      Balance: open({ Amount: sum }),
    }),
  ),
  OBError: object({ Code: text(40), Message: text(500) }),
  Initiation: object(
    {
      InstructionIdentification: text(35),
      EndToEndIdentification: text(35),
      InstructedAmount: money,
      DebtorAccount: account,
      CreditorAccount: account,
      RemittanceInformation: object({
        Unstructured: { type: 'array', items: text(140), maxItems: 3 },
      }),
    },
    ['InstructionIdentification', 'InstructedAmount', 'CreditorAccount'],
  ),
}
const ref = (name: keyof typeof SCHEMAS): object => ({ $ref: `#/components/schemas/${name}` })
const data = (properties: object, required: readonly string[]): object =>
  object({ Data: object(properties, required), Risk: object({}) }, ['Data', 'Risk'])

export const BODIES: Readonly<Record<string, object>> = {
  CreateDomesticPayments: data({ ConsentId: text(128), Initiation: ref('Initiation') }, [
    'ConsentId',
    'Initiation',
  ]),
  CreateDomesticPaymentConsents: data({ Initiation: ref('Initiation') }, ['Initiation']),
}
const created = open({
  Data: open({ ConsentId: text(128), DomesticPaymentId: text(40), Status: text(20) }),
})

const json = (schema: object): object => ({ 'application/json': { schema } })
const answers = (status: string, schema: object): object => ({
  [status]: { description: 'done', content: json(schema) },
  '400': { description: 'no', content: json(ref('OBError')) },
  '404': { description: 'no' },
})
const path = (name: string): object => ({ in: 'path', name, required: true, schema: text(40) })
const query = (name: string, schema: object, required = false): object => ({
  in: 'query',
  name,
  required,
  schema,
})
const header = (name: string, schema: object): object => ({ in: 'header', name, schema })

const WHEN = {
  type: 'string',
  maxLength: 40,
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:+Z.-]{5,25}$',
}
const PAGE = { type: 'integer', minimum: 1, maximum: 500 }
const TYPES = { type: 'array', items: { type: 'string', enum: ['ClosingBooked', 'Expected'] } }
const AGENT = { type: 'string', maxLength: 30 }

export interface Parameter {
  readonly in: 'query' | 'header'
  readonly name: string
  readonly schema: { readonly type?: string; readonly [keyword: string]: unknown }
}
/** Beside the path's own, by operation. */
export const PARAMETERS: Readonly<Record<string, readonly object[]>> = {
  GetAccounts: [query('page', PAGE), header('x-customer-user-agent', AGENT)],
  GetAccountsAccountId: [path('AccountId')],
  GetAccountsAccountIdBalances: [path('AccountId'), query('type', TYPES)],
  GetAccountsAccountIdTransactions: [
    path('AccountId'),
    query('fromBookingDateTime', WHEN),
    query('page', PAGE),
  ],
  GetTransactions: [query('fromBookingDateTime', WHEN), query('page', PAGE)],
  CreateAccountAccessConsents: [],
  CreateDomesticPayments: [
    header('x-idempotency-key', text(80)),
    header('x-jws-signature', text(8_000)),
  ],
  GetDomesticPayments: [path('DomesticPaymentId')],
  CreateDomesticPaymentConsents: [
    header('x-idempotency-key', text(80)),
    header('x-jws-signature', text(8_000)),
  ],
  GetDomesticPaymentConsents: [path('ConsentId')],
  GetAtms: [query('city', { type: 'string', maxLength: 40 }, true)],
}

const operation = (
  operationId: string,
  security: object,
  [status, answer]: readonly [string, object],
): object => ({
  operationId,
  parameters: PARAMETERS[operationId],
  ...(BODIES[operationId] !== undefined && {
    requestBody: { required: true, content: json(BODIES[operationId]) },
  }),
  responses: answers(status, answer),
  security: [security],
})
const flow = {
  tokenUrl: 'https://as.bank.example/token',
  scopes: { accounts: 'read', payments: 'pay' },
}
const securitySchemes = {
  Client: { type: 'oauth2', flows: { clientCredentials: flow } },
  Customer: {
    type: 'oauth2',
    flows: {
      authorizationCode: { ...flow, authorizationUrl: 'https://as.bank.example/authorize' },
    },
  },
}
const document = (title: string, base: string, paths: object): object => ({
  openapi: '3.0.3',
  info: { title, version: '4.0.0' },
  servers: [{ url: base }],
  paths,
  components: { schemas: SCHEMAS, securitySchemes },
})

const READS = { Customer: ['accounts'] }
const PAYS = { Customer: ['payments'] }
const ASKS = { Client: ['payments'] }
export const accountsDocument = (base: string): object =>
  document('Account and Transaction API', base, {
    '/accounts': { get: operation('GetAccounts', READS, ['200', ref('OBReadAccount6')]) },
    '/accounts/{AccountId}': {
      get: operation('GetAccountsAccountId', READS, ['200', ref('OBReadAccount6')]),
    },
    '/accounts/{AccountId}/balances': {
      get: operation('GetAccountsAccountIdBalances', READS, ['200', ref('OBReadBalance1')]),
    },
    '/accounts/{AccountId}/transactions': {
      get: operation('GetAccountsAccountIdTransactions', READS, ['200', ref('OBReadTransaction6')]),
    },
    '/transactions': {
      get: operation('GetTransactions', READS, ['200', ref('OBReadTransaction6')]),
    },
    '/account-access-consents': {
      post: operation('CreateAccountAccessConsents', { Client: ['accounts'] }, ['201', created]),
    },
  })
export const paymentsDocument = (base: string): object =>
  document('Payment Initiation API', base, {
    '/domestic-payments': { post: operation('CreateDomesticPayments', PAYS, ['201', created]) },
    '/domestic-payments/{DomesticPaymentId}': {
      get: operation('GetDomesticPayments', PAYS, ['200', created]),
    },
    '/domestic-payment-consents': {
      post: operation('CreateDomesticPaymentConsents', ASKS, ['201', created]),
    },
    '/domestic-payment-consents/{ConsentId}': {
      get: operation('GetDomesticPaymentConsents', ASKS, ['200', created]),
    },
  })
export const atmsDocument = (base: string): object =>
  document('Open Data API', base, {
    '/atms': {
      get: {
        operationId: 'GetAtms',
        parameters: PARAMETERS['GetAtms'],
        responses: answers('200', open({ Data: { type: 'array', items: text(60) } })),
        security: [],
      },
    },
  })
