/** Transactions and statements. The core system always sends everything it has: deciding who may see what is the gateway's work. */
import type { BankAccount } from '../data/accounts.ts'
import type { BankTransaction } from '../data/transactions.ts'
import { direction, gbp, time } from '../money.ts'

export function transaction(row: BankTransaction) {
  const out = row.pence < 0
  return {
    AccountId: row.account.id,
    TransactionId: row.id,
    TransactionReference: row.text.slice(0, 24),
    CreditDebitIndicator: direction(row.pence),
    Status: row.pending ? 'PDNG' : 'BOOK',
    TransactionMutability: row.pending ? 'Mutable' : 'Immutable',
    BookingDateTime: time(row.at),
    ValueDateTime: time(row.at),
    TransactionInformation: row.text,
    Amount: gbp(row.pence),
    BankTransactionCode: {
      Code: out ? 'IssuedCashConcentrationTransactions' : 'ReceivedCreditTransfers',
      SubCode: 'DMCT',
    },
    Balance: {
      CreditDebitIndicator: direction(row.balance),
      Type: 'ITBD',
      Amount: gbp(row.balance),
    },
    ...(row.merchant === undefined
      ? {}
      : {
          MerchantDetails: {
            MerchantName: row.merchant.name,
            MerchantCategoryCode: row.merchant.category,
          },
        }),
    ...(row.counterparty === undefined
      ? {}
      : {
          [out ? 'CreditorAccount' : 'DebtorAccount']: {
            SchemeName: 'UK.OBIE.IBAN',
            Identification: row.counterparty.iban,
            Name: row.counterparty.name,
          },
        }),
    // The analytics team wanted these; they were never meant to leave.
    InternalCategory: row.merchant?.category === '8011' ? 'health' : 'general',
    SourceSystem: 'CORE-7',
  }
}

export interface Month {
  readonly id: string
  readonly from: number
  readonly to: number
}

/** The twelve whole months before `now`, newest first. */
export function months(now: number): Month[] {
  const date = new Date(now)
  return Array.from({ length: 12 }, (_, back) => {
    const from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1 - back)
    const to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back) - 1000
    return { id: new Date(from).toISOString().slice(0, 7), from, to }
  })
}

export function statement(item: BankAccount, month: Month, rows: readonly BankTransaction[]) {
  const inside = rows.filter((row) => row.at >= month.from && row.at <= month.to)
  const closing = inside[0]?.balance ?? 0
  return {
    AccountId: item.id,
    StatementId: month.id,
    StatementReference: month.id,
    Type: 'RegularPeriodic',
    StartDateTime: time(month.from),
    EndDateTime: time(month.to),
    CreationDateTime: time(month.to),
    StatementDescription: [`${inside.length} entries`],
    StatementAmount: [
      {
        CreditDebitIndicator: direction(closing),
        Type: 'UK.OBIE.ClosingBalance',
        Amount: gbp(closing),
      },
    ],
    printQueue: 'letters-north',
  }
}
