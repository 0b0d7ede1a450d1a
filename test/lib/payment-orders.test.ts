/** Payments read from messages, and batches compared: properties over generated payments, and the messages that name nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AuthenticatedPayments,
  type CanonicalPayment,
  canonicalPayment,
  comparePayments,
  type JsonObject,
  type JsonValue,
  PAYMENT_FIELDS,
  type PaymentMapping,
  type PaymentOrder,
  paymentText,
  readAuthorizationDetails,
  readPayments,
} from '../../src/lib/index.ts'

const NUM_RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const IBANS = ['DE02100100109307118603', 'DE89370400440532013000', 'GB29NWBK60161331926819']

const money = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 17n - 1n }), fc.integer({ min: 0, max: 99 }))
  .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`)
const sound = fc.record<PaymentOrder>(
  {
    amount: money,
    currency: fc.constantFrom('EUR', 'GBP', 'usd'),
    creditorAccount: fc
      .constantFrom(...IBANS)
      .map((identification) => ({ scheme: 'iban', identification })),
    creditorName: fc.constantFrom('Acme', 'Zoë Ltd', 'B & Q'),
    remittance: fc.array(fc.constantFrom('a', 'b c', 'Invoice 42'), { maxLength: 3 }),
    endToEndId: fc.stringMatching(/^[a-z0-9]{1,20}$/),
  },
  { requiredKeys: ['amount', 'currency', 'creditorAccount'] },
)

function made(order: PaymentOrder): CanonicalPayment {
  const outcome = canonicalPayment(order)
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.payment
}

test('property: a payment equals itself and no other, and its text says the same', () => {
  fc.assert(
    fc.property(sound, sound, (a, b) => {
      const [x, y] = [made(a), made(b)]
      assert.deepEqual(comparePayments([x], [x]), [])
      const same = comparePayments([x], [y]).length === 0 && comparePayments([y], [x]).length === 0
      assert.equal(paymentText(x) === paymentText(y), same)
    }),
    { numRuns: NUM_RUNS },
  )
})

test('property: whatever is written, canonicalPayment() answers, and says of each fault its field', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), money, fc.constantFrom(...IBANS, 'EUR'))
  fc.assert(
    fc.property(fc.array(anything, { minLength: 8, maxLength: 8 }), (texts) => {
      const [amount = '', currency = '', identification = '', creditorName = ''] = texts
      const [scheme = '', remittance = '', endToEndId = '', executionDate = ''] = texts.slice(4)
      const order = { amount, currency, creditorName, endToEndId, executionDate }
      const account = { scheme, identification }
      const outcome = canonicalPayment({
        ...order,
        creditorAccount: account,
        remittance: [remittance],
      })
      if (outcome.ok) return assert.ok(paymentText(outcome.payment) !== '')
      assert.ok(outcome.faults.length > 0)
      for (const { field } of outcome.faults) assert.ok(PAYMENT_FIELDS.includes(field))
    }),
    { numRuns: NUM_RUNS },
  )
})

test('property: a batch in any order is the batch; with one payment changed it is not', () => {
  const batches = fc.array(sound, { minLength: 2, maxLength: 6 })
  fc.assert(
    fc.property(
      batches,
      fc.nat(),
      fc.constantFrom('amount', 'payee', 'name'),
      (orders, at, what) => {
        const batch = orders.map(made)
        assert.deepEqual(comparePayments(batch, batch.toReversed()), [])
        const changed = orders.map((order, index) =>
          index === at % orders.length ? altered(order, what) : order,
        )
        assert.notDeepEqual(comparePayments(batch, changed.map(made)), [])
        assert.notDeepEqual(comparePayments(batch, batch.slice(1)), [])
      },
    ),
    { numRuns: Math.ceil(NUM_RUNS / 4) },
  )
})

function altered(order: PaymentOrder, what: string): PaymentOrder {
  if (what === 'amount') return { ...order, amount: `${String(order.amount).slice(0, -3)}1.00` }
  if (what === 'name') return { ...order, creditorName: 'Mallory' }
  return { ...order, creditorAccount: { scheme: 'iban', identification: 'BE68539007547034' } }
}

const A = { amount: '10.00', currency: 'EUR', creditorAccount: iban(0) }
const B = { amount: '20.00', currency: 'EUR', creditorAccount: iban(1) }

function iban(at: number): { readonly scheme: string; readonly identification: string } {
  return { scheme: 'iban', identification: IBANS[at] ?? '' }
}

test('comparePayments() tells a batch by its total, its payees and the amount of each', () => {
  const batch = [made(A), made(B)]
  const differs = (...orders: PaymentOrder[]) =>
    comparePayments(batch, orders.map(made)).map(({ field }) => field)
  assert.deepEqual(differs(B, A), [])
  assert.deepEqual(differs(A, { ...B, amount: '21.00' }), ['amount'])
  assert.deepEqual(differs(A, { ...B, creditorAccount: iban(2) }), ['creditorAccount'])
  assert.deepEqual(differs({ ...A, amount: '20.00' }, { ...B, amount: '10.00' }), ['amount'])
  assert.deepEqual(differs(A, { ...B, currency: 'USD' }), ['amount'])
  assert.deepEqual(differs(A), ['amount', 'creditorAccount'])
  assert.deepEqual(differs(), ['amount'])
})

test('comparePayments() lets what is free be added, and never be changed or left out', () => {
  const free = new Set(['endToEndId'] as const)
  const with1 = made({ ...A, endToEndId: '1' })
  assert.deepEqual(comparePayments([made(A)], [with1], free), [])
  assert.deepEqual(comparePayments([with1], [made(A)], free), [
    { field: 'endToEndId', kind: 'missing' },
  ])
  const changed = comparePayments([with1], [made({ ...A, endToEndId: '2' })], free)
  assert.deepEqual(changed, [{ field: 'endToEndId', kind: 'changed' }])
})

const OBIE: PaymentMapping = {
  id: 'obie',
  fields: {
    amount: ['/Data/Amount'],
    currency: ['/Data/Currency'],
    creditorAccount: ['/Data/CreditorAccount', '/Data/Creditor'],
    creditorName: ['/Data/CreditorAccount/Name', '/Data/CreditorName'],
    remittance: ['/Data/Text', '/Data/Texts'],
  },
}
const DATA = {
  Amount: '1.00',
  Currency: 'EUR',
  CreditorAccount: { SchemeName: 'UK.OBIE.IBAN', Identification: IBANS[0] ?? '', Name: 'Acme' },
}

function read(data: JsonValue): string {
  const outcome = readPayments({ Data: data }, OBIE)
  if (!outcome.ok) return `${outcome.fault.field} ${outcome.fault.reason}`
  return outcome.payments.map(paymentText).join()
}

test('readPayments() reads a message by its mapping, in every form of an account', () => {
  const expected = `amount=100\ncurrency=EUR\ncreditorAccount=iban:${IBANS[0]}\ncreditorName=acme`
  assert.equal(read(DATA), expected)
  for (const account of [
    { iban: IBANS[0] ?? '', Name: 'Acme' },
    { other: { schemeName: 'IBAN', identification: IBANS[0] ?? '' }, Name: 'Acme' },
  ])
    assert.equal(read({ ...DATA, CreditorAccount: account }), expected)
  const brazil = { ispb: '12345678', issuer: '1774', number: '1234567890', accountType: 'CACC' }
  assert.match(read({ ...DATA, CreditorAccount: brazil }), /other br:12345678\/1774\/1234567890/)
  assert.equal(read({ ...DATA, Text: ['a', 'b'], Texts: 'c' }), `${expected}\nremittance=a\\nb\\nc`)
})

test('readPayments() refuses what two readers would read in two ways', () => {
  const account = DATA.CreditorAccount
  for (const [data, fault] of [
    [{ ...DATA, Amount: 1 }, 'amount unreadable'],
    [{ ...DATA, Amount: null }, 'amount unreadable'],
    [{ ...DATA, Amount: ['1.00'] }, 'amount unreadable'],
    [{ ...DATA, Currency: '' }, 'currency missing'],
    [{ ...DATA, CreditorAccount: {} }, 'creditorAccount missing'],
    [{ ...DATA, CreditorAccount: IBANS[0] ?? '' }, 'creditorAccount unreadable'],
    [
      { ...DATA, CreditorAccount: { ...account, iban: IBANS[1] ?? '' } },
      'creditorAccount unreadable',
    ],
    [
      { ...DATA, CreditorAccount: { ...account, identification: 'x' } },
      'creditorAccount unreadable',
    ],
    [{ ...DATA, CreditorAccount: { ...account, SchemeName: 1 } }, 'creditorAccount unreadable'],
    [{ ...DATA, CreditorAccount: { maskedPan: '1' } }, 'creditorAccount unreadable'],
    [{ ...DATA, Creditor: { iban: IBANS[1] ?? '' } }, 'creditorAccount unreadable'],
    [{ ...DATA, CreditorName: 'Mallory' }, 'creditorName unreadable'],
    [{ ...DATA, CreditorName: 'Acm\u0435' }, 'creditorName unreadable'],
    [{ ...DATA, CreditorName: 'Ac\u200bme' }, 'creditorName unreadable'],
    [{ ...DATA, Text: [1] }, 'remittance unreadable'],
    [{ ...DATA, Text: { line: 'x' } }, 'remittance unreadable'],
  ] as const)
    assert.equal(read(data), fault)
  assert.match(read({ ...DATA, Creditor: { iban: IBANS[0] ?? '' }, CreditorName: 'Acme' }), /iban/)
  // One name in two spellings is one payee.
  assert.equal(read({ ...DATA, CreditorName: ' ACME' }), read(DATA))
  assert.equal(readPayments('text', OBIE).ok, false)
})

test('readPayments() takes a batch up to its cap, with what stands beside it', () => {
  const mapping: PaymentMapping = {
    id: 'batch',
    payments: '/payments',
    fields: {
      amount: ['/amount'],
      currency: ['/currency'],
      creditorAccount: ['/creditorAccount'],
      debtorAccount: ['/debtorAccount'],
    },
  }
  const one = { amount: '1.00', currency: 'EUR', creditorAccount: { iban: IBANS[0] ?? '' } }
  const batch = (count: number) =>
    readPayments(
      {
        payments: Array.from({ length: count }, () => one),
        debtorAccount: { iban: IBANS[1] ?? '' },
      },
      mapping,
    )
  const whole = batch(1000)
  assert.ok(whole.ok && whole.payments.length === 1000)
  assert.ok(whole.payments[0]?.fields.has('debtorAccount'))
  assert.deepEqual(batch(1001), { ok: false, fault: { field: 'amount', reason: 'too-long' } })
  assert.deepEqual(batch(0), { ok: false, fault: { field: 'amount', reason: 'missing' } })
  assert.equal(readPayments({ payments: 'all' }, mapping).ok, false)
})

test('a batch that says of all what one of its payments denies names nobody', () => {
  const mapping: PaymentMapping = {
    id: 'batch',
    payments: '/payments',
    fields: {
      amount: ['/amount'],
      currency: ['/currency'],
      creditorAccount: ['/creditorAccount'],
      creditorName: ['/creditorName'],
      remittance: ['/text', '/lines'],
    },
  }
  const one = {
    amount: '1.00',
    currency: 'EUR',
    creditorAccount: { iban: IBANS[0] ?? '' },
    creditorName: 'Acme',
    text: 'a',
  }
  const read = (beside: JsonObject, payments = [one]) => {
    const outcome = readPayments({ ...beside, payments }, mapping)
    return outcome.ok ? outcome.payments.map(paymentText) : outcome.fault
  }
  const alone = read({})
  for (const [beside, field] of [
    [{ amount: '9999.00' }, 'amount'],
    [{ amount: 5 }, 'amount'],
    [{ amount: '' }, 'amount'],
    [{ currency: 'GBP' }, 'currency'],
    [{ creditorAccount: { iban: IBANS[1] ?? '' } }, 'creditorAccount'],
    [{ creditorAccount: 'x' }, 'creditorAccount'],
    [{ creditorName: 'Bob' }, 'creditorName'],
    [{ text: 'b' }, 'remittance'],
  ] as const)
    assert.deepEqual(read(beside), { field, reason: 'unreadable' }, JSON.stringify(beside))
  // Said twice alike it is said once.
  for (const beside of [
    { amount: '1.00', currency: 'EUR' },
    { creditorAccount: { iban: 'DE02 1001 0010 9307 1186 03' } },
    { creditorName: ' ACME' },
    { text: 'a' },
  ])
    assert.deepEqual(read(beside), alone, JSON.stringify(beside))
  // Of two payments the one that differs is enough.
  assert.deepEqual(read({ amount: '1.00' }, [one, { ...one, amount: '2.00' }]), {
    field: 'amount',
    reason: 'unreadable',
  })
})

/** RFC 9396 §2, figure 2. */
const DETAIL = {
  type: 'payment_initiation',
  locations: ['https://example.com/payments'],
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant A',
  creditorAccount: { bic: 'ABCIDEFFXXX', iban: 'DE02100100109307118603' },
  remittanceInformationUnstructured: 'Ref Number Merchant',
}

