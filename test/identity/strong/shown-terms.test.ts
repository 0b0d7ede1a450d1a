/** What beside amount and payee a customer sees before confirming: of what is signed, nothing is left out and no code of a standard stays one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newConsent } from '../../../src/identity/consents/machine.ts'
import { chooseLanguage } from '../../../src/identity/screens/language.ts'
import { consentText } from '../../../src/identity/screens/wording.ts'
import { strongShown } from '../../../src/identity/strong/strong-page.ts'
import { type JsonObject, ordersInDetails } from '../../../src/lib/index.ts'
import { linkTransaction } from '../../../src/sca/transactions/linked.ts'
import { ACCOUNTS, T0 } from '../consents/terms.ts'
import { paymentOf } from '../../sca/rig.ts'

const DETAIL = {
  type: 'payment_initiation',
  instructedAmount: { amount: '165.88', currency: 'GBP' },
  creditorName: 'ACME Inc',
  creditorAccount: { iban: 'DE89370400440532013000' },
  currencyOfTransfer: 'USD',
  exchangeRateInformation: { UnitCurrency: 'GBP', ExchangeRate: '1.2500', RateType: 'Agreed' },
  chargeBearer: 'BorneByDebtor',
  destinationCountryCode: 'US',
  frequency: 'MNTH',
  countPerPeriod: '1',
  dayOfExecution: '05',
  numberOfPayments: '12',
  endDate: '2100-05-30',
}
const consent = newConsent(
  { ...ACCOUNTS, kind: 'payment', permissions: [], payments: [DETAIL] },
  { id: 'c', client: 'tpp', regime: 'plain' },
  T0,
)

for (const [tag, words] of [
  ['en', ['You pay them', 'Every month', 'Payee is paid in', 'Number of payments']],
  ['de', ['Zahlen Sie', 'Monatlich', 'Empfänger erhält', 'Anzahl der Zahlungen']],
] as const)
  test(`currency, rate, charges and schedule stand on both pages: ${tag}`, () => {
    const language = chooseLanguage(tag, undefined)
    const linked = linkTransaction('id', 'nonce', {
      ...paymentOf('amira'),
      purpose: { kind: 'payment', payments: ordersInDetails([DETAIL]) ?? [] },
    })
    assert.ok(linked.ok)
    const { shown } = linked.value
    const signed = strongShown({ language, consent, presentation: { shown } as never }).text // sound: no more of it is looked at
    for (const text of [signed, consentText(language, consent).text]) {
      for (const word of [
        ...words,
        'USD',
        '1.2500',
        'Agreed',
        '>US<',
        '>05<',
        '>12<',
        '2100-05-30',
      ])
        assert.ok(text.includes(word), `${word} in ${text}`)
      for (const code of ['MNTH', 'BorneByDebtor']) assert.ok(!text.includes(code), code)
    }
  })

test('a code that nobody knows here stands as it is, and as text', () => {
  const language = chooseLanguage('en', undefined)
  const odd = { ...DETAIL, frequency: '<b>FRTN', chargeBearer: 'constructor' }
  const { text } = consentText(language, { ...consent, payments: [odd] })
  assert.ok(text.includes('&lt;b&gt;FRTN') && text.includes('constructor'))
})

for (const [tag, text, reference] of [
  ['en', 'Reference', 'Reference for the payee'],
  ['de', 'Verwendungszweck', 'Referenz für den Empfänger'],
] as const)
  test(`the text of a payment and the reference of its payee stand on both pages, each by its name: ${tag}`, () => {
    const language = chooseLanguage(tag, undefined)
    const [free, structured] = ['Rent <b>May</b> & June', 'RF18<i>539']
    const pages = (detail: JsonObject): readonly string[] => {
      const linked = linkTransaction('id', 'nonce', {
        ...paymentOf('amira'),
        purpose: { kind: 'payment', payments: ordersInDetails([detail]) ?? [] },
      })
      assert.ok(linked.ok)
      const { shown } = linked.value
      const asked = newConsent(
        { ...ACCOUNTS, kind: 'payment', permissions: [], payments: [detail] },
        { id: 'c', client: 'tpp', regime: 'plain' },
        T0,
      )
      return [
        strongShown({ language, consent, presentation: { shown } as never }).text, // sound: no more of it is looked at
        consentText(language, asked).text,
      ]
    }
    /** What stands under a name, without its marks; `undefined`: the name is not there. */
    const under = (page: string, name: string): string | undefined =>
      new RegExp(`<dt>${name}</dt>\\s*<dd[^>]*>(.*?)</dd>`, 's').exec(page)?.[1]
    const both = {
      ...DETAIL,
      remittanceInformationUnstructured: free,
      remittanceInformationStructured: structured,
    }
    for (const page of pages(both)) {
      assert.match(under(page, text) ?? '', /Rent &lt;b&gt;May&lt;\/b&gt; &amp; June/)
      assert.match(under(page, reference) ?? '', /RF18&lt;i&gt;539/)
      assert.doesNotMatch(page, /<b>|<i>/)
    }
    for (const page of pages({ ...DETAIL, remittanceInformationUnstructured: free })) {
      assert.ok(under(page, text)?.includes('Rent'))
      assert.equal(under(page, reference), undefined)
    }
    for (const page of pages({ ...DETAIL, remittanceInformationStructured: structured })) {
      assert.equal(under(page, text), undefined)
      assert.ok(under(page, reference)?.includes('RF18'))
    }
  })
