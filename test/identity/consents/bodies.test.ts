/** Whatever a third party sends, a face takes it or says no in its own words; nothing of what was sent comes back in a refusal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { berlinGroup } from '../../../src/identity/consents/berlin-group/face.ts'
import type { ConsentBook } from '../../../src/identity/consents/consent-book.ts'
import type { Face } from '../../../src/identity/consents/face.ts'
import { newConsent } from '../../../src/identity/consents/machine.ts'
import { date, dateTime, object, text } from '../../../src/identity/consents/shape.ts'
import { ukObie } from '../../../src/identity/consents/uk-obie/face.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import { T0 } from './terms.ts'

const RUNS = Math.max(2_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

/** Takes everything: what a face lets through is seen in what it hands over. */
const book: ConsentBook = {
  create: (terms, of) =>
    Promise.resolve({ kind: 'made', consent: newConsent(terms, { id: 'c', ...of }, T0) }),
  find: () => Promise.resolve(undefined),
  peek: () => Promise.resolve(undefined),
  ofCustomer: () => Promise.resolve([]),
  page: () => Promise.resolve({ consents: [], next: null }),
  act: () => Promise.resolve({ ok: false, error: 'unknown' }),
  settle: () => Promise.resolve({ ok: false, error: 'unknown' }),
  usesOf: () => Promise.resolve([]),
  hearUses: () => Promise.resolve(),
  look: () => Promise.resolve(),
}
const parts = { book, origin: 'https://x.example', now: () => T0 }
const UK = ukObie({ ...parts, randomUuid: () => 'u' })
const BG = berlinGroup({ ...parts, embedded: undefined, device: undefined })
const DEBTOR = { iban: 'DE89370400440532013000' }
const TRANSFER = {
  instructedAmount: { currency: 'EUR', amount: '1.00' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'n',
  remittanceInformationUnstructured: 'r',
}
const RESOURCES: readonly (readonly [Face, readonly string[], JsonObject])[] = [
  [
    UK,
    ['aisp', 'account-access-consents'],
    { Data: { Permissions: ['ReadAccountsBasic'] }, Risk: {} },
  ],
  [
    UK,
    ['pisp', 'domestic-payment-consents'],
    {
      Data: {
        Initiation: {
          InstructionIdentification: 'a',
          EndToEndIdentification: 'b',
          InstructedAmount: { Amount: '1.00', Currency: 'GBP' },
          CreditorAccount: {
            SchemeName: 'UK.OBIE.SortCodeAccountNumber',
            Identification: '08080021325698',
            Name: 'n',
          },
        },
      },
      Risk: {},
    },
  ],
  [
    BG,
    ['consents'],
    {
      access: { balances: [{ iban: 'DE89370400440532013000' }] },
      recurringIndicator: true,
      validUntil: '2099-12-31',
      frequencyPerDay: 4,
      combinedServiceIndicator: false,
    },
  ],
  [
    BG,
    ['bulk-payments', 'sepa-credit-transfers'],
    { debtorAccount: DEBTOR, batchBookingPreferred: false, payments: [TRANSFER, TRANSFER] },
  ],
  [
    BG,
    ['periodic-payments', 'target-2-payments'],
    {
      ...TRANSFER,
      debtorAccount: DEBTOR,
      startDate: '2099-01-01',
      endDate: '2099-12-31',
      frequency: 'Monthly',
      dayOfExecution: '31',
      executionRule: 'preceding',
    },
  ],
]
async function create(face: Face, path: readonly string[], body: JsonObject) {
  const found = face.route('POST', path)
  assert.ok(found !== undefined && 'run' in found)
  return found.run({
    method: 'POST',
    path,
    client: 'tpp',
    body,
    written: body,
    header: () => 'key',
  })
}

test('any JSON is taken or refused, never more, and a refusal repeats nothing', async () => {
  for (const [face, path, sound] of RESOURCES) {
    assert.equal((await create(face, path, sound)).status, 201, path.join('/'))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (body) => {
        const { status } = await create(face, path, body as JsonObject) // sound: it is JSON
        assert.equal(status, 400)
      }),
      { numRuns: RUNS },
    )
  }
})

test('a sound body with one member spoilt, removed or added is refused', async () => {
  let seen = 0
  const spoil = fc.constantFrom<unknown>(null, 7, '', 'x\u0000', [], {}, 'x'.repeat(3_000), {
    'se\u0001cret': 1,
  })
  for (const [face, path, sound] of RESOURCES) {
    const places = placesIn(sound)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), spoil, async (place, value) => {
        const { status, body } = await create(face, path, changed(sound, place, value))
        if (status === 201) return // such as an empty list where a list may be empty
        seen++
        assert.equal(status, 400)
        assert.doesNotMatch(JSON.stringify(body), /cret|xxx/)
      }),
      { numRuns: 500 },
    )
    for (const place of places) {
      const added = changed(sound, [...place.slice(0, -1), 'surprise'], 1)
      assert.equal((await create(face, path, added)).status, 400, place.join('.'))
    }
  }
  assert.ok(seen > 1_000, 'the check is blind')
})

