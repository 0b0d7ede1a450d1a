/** Faults of objects and payments. */
import { BASE } from '../house.ts'
import { order, paymentBody } from '../recipe.ts'
import { OTHER_PAYMENT, PAYMENT } from '../world.ts'
import { type Around, type Fault, fault, ofApi, pays } from './fault.ts'

export const OBJECTS = [
  fault(
    'an account of somebody else',
    ({ path }) => /accounts\/A[12]/.test(path),
    (recipe, { one }) => {
      recipe.path = recipe.path.replace(
        /\/A[12]/,
        `/${one('A3', 'A9', 'a1', 'A1,A2', 'x'.repeat(41))}`,
      )
    },
  ),
  fault(
    'a consent of somebody else',
    ({ operation }) => operation === 'GetDomesticPaymentConsents',
    (recipe, { one }) => {
      recipe.path = `${BASE.payments}/domestic-payment-consents/${one('pay-other-client', 'read-other-client', 'read-all')}`
    },
  ),
  fault('another consent in the body', pays, (recipe, { one }) => {
    recipe.body = one(
      paymentBody('pay-other-client', order()),
      paymentBody('', order()),
      '{"Data":{},"Risk":{}}',
      '{"Data":{"ConsentId":7}}',
    )
  }),
  fault(
    'a consent that is over, or not yet there',
    ({ operation, token }) =>
      token !== null && operation.startsWith('Get') && !operation.includes('Domestic'),
    (recipe, { one }) => {
      if (recipe.token === null) return
      recipe.token.claims['consent_id'] = one(
        'read-expired',
        'read-expiring',
        'read-early',
        'read-revoked',
        'read-awaiting',
        'read-balances',
      )
    },
  ),
  fault('a feed that says nothing any more', ofApi, (recipe, { one }) => {
    recipe.feedAgeMs = one(
      60_001,
      60_000,
      120_001,
      300_000,
      300_001,
      3_600_000,
      3_600_001,
      Infinity,
    )
  }),
]

const initiation = (
  change: (made: Record<string, unknown>, around: Around) => void,
  name: string,
): Fault =>
  fault(name, pays, (recipe, around) => {
    const made = order()
    change(made, around)
    const { consent_id: consent } = recipe.token?.claims ?? {}
    recipe.body = paymentBody(typeof consent === 'string' ? consent : 'pay', made)
  })
const account = (SchemeName: string, Identification: string): unknown => ({
  SchemeName,
  Identification,
  Name: 'ACME Inc',
})
export const PAYMENTS = [
  initiation((made, { one }) => {
    made['InstructedAmount'] = {
      Amount: one(
        '165.880',
        '165.88000',
        '165.9',
        '165.8',
        '16588',
        '0',
        '0.00',
        '165,88',
        '1.6588e2',
        '+165.88',
        '0165.88',
        '165.881',
        '99999999999999999999',
      ),
      Currency: one('GBP', 'gbp'),
    }
  }, 'another amount'),
  initiation((made, { one }) => {
    made['InstructedAmount'] = {
      Amount: one('165.88', '165'),
      Currency: one('EUR', 'EUR', 'EUR', 'JPY', 'XXQ', 'gBp', '£££'),
    }
  }, 'another currency'),
  initiation((made, { one }) => {
    made['CreditorAccount'] = one(
      account('UK.OBIE.IBAN', 'GB33 BUKB 2020 1555 5555 55'),
      account('IBAN', 'gb33bukb20201555555555'),
      account('UK.OBIE.IBAN', 'DE89370400440532013000'),
      account('UK.OBIE.IBAN', 'GB34BUKB20201555555555'),
      account('UK.OBIE.SortCodeAccountNumber', '20201555555555'),
      account('UK.OBIE.IBAN', ' GB33BUKB20201555555555'),
    )
  }, 'another payee'),
  initiation((made, { one }) => {
    made['CreditorAccount'] = {
      ...(account('UK.OBIE.IBAN', 'GB33BUKB20201555555555') as object),
      Name: one(
        'acme inc',
        'ACME  Inc',
        'ACME Inc.',
        'ＡＣＭＥ Inc',
        'ACME\u200bInc',
        'ACМE Inc',
        '',
      ),
    } // sound: an object
  }, 'another name of the payee'),
  initiation((made, { one }) => {
    made['DebtorAccount'] = one(
      account('UK.OBIE.SortCodeAccountNumber', '20-20-20 88776655'),
      account('SortCodeAccountNumber', '20202088776655'),
      account('UK.OBIE.SortCodeAccountNumber', '20202011111111'),
      account('UK.OBIE.SortCodeAccountNumber', '2020'),
    )
  }, 'an account to pay from'),
  initiation((made, { one }) => {
    const lines = one(
      ['Invoice 4711'],
      ['Invoice  4711'],
      ['invoice 4711'],
      ['Invoice', '4711'],
      [],
      ['Invoice 4711', ''],
      ['In\u00advoice 4711'],
    )
    if (one(true, true, true, false)) made['RemittanceInformation'] = { Unstructured: lines }
    else delete made['RemittanceInformation']
  }, 'another text'),
  initiation((made, { one }) => {
    made['EndToEndIdentification'] = one('E2E-1', 'e2e-1', 'E2E-2', ' E2E-1', undefined)
  }, 'another reference'),
  fault('something else was authenticated', pays, (recipe, { one }) => {
    if (recipe.token !== null)
      recipe.token.claims['authorization_details'] = one<unknown>(
        undefined,
        [],
        [OTHER_PAYMENT],
        [OTHER_PAYMENT, PAYMENT],
        [{ type: 'account_information' }],
        'x',
        [{ ...PAYMENT, instructedAmount: { currency: 'GBP', amount: 'x' } }],
        [{}],
      )
  }),
]
