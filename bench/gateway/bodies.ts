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

/** What a UK bank says of a payment that it has taken. */
export function paymentBody(): string {
  return JSON.stringify({
    Data: {
      DomesticPaymentId: 'p-1',
      ConsentId: 'consent-pay',
      CreationDateTime: '2026-03-05T10:43:07+00:00',
      Status: 'RCVD',
      StatusUpdateDateTime: '2026-03-05T10:43:07+00:00',
      Initiation: ORDER,
    },
    Links: { Self: 'https://api.bench.example/domestic-payments/p-1' },
    Meta: {},
  })
}

export const ORDER = {
  InstructionIdentification: 'BENCH1',
  EndToEndIdentification: 'BENCH.1',
  InstructedAmount: { Amount: '165.88', Currency: 'GBP' },
  CreditorAccount: {
    SchemeName: 'UK.OBIE.SortCodeAccountNumber',
    Identification: '08080021325698',
    Name: 'ACME Inc',
  },
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
