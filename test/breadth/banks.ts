/** What the bank behind these specifications says: right, sloppy, and more than it should. */
import type { BankAnswer } from './world.ts'

const json = (value: unknown): BankAnswer => ({ body: JSON.stringify(value) })
const text = (body: string): BankAnswer => ({ body })
const BERLIN = '/psd2/v1/accounts'
const CDR = '/cds-au/v1/banking'
const links = { links: { self: 'https://data.example' }, meta: {} }

export const ANSWERS: Readonly<Record<string, BankAnswer>> = {
  '/psd2/v2/v1/customers/NO123456/accounts': {
    headers: { 'x-total-count': '2', 'x-core-node': 'db7' },
    body: '{"accounts":[{"account_number":"12345678","account_type":"current","display_name":null,"opened_on":"2019-02-03","internal_rating":"B"},{"account_number":"99999999","account_type":"savings"}],"total":2,"debug":{"sql":"select"}}',
  },
  '/psd2/v2/v1/customers/NO123456/accounts/12345678': json({
    account_number: '12345678',
    account_type: 'current',
    national_id: '01019012345',
  }),
  '/psd2/v2/v1/customers/NO123456/accounts/12345678/balance': text(
    '{"account_number":"12345678","booked":{"amount":10.00,"currency":"NOK"},"available":{"amount":12345678901234567890.10,"currency":"NOK"}}',
  ),
  '/psd2/v2/v1/customers/NO123456/accounts/12345678/transactions': text(
    '{"transactions":[{"transaction_id":"new","booking_date":"2026-02-01","amount":-1.50,"counterparty_name":"Shop","risk":9},{"transaction_id":"old","booking_date":"2020-02-01","amount":7}],"next_cursor":null}',
  ),
  '/psd2/v2/v1/customers/NO123456': json({ customer_id: 'NO123456', full_name: 'Kari', score: 1 }),
  '/psd2/v2/v1/customers/NO999999': json({ customer_id: 'NO999999', full_name: 'Ola' }),
  [BERLIN]: json({
    accounts: [
      {
        resourceId: 'acc-1',
        iban: 'DE2310010010123456789',
        currency: 'EUR',
        balances: [
          { balanceType: 'closingBooked', balanceAmount: { currency: 'EUR', amount: '5.00' } },
        ],
        _links: { balances: { href: '/v1/accounts/acc-1/balances' } },
        coreId: 7,
      },
      { resourceId: 'other', currency: 'USD' },
    ],
  }),
  [`${BERLIN}/acc-1/transactions`]: json({
    transactions: {
      booked: [
        {
          transactionId: 'new',
          creditorName: 'John Miles',
          transactionAmount: { currency: 'EUR', amount: '256.67' },
          bookingDate: '2026-10-25',
        },
        {
          transactionId: 'old',
          transactionAmount: { currency: 'EUR', amount: '1.00' },
          bookingDate: '2017-10-25',
        },
      ],
      pending: [],
      _links: { account: { href: '/v1/accounts/acc-1' } },
    },
  }),
  [`${CDR}/accounts`]: json({
    data: {
      accounts: ['acc-1', 'acc-2'].map((accountId) => ({
        accountId,
        displayName: 'Everyday',
        maskedNumber: 'xxxx1',
        productCategory: 'TERM_DEPOSITS',
        productName: 'Plus',
      })),
    },
    ...links,
  }),
  [`${CDR}/accounts/acc-1`]: json({
    data: {
      accountId: 'acc-1',
      displayName: 'E',
      maskedNumber: 'xx',
      bsb: '123-456',
      accountNumber: '1234567',
      productCategory: 'TERM_DEPOSITS',
      productName: 'T',
      specificAccountUType: 'termDeposit',
      termDeposit: [
        {
          lodgementDate: '2020-01-01',
          maturityDate: '2021-01-01',
          maturityInstructions: 'ROLLED_OVER',
        },
      ],
    },
    ...links,
  }),
  '/open-data/v1/branches': text(
    '{"branches":[{"branchId":"1","name":"Oslo","phoneNumber":"+47 1","email":"oslo@bank.example","sortCodes":["1"],"location":{"latitude":59.90,"longitude":10.7500},"openingHours":[{"day":"Mon","opens":"09:00","closes":"16:00"}],"alarmCode":"4711"}]}',
  ),
  '/open-data/v1/branches/none': {
    status: 404,
    body: '{"message":"no such branch","stack":"at x"}',
  },
  '/open-data/v1/products': {
    status: 500,
    type: 'text/html',
    body: '<h1>ORA-01017</h1>',
  },
  '/open-data/v1/rates': text('{"base":"EUR","rates":{"USD":1.0800,"NOK":11.50}}'),
  '/api/shapes/accounts/acc-1': {
    type: 'application/json;charset=UTF-8',
    body: '{"accountId":"acc-1","alias":null,"limit":1.00,"tags":{"a":"b"},"flags":{"frozen":true,"x":1},"extra":{"a":1},"zzz":1}',
  },
  '/api/shapes/accounts/acc-1/items': text(
    '{"items":[{"kind":"card","id":"1","network":"visa","creditLimit":100.00,"pan":"4111111111111111"},{"kind":"loan","id":"2","principal":1e3,"rate":3.250}]}',
  ),
  '/api/shapes/accounts/acc-1/settings': json({ theme: { name: 'dark', x: 1 }, free: { a: 1 } }),
  '/broken/accounts': json([{ account_id: 'acc-1', currency: 'EUR' }]),
  '/broken/accounts/acc-1': json({ account_id: 'acc-1' }),
  '/broken/accounts/acc-1/balances': json({ account_id: 'acc-1', amount: '1' }),
  '/accounts': json([{ accountId: 'acc-1', status: 'open', secretNote: 's', version: 3 }]),
  '/accounts/acc-1': json({ accountId: 'acc-1', status: 'open', secretNote: 's', version: 3 }),
  '/accounts/acc-1/transactions': { type: 'text/csv; charset=utf-8', body: 'id;amount\n1;2.00\n' },
  '/accounts/acc-1/statements/s1/file': { type: 'application/pdf', body: '%PDF-1.4 x' },
  '/accounts/acc-1/statements/s2/file': json({ error: 'core dump' }),
  '/misplaced/accounts/acc-1/balances': json({ iban: 'X' }),
}
