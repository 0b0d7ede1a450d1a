/** Transactions as a UK bank lists them, with one field per row that its specification does not declare. */
export function transactionsBody(account: string, bytes: number): string {
  const rows: unknown[] = []
  for (;;) {
    rows.push(row(account, rows.length))
    const text = JSON.stringify({
      Data: { Transaction: rows },
      Links: { Self: `https://api.bench.example/accounts/${account}/transactions` },
      Meta: { TotalPages: 1 },
    })
    if (text.length >= bytes) return text
  }
}

function row(account: string, at: number): unknown {
  return {
    AccountId: account,
    TransactionId: `tx-${1000 + at}`,
    CreditDebitIndicator: at % 3 === 0 ? 'Credit' : 'Debit',
    Status: 'BOOK',
    BookingDateTime: '2026-03-05T10:43:07+00:00',
    ValueDateTime: '2026-03-06T10:43:07+00:00',
    Amount: { Amount: '1024.10', Currency: 'GBP' },
    TransactionMutability: 'Immutable',
    ProprietaryBankTransactionCode: { Code: 'POS-CONTACTLESS', Issuer: 'Bench Bank' },
    BankTransactionCode: { Code: 'ICDT', SubCode: 'DMCT' },
    TransactionInformation: 'Card purchase, contactless',
    MerchantDetails: { MerchantName: 'Corner Grocers', MerchantCategoryCode: '5411' },
    CoreLedgerRef: `L-${77_000 + at}`,
  }
}