function texts(known: AuthenticatedPayments): unknown {
  return known.kind === 'unreadable'
    ? known.kind
    : known.payments.map((one) => one.map(paymentText))
}

test("readAuthorizationDetails() reads the RFC's own example, beside details of other kinds", () => {
  const [[text = ''] = []] = texts(
    readAuthorizationDetails([{ type: 'account_information', actions: ['list'] }, DETAIL]),
  ) as string[][]
  assert.deepEqual(text.split('\n'), [
    'amount=12350',
    'currency=EUR',
    'creditorAccount=iban:DE02100100109307118603',
    'creditorName=merchant a',
    'creditorAgent=ABCIDEFF',
    'remittance=Ref Number Merchant',
  ])
})

test('readAuthorizationDetails() is unreadable where a payment is, and empty where none is', () => {
  for (const value of [undefined, [], [{ type: 'account_information' }]])
    assert.deepEqual(texts(readAuthorizationDetails(value)), [])
  for (const value of [
    null,
    'payment',
    { ...DETAIL },
    [null],
    [{ instructedAmount: DETAIL.instructedAmount }],
    [{ ...DETAIL, instructedAmount: { currency: 'EUR', amount: 123.5 } }],
    [DETAIL, { ...DETAIL, creditorAccount: {} }],
    Array.from({ length: 33 }, () => DETAIL),
  ] as readonly JsonValue[])
    assert.equal(texts(readAuthorizationDetails(value)), 'unreadable')
  assert.equal(
    (texts(readAuthorizationDetails(Array.from({ length: 32 }, () => DETAIL))) as []).length,
    32,
  )
})
