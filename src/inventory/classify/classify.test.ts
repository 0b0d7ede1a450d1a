import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataClasses, enumerations } from '../../controls/index.ts'
import { importSpec, type OperationRecord } from '../index.ts'
import { MAX_EVIDENCE } from '../limits.ts'
import { DATA_CLASS_RULES, FORMAT_RULES, PATTERN_RULES } from './data-class-rules.ts'
import { ROLE_BY_CLASS, ROLE_RULES } from './role-rules.ts'
import { wordsOf } from './words.ts'

type Schema = Readonly<Record<string, unknown>>

interface Given {
  readonly method?: string
  readonly path?: string
  readonly request?: Schema
  readonly response?: Schema
  readonly tags?: readonly string[]
  readonly scopes?: readonly string[]
  readonly internal?: boolean
}

function operation(given: Given): OperationRecord {
  const json = (schema: Schema): unknown => ({ 'application/json': { schema } })
  const path = given.path ?? '/things'
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const document = {
    openapi: '3.0.3',
    info: { title: 't', version: '1' },
    paths: {
      [path]: {
        [given.method ?? 'get']: {
          tags: given.tags ?? [],
          'x-internal': given.internal ?? false,
          parameters: names.map((name) => ({
            in: 'path',
            name,
            required: true,
            schema: { type: 'string' },
          })),
          ...(given.scopes === undefined ? {} : { security: [{ o: given.scopes }] }),
          ...(given.request === undefined ? {} : { requestBody: { content: json(given.request) } }),
          responses: {
            200: {
              description: 'ok',
              ...(given.response === undefined ? {} : { content: json(given.response) }),
            },
          },
        },
      },
    },
    components: { securitySchemes: { o: { type: 'oauth2', flows: {} } } },
  }
  const [record] =
    importSpec({ file: 'a.json', text: JSON.stringify(document) }).spec?.operations ?? []
  assert.ok(record !== undefined)
  return record
}
const text = { type: 'string' }
const object = (properties: Schema): Schema => ({ type: 'object', properties })
const list = (items: Schema): Schema => ({ type: 'array', items })
/** Nested keys from a dotted path: `Data.Account[].Iban`. */
function nested(path: string, leaf: Schema = text): Schema {
  const [head = '', ...rest] = path.split('.')
  const inner = rest.length === 0 ? leaf : nested(rest.join('.'), leaf)
  return head.endsWith('[]')
    ? object({ [head.slice(0, -2)]: list(inner) })
    : object({ [head]: inner })
}
const found = (record: OperationRecord): string[] => [
  ...new Set(record.dataClasses.map((item) => item.dataClass)),
]

test('the rules name classes and roles of the catalogue only', () => {
  const known = new Set(dataClasses().map(({ id }) => id))
  const named = [
    ...DATA_CLASS_RULES.map((rule) => rule.dataClass),
    ...Object.values(FORMAT_RULES).map((rule) => rule.dataClass),
    ...PATTERN_RULES.map((rule) => rule.dataClass),
    ...ROLE_BY_CLASS.map(([name]) => name),
  ]
  assert.ok(known.size >= 17)
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  )
  // Each class that a name can tell has a rule.
  assert.deepEqual(
    [...known].filter((name) => !named.includes(name)),
    [],
  )
  const roles: readonly string[] = enumerations().roles
  assert.deepEqual(
    ROLE_RULES.filter((rule) => !roles.includes(rule.role)),
    [],
  )
})

test('wordsOf splits names of every convention', () => {
  assert.deepEqual(wordsOf('SortCodeAccountNumber'), ['sort', 'code', 'account', 'number'])
  assert.deepEqual(wordsOf('sort-code_account.number'), ['sort', 'code', 'account', 'number'])
  assert.deepEqual(wordsOf('cpfCnpj'), ['cpf', 'cnpj'])
  assert.deepEqual(wordsOf('IBAN'), ['iban'])
  assert.deepEqual(wordsOf('creditorIBAN2'), ['creditor', 'iban', '2'])
  assert.deepEqual(wordsOf('Endereços'), ['endereco'])
  assert.deepEqual(wordsOf('beneficiaries'), ['beneficiary'])
  assert.deepEqual(wordsOf('EmailAddresses'), ['email', 'address'])
  assert.deepEqual(wordsOf('dateOfBirth'), ['date', 'birth'])
  assert.deepEqual(wordsOf('IBANs'), ['iban'])
  assert.deepEqual(wordsOf('listOfIBANsAndPANs'), ['list', 'iban', 'and', 'pan'])
  assert.deepEqual(wordsOf('ISOStatus'), ['iso', 'statu'])
  assert.deepEqual(wordsOf('U\u0308berweisung'), ['ueberweisung'])
  assert.deepEqual(wordsOf('Größe'), ['groesse'])
  assert.deepEqual(wordsOf('___'), [])
})