test('a payment may be for today, and for no day before', async () => {
  const day = (days: number): string => new Date(T0 + days * 86_400_000).toISOString().slice(0, 10)
  for (const at of [T0, Date.parse(`${day(0)}T00:00:00Z`), Date.parse(`${day(0)}T23:59:59.999Z`)]) {
    const face = berlinGroup({ ...parts, now: () => at, embedded: undefined, device: undefined })
    for (const [days, status] of [
      [-1, 400],
      [0, 201],
      [1, 201],
    ] as const)
      for (const [service, body] of [
        ['payments', { ...TRANSFER, debtorAccount: DEBTOR, requestedExecutionDate: day(days) }],
        [
          'bulk-payments',
          { debtorAccount: DEBTOR, payments: [TRANSFER], requestedExecutionDate: day(days) },
        ],
        [
          'bulk-payments',
          {
            debtorAccount: DEBTOR,
            payments: [TRANSFER],
            requestedExecutionTime: `${day(days)}T00:00:00+02:00`,
          },
        ],
        [
          'periodic-payments',
          { ...TRANSFER, debtorAccount: DEBTOR, startDate: day(days), frequency: 'Daily' },
        ],
      ] as const) {
        const answer = await create(face, [service, 'sepa-credit-transfers'], body)
        assert.equal(answer.status, status, `${service} ${days}`)
        if (status === 400) assert.match(JSON.stringify(answer.body), /EXECUTION_DATE_INVALID/)
      }
  }
})

test('a standing order of the UK whose schedule has passed, or ends before it begins, is refused with the member', async () => {
  const day = (days: number): string => new Date(T0 + days * 86_400_000).toISOString()
  const sent = (schedule: JsonObject): JsonObject => ({
    Data: {
      Permission: 'Create',
      Initiation: {
        MandateRelatedInformation: { Frequency: { Type: 'MNTH' }, ...schedule },
        FirstPaymentAmount: { Amount: '1.00', Currency: 'GBP' },
        CreditorAccount: {
          SchemeName: 'UK.OBIE.SortCodeAccountNumber',
          Identification: '08080021325698',
          Name: 'n',
        },
      },
    },
    Risk: {},
  })
  for (const [schedule, wrong] of [
    [{ FirstPaymentDateTime: day(-1) }, 'FirstPaymentDateTime'],
    [{ RecurringPaymentDateTime: day(-1) }, 'RecurringPaymentDateTime'],
    [{ FinalPaymentDateTime: day(-1) }, 'FinalPaymentDateTime'],
    [{ FirstPaymentDateTime: day(9), FinalPaymentDateTime: day(8) }, 'FinalPaymentDateTime'],
    [{ FirstPaymentDateTime: day(9), RecurringPaymentDateTime: day(8) }, 'RecurringPaymentDateTime'], // prettier-ignore
    [{ RecurringPaymentDateTime: day(9), FinalPaymentDateTime: day(8) }, 'FinalPaymentDateTime'],
    // Midnight of a day that is still today somewhere.
    [{ FirstPaymentDateTime: day(-0.9) }, undefined],
    [{ FirstPaymentDateTime: day(9), FinalPaymentDateTime: day(9) }, undefined],
    [{}, undefined],
  ] as const) {
    const path = ['pisp', 'domestic-standing-order-consents']
    const { status, body } = await create(UK, path, sent(schedule))
    const told = JSON.stringify(body)
    assert.equal(status, wrong === undefined ? 201 : 400, JSON.stringify(schedule))
    if (wrong !== undefined) assert.match(told, new RegExp(`U003.*Information\\.${wrong}"`))
  }
})

test('times are those of RFC 3339 that are there, texts those that a person can read', () => {
  for (const good of ['2026-02-28T00:00:00Z', '2024-02-29T23:59:59.123+05:30'])
    assert.equal(dateTime(good, ''), undefined, good)
  for (const bad of [
    '2026-02-30T00:00:00Z',
    '2026-02-28',
    '2026-02-28T24:00:01Z',
    '2026-02-28T24:00:00Z',
    '2026-02-28T00:00:00',
    7,
    null,
  ])
    assert.equal(dateTime(bad, 'p')?.path, 'p', String(bad))
  assert.equal(date('2024-02-29', ''), undefined)
  for (const bad of ['2023-02-29', '2024-13-01', '2024-2-9', 'x']) assert.ok(date(bad, ''), bad)
  assert.equal(text(3)('abc', ''), undefined)
  for (const bad of ['', 'abcd', 'a\n', 7]) assert.ok(text(3)(bad, ''), String(bad))
  assert.deepEqual(object({ a: text(1) })({}, 'x'), { path: 'x.a', kind: 'missing' })
  assert.deepEqual(object({})(JSON.parse('{"__proto__":1}') as JsonObject, 'x'), {
    path: 'x',
    kind: 'unexpected',
  })
})

function placesIn(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, member]) => [
    [...at, name],
    ...placesIn(member, [...at, name]),
  ])
}
function changed(
  of: JsonObject,
  [first = '', ...rest]: readonly string[],
  value: unknown,
): JsonObject {
  const inner = of[first]
  const next =
    rest.length === 0
      ? value
      : changed(
          (typeof inner === 'object' && inner !== null ? inner : {}) as JsonObject,
          rest,
          value,
        )
  return { ...of, [first]: next } as JsonObject // sound: what stands in it is JSON
}
