/** What is to be paid: beneficiaries, direct debits, standing orders, scheduled payments. */
import type { BankAccount } from '../data/accounts.ts'
import { gbp, time } from '../money.ts'

const DAY = 86_400_000
const midnight = (now: number, days: number): string => time(now - (now % DAY) + days * DAY)

export function beneficiaries(item: BankAccount) {
  return [
    {
      AccountId: item.id,
      BeneficiaryId: `B-${item.id}-1`,
      BeneficiaryType: 'Ordinary',
      Reference: 'Towbar Club',
      CreditorAgent: { SchemeName: 'UK.OBIE.BICFI', Identification: 'BUKBGB22XXX' },
      CreditorAccount: {
        SchemeName: 'UK.OBIE.SortCodeAccountNumber',
        Identification: '80200112345678',
        Name: 'Mrs Juniper',
      },
      FraudListHit: false,
    },
    {
      AccountId: item.id,
      BeneficiaryId: `B-${item.id}-2`,
      BeneficiaryType: 'Trusted',
      Reference: 'Rent',
      CreditorAccount: {
        SchemeName: 'UK.OBIE.IBAN',
        Identification: 'GB94BARC10201530093459',
        Name: 'Penrose Lettings',
      },
    },
  ]
}

export function directDebits(item: BankAccount, now: number) {
  return [
    {
      AccountId: item.id,
      DirectDebitId: `DD-${item.id}`,
      DirectDebitStatusCode: 'ACTV',
      MandateRelatedInformation: {
        MandateIdentification: `Caravanners-${item.id}`,
        Frequency: { Type: 'MNTH' },
      },
      Name: 'Towbar Club 3 - We Love Towbars',
      PreviousPaymentDateTime: midnight(now, -12),
      PreviousPaymentAmount: gbp(57),
      OriginatorRiskClass: 'B2',
    },
  ]
}

export function standingOrders(item: BankAccount, now: number) {
  return [
    {
      AccountId: item.id,
      StandingOrderId: `SO-${item.id}`,
      NextPaymentDateTime: midnight(now, 9),
      LastPaymentDateTime: midnight(now, -22),
      NumberOfPayments: '24',
      StandingOrderStatusCode: 'ACTV',
      NextPaymentAmount: gbp(5600),
      LastPaymentAmount: gbp(5600),
      CreditorAccount: {
        SchemeName: 'UK.OBIE.SortCodeAccountNumber',
        Identification: '80200112345678',
        Name: 'Mrs Juniper',
      },
      MandateRelatedInformation: { MandateIdentification: 'Golf', Frequency: { Type: 'MNTH' } },
      SupplementaryData: { teller: 'T. Marsh', branchNote: 'customer upset about fees' },
    },
  ]
}

export function scheduledPayments(item: BankAccount, now: number) {
  return [
    {
      AccountId: item.id,
      ScheduledPaymentId: `SP-${item.id}`,
      ScheduledPaymentDateTime: midnight(now, 4),
      ScheduledType: 'Execution',
      Reference: 'Dentist',
      InstructedAmount: gbp(8450),
      CreditorAccount: {
        SchemeName: 'UK.OBIE.IBAN',
        Identification: 'GB33BUKB20201555555555',
        Name: 'Halden Dental',
      },
      approvalQueue: 'OPS-7',
    },
  ]
}