const RESPONSES: readonly (readonly [path: string, wanted: readonly string[]])[] = [
  ['iban', ['account-identifier']],
  ['data.sort_code', ['account-identifier']],
  ['accounts[].resourceId', ['account-reference']],
  ['accounts[].maskedPan', ['account-reference']],
  ['cards[].pan', ['card-pan']],
  ['card.card-number', ['card-pan']],
  ['card.cvv', ['card-sad']],
  ['card.PINBlock', ['card-sad']],
  ['balances[].balanceAmount.amount', ['balance']],
  ['Saldo', ['balance']],
  ['transactions[].amount', ['transaction']],
  ['transactions[].remittanceInformationUnstructured', ['transaction']],
  ['creditorName', ['beneficiary']],
  ['payees[].nickname', ['beneficiary']],
  ['customer.firstName', ['party-identity']],
  ['cliente.nome', ['party-identity']],
  ['kunde.geburtsdatum', ['party-identity']],
  ['user.e-mail', ['party-identity']],
  ['user.eMail', ['party-identity']],
  // Words as their languages write them.
  ['motDePasse', ['credential']],
  ['numeroDoCartao', ['card-pan']],
  ['numeroDeLaTarjeta', ['card-pan']],
  ['nome_da_mae', ['party-identity']],
  ['IBANs[]', ['account-identifier']],
  ['Empfänger.Name', ['beneficiary']],
  ['Straße', ['party-identity']],
  ['customer.healthStatus', ['special-category']],
  ['customer.vulnerabilityFlag', ['special-category']],
  ['biometricMethod', []],
  ['panSuffix', ['account-reference']],
  ['user.email', ['party-identity']],
  ['user.postal_address.line1', ['party-identity']],
  ['cpfCnpj', ['party-identity']],
  ['consentId', ['consent']],
  ['refresh_token', ['credential']],
  ['branches[].openingHours', ['public-reference']],
  ['products[].fees[].amount', ['public-reference']],
  ['customer.religion', ['special-category']],
  ['case.sanctionHit', ['aml-casework']],
  ['software_statement', ['client-identity']],
  // What only looks like it.
  ['otpFormat', []],
  ['passwordMaxLength', []],
  ['links.account.href', []],
  ['_links.accountNumber', []],
  ['status', []],
  ['cardType', []],
]

for (const [path, wanted] of RESPONSES)
  test(`importSpec finds ${wanted.join(', ') || 'nothing'} in a response with \`${path}\``, () => {
    assert.deepEqual(found(operation({ response: nested(path) })), wanted)
  })

test('importSpec takes `Identification` for an account number only beside a scheme, and not of a bank', () => {
  const pair = { SchemeName: text, Identification: text }
  assert.deepEqual(found(operation({ response: object({ Party1: object(pair) }) })), [
    'account-identifier',
    'party-identity',
  ])
  assert.deepEqual(found(operation({ response: object({ Servicer: object(pair) }) })), [])
  assert.deepEqual(found(operation({ response: object({ Identification: text }) })), [])
})

test("importSpec takes mailbox, telephone and sort code of a branch for the bank's own, not for a person's", () => {
  const contact = {
    mail: { type: 'string', format: 'email' },
    phoneNumber: text,
    sortCodes: list(text),
    name: text,
  }
  for (const path of ['/branches', '/branches/{id}/services'])
    assert.deepEqual(
      found(operation({ path, response: list(object(contact)) })),
      ['public-reference'],
      path,
    )
  for (const path of ['/branches/{id}/customers', '/customers', '/services'])
    assert.ok(
      found(operation({ path, response: list(object(contact)) })).includes('party-identity'),
      path,
    )
  assert.ok(
    found(operation({ path: '/accounts', response: object(contact) })).includes(
      'account-identifier',
    ),
  )
})

test('importSpec goes by format and pattern when the key says nothing', () => {
  const record = operation({
    response: object({
      a: { type: 'string', format: 'password' },
      b: { type: 'string', format: 'email' },
      c: { type: 'string', pattern: '[A-Z]{2,2}[0-9]{2,2}[a-zA-Z0-9]{1,30}' },
    }),
  })
  assert.deepEqual(found(record), ['account-identifier', 'credential', 'party-identity'])
  assert.equal(
    record.dataClasses.find(({ dataClass }) => dataClass === 'account-identifier')?.rule,
    'pattern:iban',
  )
})

