/** What the operations are for, as the standards and the specification say it to a reader. */
import type { ApiName } from '../house.ts'

export interface OperationFacts {
  readonly status: number
  /** Scopes of its security. */
  readonly scopes: readonly string[]
  /** Every group is needed, of each any; `undefined`: a client acts for itself, without a consent. */
  readonly permissions?: readonly (readonly string[])[]
  /** ETSI TS 119 495: the role of who may call it. */
  readonly role?: string
  /** No template of the house serves it. */
  readonly refused?: true
  /** What of an answer is rows, whose, and when. */
  readonly rows?: {
    readonly list: string
    readonly dated?: true
    readonly detail?: { readonly permission: string; readonly members: readonly string[] }
  }
  /** Name of the schema of its answer; `undefined`: of what it made. */
  readonly answer?: 'OBReadAccount6' | 'OBReadBalance1' | 'OBReadTransaction6'
  readonly pays?: true
  readonly keyed?: true
}

const ACCOUNTS = {
  scopes: ['accounts'],
  role: 'PSP_AI',
  status: 200,
  permissions: [['ReadAccountsBasic', 'ReadAccountsDetail']],
  answer: 'OBReadAccount6',
  rows: { list: 'Account', detail: { permission: 'ReadAccountsDetail', members: ['Account'] } },
} as const
const TRANSACTIONS = {
  ...ACCOUNTS,
  answer: 'OBReadTransaction6',
  permissions: [
    ['ReadTransactionsBasic', 'ReadTransactionsDetail'],
    ['ReadTransactionsCredits', 'ReadTransactionsDebits'],
  ],
  rows: {
    list: 'Transaction',
    dated: true,
    detail: {
      permission: 'ReadTransactionsDetail',
      members: ['TransactionInformation', 'Balance'],
    },
  },
} as const

export const OPERATIONS: Readonly<Record<string, OperationFacts>> = {
  GetAccounts: ACCOUNTS,
  GetAccountsAccountId: ACCOUNTS,
  GetAccountsAccountIdBalances: {
    ...ACCOUNTS,
    answer: 'OBReadBalance1',
    permissions: [['ReadBalances']],
    rows: { list: 'Balance' },
  },
  GetAccountsAccountIdTransactions: TRANSACTIONS,
  GetTransactions: TRANSACTIONS,
  CreateAccountAccessConsents: { scopes: [], status: 201, refused: true },
  CreateDomesticPayments: {
    scopes: ['payments'],
    role: 'PSP_PI',
    status: 201,
    permissions: [['domestic-payments']],
    pays: true,
    keyed: true,
  },
  GetDomesticPayments: {
    scopes: ['payments'],
    role: 'PSP_PI',
    status: 200,
    permissions: [['domestic-payments']],
  },
  CreateDomesticPaymentConsents: { scopes: ['payments'], status: 201, keyed: true },
  GetDomesticPaymentConsents: { scopes: ['payments'], status: 200 },
  GetAtms: { scopes: [], status: 200 },
}

interface Path {
  readonly parts: readonly string[]
  readonly methods: Readonly<Record<string, string>>
}
const path = (text: string, methods: Path['methods']): Path => ({
  parts: text.split('/').slice(1),
  methods,
})
/** Fixed text before parameters. */
export const PATHS: Readonly<Record<Exclude<ApiName, 'closed'>, readonly Path[]>> = {
  accounts: [
    path('/accounts', { GET: 'GetAccounts' }),
    path('/accounts/{AccountId}', { GET: 'GetAccountsAccountId' }),
    path('/accounts/{AccountId}/balances', { GET: 'GetAccountsAccountIdBalances' }),
    path('/accounts/{AccountId}/transactions', { GET: 'GetAccountsAccountIdTransactions' }),
    path('/transactions', { GET: 'GetTransactions' }),
    path('/account-access-consents', { POST: 'CreateAccountAccessConsents' }),
  ],
  payments: [
    path('/domestic-payments', { POST: 'CreateDomesticPayments' }),
    path('/domestic-payments/{DomesticPaymentId}', { GET: 'GetDomesticPayments' }),
    path('/domestic-payment-consents', { POST: 'CreateDomesticPaymentConsents' }),
    path('/domestic-payment-consents/{ConsentId}', { GET: 'GetDomesticPaymentConsents' }),
  ],
  atms: [path('/atms', { GET: 'GetAtms' })],
}
