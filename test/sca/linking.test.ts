/** From a transaction to its payment, and everything that a code is not good for (RTS Art. 4 and 5). */
import assert from 'node:assert/strict'
import type { PaymentOrder } from '../../src/lib/index.ts'
import type { RedeemRequest } from '../../src/sca/index.ts'
import { onBothStores } from './on-both-stores.ts'
import {
  AUDIENCE,
  CLIENT,
  codeFor,
  enrolDevice,
  enrolPasscode,
  PAYMENT,
  paymentOf,
  type Rig,
} from './rig.ts'

function redeem(
  rig: Pick<Rig, 'sca' | 'anna'>,
  code: string,
  changes: Partial<RedeemRequest> = {},
  payment: Partial<PaymentOrder> = {},
) {
  return rig.sca.transactions.redeem({
    code,
    expectedAudience: AUDIENCE,
    client: CLIENT,
    subject: rig.anna,
    consentId: 'consent-1',
    purpose: { kind: 'payment', payments: [{ ...PAYMENT, ...payment }] },
    ...changes,
  })
}
const refusal = async (outcome: ReturnType<typeof redeem>): Promise<string> => {
  const result = await outcome
  return result.ok ? 'redeemed' : result.error.code
}
async function anna(rig: Rig) {
  await enrolPasscode(rig, rig.anna)
  return enrolDevice(rig, rig.anna)
}

onBothStores('a payment that was authenticated is redeemed once, as it was shown', async (rig) => {
  const device = await anna(rig)
  const { code } = await codeFor(rig, device, paymentOf(rig.anna))
  // Written otherwise, and the same: as the gateway compares it.
  const same = {
    creditorName: 'BÄCKEREI  müller',
    amount: '120.5',
    creditorAccount: { scheme: 'UK.OBIE.IBAN', identification: 'DE89370400440532013000' },
  }
  const redeemed = await redeem(rig, code, {}, same)
  assert.ok(redeemed.ok, JSON.stringify(redeemed))
  assert.deepEqual(
    redeemed.value.factors.map(({ kind }) => kind),
    ['passcode', 'approval'],
  )
  assert.equal(await refusal(redeem(rig, code)), 'GH_SCA_CODE_SPENT')
})

onBothStores('of 50 who redeem one code at once, one does, in whichever process', async (rig) => {
  const device = await anna(rig)
  const { code } = await codeFor(rig, device, paymentOf(rig.anna))
  const other = { ...rig, sca: rig.another() }
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, at) => refusal(redeem(at % 2 === 0 ? rig : other, code))),
  )
  assert.equal(outcomes.filter((one) => one === 'redeemed').length, 1)
  assert.equal(outcomes.filter((one) => one === 'GH_SCA_CODE_SPENT').length, 49)
})

for (const [what, payment] of [
  ['another amount', { amount: '120.51' }],
  ['another currency', { currency: 'USD' }],
  ['another payee', { creditorName: 'Bäckerei Möller' }],
  ['a payee that looks the same', { creditorName: 'B\u00e4\u0441kerei M\u00fcller' }],
  ['a payee with a hidden character', { creditorName: 'Bäckerei\u200b Müller' }],
  [
    'another account',
    { creditorAccount: { scheme: 'iban', identification: 'GB29NWBK60161331926819' } },
  ],
  [
    'another debtor',
    { debtorAccount: { scheme: 'iban', identification: 'GB29NWBK60161331926819' } },
  ],
] as const)
  onBothStores(`with ${what} a code is refused, and void from then on`, async (rig) => {
    const device = await anna(rig)
    const { code } = await codeFor(rig, device, paymentOf(rig.anna))
    assert.equal(await refusal(redeem(rig, code, {}, payment)), 'GH_SCA_LINK_MISMATCH')
    assert.equal(await refusal(redeem(rig, code)), 'GH_SCA_CODE_SPENT')
  })

const SERIES_ABROAD: Partial<PaymentOrder> = {
  transferCurrency: 'USD',
  exchangeRate: '{"ExchangeRate":"1.10","RateType":"Agreed","UnitCurrency":"GBP"}',
  chargeBearer: 'Shared',
  destination: 'US',
  frequency: 'MNTH',
  countPerPeriod: '1',
  executionDay: '05',
  count: '12',
  lastDate: '2027-05-30',
}
onBothStores(
  'a code is for the currency, rate, charges and series that were shown',
  async (rig) => {
    const device = await anna(rig)
    for (const [field, other] of [
      [],
      ['transferCurrency', 'EUR'],
      ['exchangeRate', '{"ExchangeRate":"1.11","RateType":"Agreed","UnitCurrency":"GBP"}'],
      ['chargeBearer', 'BorneByDebtor'],
      ['destination', 'DE'],
      ['frequency', 'WEEK'],
      ['countPerPeriod', '2'],
      ['executionDay', '06'],
      ['count', '13'],
      ['lastDate', '2028-05-30'],
    ] as const) {
      const { code } = await codeFor(rig, device, paymentOf(rig.anna, SERIES_ABROAD))
      const asked = field === undefined ? SERIES_ABROAD : { ...SERIES_ABROAD, [field]: other }
      const expected = field === undefined ? 'redeemed' : 'GH_SCA_LINK_MISMATCH'
      assert.equal(await refusal(redeem(rig, code, {}, asked)), expected, field)
    }
  },
)