test('importSpec tells an amount that is asked for from one that is told', () => {
  const amount = object({ instructedAmount: object({ amount: text, currency: text }) })
  assert.deepEqual(found(operation({ method: 'post', path: '/payments', request: amount })), [
    'payment-instruction',
  ])
  assert.deepEqual(
    found(operation({ path: '/accounts/{accountId}/transactions', response: amount })),
    ['account-reference', 'transaction'],
  )
})

test('importSpec sees through allOf, oneOf, lists and maps, and gives the way there', () => {
  const record = operation({
    response: {
      allOf: [
        {
          oneOf: [
            object({
              items: list({ type: 'object', additionalProperties: object({ iban: text }) }),
            }),
          ],
        },
      ],
    },
  })
  assert.deepEqual(
    record.dataClasses.map(({ at, key, confidence }) => [at, key, confidence]),
    [['response.items[].*.iban', 'iban', 'high']],
  )
})

test('importSpec keeps at most eight pieces of evidence per class, the best first', () => {
  const keys = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`iban${index}x`, text]))
  const record = operation({ response: object({ account: object({ number: text }), ...keys }) })
  const evidence = record.dataClasses.filter(({ dataClass }) => dataClass === 'account-identifier')
  assert.equal(evidence.length, MAX_EVIDENCE)
  assert.ok(evidence.every(({ confidence }) => confidence === 'high'))
})

test('importSpec does not take what an error says for data of the customer', () => {
  const document = {
    openapi: '3.0.3',
    info: {},
    paths: {
      '/a': {
        get: {
          responses: {
            200: { description: 'ok' },
            400: {
              description: 'no',
              content: { 'application/json': { schema: object({ iban: text }) } },
            },
          },
        },
      },
    },
  }
  const { spec } = importSpec({ file: 'a', text: JSON.stringify(document) })
  assert.deepEqual(spec?.operations[0]?.dataClasses, [])
})

const ROLES: readonly (readonly [Given, role: string])[] = [
  [{ path: '/v1/consents/{id}/status' }, 'auth'],
  [{ path: '/domestic-payment-consents', method: 'post', scopes: ['payments'] }, 'auth'],
  [{ path: '/oauth/token', method: 'post' }, 'auth'],
  [{ path: '/register', method: 'post' }, 'auth'],
  [{ path: '/payments/{id}/authorisations', method: 'post' }, 'auth'],
  [{ path: '/accounts' }, 'ais'],
  [{ path: '/accounts', scopes: ['accounts'] }, 'ais'],
  [{ path: '/payments', method: 'post' }, 'pis'],
  [{ path: '/accounts/{id}/payments' }, 'ais'],
  [{ path: '/things', scopes: ['payments:write'] }, 'pis'],
  [{ path: '/things', scopes: ['bank:payments:read'] }, 'ais'],
  [{ path: '/funds-confirmations', method: 'post' }, 'cbpii'],
  [{ path: '/things', method: 'post', scopes: ['fundsconfirmations'] }, 'cbpii'],
  [{ path: '/open-banking/v2.4/atms' }, 'open-data'],
  [{ path: '/branches/{id}' }, 'open-data'],
  [{ path: '/products', scopes: ['accounts'] }, 'ais'],
  [{ path: '/event-subscriptions', method: 'post' }, 'event'],
  [{ path: '/admin/metrics' }, 'admin'],
  [{ path: '/internal/accounts' }, 'internal'],
  [{ path: '/accounts', internal: true }, 'internal'],
  [{ path: '/partner/accounts' }, 'partner'],
  [{ path: '/{product}/x', tags: ['Payment Initiation Service (PIS)'], method: 'post' }, 'pis'],
  [{ path: '/{payment-service}/{product}', method: 'post' }, 'pis'],
  // Nothing but the messages tells.
  [{ path: '/search', response: nested('transactions[].amount') }, 'ais'],
  [{ path: '/x', method: 'post', request: nested('instructedAmount') }, 'pis'],
  [{ path: '/things' }, 'partner'],
]

for (const [given, role] of ROLES)
  test(`importSpec gives ${role} to ${given.method ?? 'get'} ${given.path} ${JSON.stringify(given.scopes ?? given.tags ?? [])}`, () => {
    const record = operation(given)
    assert.equal(record.role, role, record.roleReason)
    assert.ok((record.roleReason ?? '').length > 5)
  })
