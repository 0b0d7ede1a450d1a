/**
 * The 26 read operations of the UK Open Banking v4.0 account-information specification over the seeded data. The bank trusts whoever
 * calls it: it answers for the customer that the gateway names in `x-gatehouse-subject`, and it returns more than it should:
 * members the specification does not know, every account of the customer whatever the consent says, now and then a row of somebody
 * else of the household, and its own stack trace when it stumbles.
 */
import { ACCOUNTS, type BankAccount } from './data/accounts.ts'
import { CUSTOMERS, type Customer } from './data/people.ts'
import { type BankTransaction, ledger } from './data/transactions.ts'
import { account, balances, offer, party, product } from './resources/accounts.ts'
import {
  beneficiaries,
  directDebits,
  scheduledPayments,
  standingOrders,
} from './resources/payments.ts'
import { months, statement, transaction } from './resources/transactions.ts'

export interface BankRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly subject: string | undefined
}
export interface BankAnswer {
  readonly status: number
  readonly body: unknown
}

const BASE = '/open-banking/v4.0/aisp'
const PAGE = 60

export function bankRoutes(
  clock: () => number,
  publicOrigin: string,
): (request: BankRequest) => BankAnswer {
  const started = clock()
  const rows = ledger(started)
  const rowsOf = (item: BankAccount): readonly BankTransaction[] => rows.get(item.id) ?? []

  function answer(
    path: string,
    name: string,
    items: readonly unknown[] | object,
    next?: string,
  ): BankAnswer {
    return {
      status: 200,
      body: {
        Data: { [name]: items },
        Links: {
          Self: publicOrigin + BASE + path,
          ...(next === undefined ? {} : { Next: publicOrigin + BASE + next }),
        },
        Meta: { TotalPages: 1 },
      },
    }
  }

  /** Pages are windows of booking time, so that following `Links.Next` needs no parameter the specification does not have. */
  function transactions(
    request: BankRequest,
    accounts: readonly BankAccount[],
    window?: { from: number; to: number },
  ): BankAnswer {
    const from = Math.max(window?.from ?? 0, instant(request.query.get('fromBookingDateTime'), 0))
    const to = Math.min(
      window?.to ?? Infinity,
      instant(request.query.get('toBookingDateTime'), Infinity),
    )
    const found = accounts
      .flatMap(rowsOf)
      .filter((row) => row.at >= from && row.at <= to)
      .toSorted((a, b) => b.at - a.at)
    const page = found.slice(0, PAGE)
    const rest = found[PAGE]
    const next =
      rest === undefined
        ? undefined
        : `${request.path}?toBookingDateTime=${new Date(rest.at).toISOString().slice(0, 19)}`
    return answer(request.path, 'Transaction', page.map(transaction), next)
  }

  function collection(
    request: BankRequest,
    name: string,
    accounts: readonly BankAccount[],
  ): BankAnswer | undefined {
    const now = clock()
    switch (name) {
      case 'accounts':
        return answer(request.path, 'Account', accounts.map(account))
      case 'balances':
        return answer(
          request.path,
          'Balance',
          accounts.flatMap((item) => balances(item, rowsOf(item)[0]?.balance ?? 0, now)),
        )
      case 'beneficiaries':
        return answer(request.path, 'Beneficiary', accounts.flatMap(beneficiaries))
      case 'direct-debits':
        return answer(
          request.path,
          'DirectDebit',
          accounts.flatMap((item) => directDebits(item, now)),
        )
      case 'offers':
        return answer(
          request.path,
          'Offer',
          accounts.map((item) => offer(item, now)),
        )
      case 'products':
      case 'product':
        return answer(request.path, 'Product', accounts.map(product))
      case 'scheduled-payments':
        return answer(
          request.path,
          'ScheduledPayment',
          accounts.flatMap((item) => scheduledPayments(item, now)),
        )
      case 'standing-orders':
        return answer(
          request.path,
          'StandingOrder',
          accounts.flatMap((item) => standingOrders(item, now)),
        )
      case 'statements':
        return answer(
          request.path,
          'Statement',
          accounts.flatMap((item) =>
            months(now).map((month) => statement(item, month, rowsOf(item))),
          ),
        )
      case 'transactions':
        return transactions(request, accounts)
      default:
        return undefined
    }
  }

  function statementPart(
    request: BankRequest,
    item: BankAccount,
    id: string,
    part: string | undefined,
  ): BankAnswer {
    const month = months(clock()).find((one) => one.id === id)
    // The way such systems fail in life: with everything they know.
    if (month === undefined) return stumble(`statement ${id}`)
    if (part === 'transactions') return transactions(request, [item], month)
    if (part === 'file')
      return {
        status: 200,
        body: { fileName: `${item.id}-${id}.pdf`, path: `/mnt/nas02/stmt/${item.id}/${id}.pdf` },
      }
    return answer(request.path, 'Statement', [statement(item, month, rowsOf(item))])
  }

  return (request) => {
    const customer = CUSTOMERS.find((one) => one.id === request.subject)
    if (!request.path.startsWith(`${BASE}/`)) return missing()
    const local = { ...request, path: request.path.slice(BASE.length) }
    const [, head = '', id, part, statementId, tail] = local.path.split('/')
    if (customer === undefined)
      return { status: 401, body: { Errors: [{ ErrorCode: 'U000', Message: 'no customer' }] } }
    if (head === 'party' && id === undefined) return answer(local.path, 'Party', party(customer))
    if (head !== 'accounts' || id === undefined)
      return collection(local, head, everythingNear(customer)) ?? missing()
    // No ownership check here: any account of the bank answers to anybody. The gateway is the only thing that stands before it.
    const item = ACCOUNTS.find((one) => one.id === id)
    if (item === undefined) return missing()
    if (part === undefined) return collection(local, 'accounts', [item]) ?? missing()
    if (part === 'party') return answer(local.path, 'Party', party(item.owner))
    if (part === 'parties') return answer(local.path, 'Party', [party(item.owner)])
    if (part === 'statements' && statementId !== undefined)
      return statementPart(local, item, statementId, tail)
    return collection(local, part, [item]) ?? missing()
  }
}

/** All accounts of the customer and, by a join gone wrong years ago, those of the household. */
function everythingNear(customer: Customer): BankAccount[] {
  return ACCOUNTS.filter(
    (item) => item.owner.id === customer.id || item.owner.id === customer.household,
  )
}

/** UK times may come without an offset; they then mean UTC. */
function instant(text: string | null, otherwise: number): number {
  if (text === null) return otherwise
  const parsed = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(parsed) ? otherwise : parsed
}

function missing(): BankAnswer {
  return { status: 404, body: { message: 'no such resource', host: 'core-api-03.internal' } }
}

function stumble(what: string): BankAnswer {
  return {
    status: 500,
    body: {
      error: `java.sql.SQLException: ORA-01403: no data found for ${what}`,
      trace: [
        'com.examplebank.core.StatementDao.find(StatementDao.java:212)',
        'com.examplebank.api.Rest.get(Rest.java:88)',
      ],
    },
  }
}
