/** Accounts, balances, parties and products as the specification shapes them, plus what this bank carelessly adds. */
import type { BankAccount } from '../data/accounts.ts'
import type { Customer } from '../data/people.ts'
import { direction, gbp, time } from '../money.ts'

const TYPE_CODES = {
  current: 'CACC',
  savings: 'SVGS',
  card: 'CARD',
  business: 'CACC',
  joint: 'CACC',
} as const

export function account(item: BankAccount) {
  return {
    AccountId: item.id,
    Status: 'Enabled',
    StatusUpdateDateTime: '2024-02-11T09:30:00+00:00',
    Currency: 'GBP',
    AccountCategory: item.kind === 'business' ? 'Business' : 'Personal',
    AccountTypeCode: TYPE_CODES[item.kind],
    Description: `${item.kind} account`,
    Nickname: item.nickname,
    OpeningDate: '2019-05-02T00:00:00+00:00',
    Account:
      item.pan === undefined
        ? [
            {
              SchemeName: 'UK.OBIE.SortCodeAccountNumber',
              Identification: `${item.sortCode}${item.number}`,
              Name: item.owner.name,
            },
            { SchemeName: 'UK.OBIE.IBAN', Identification: item.iban, Name: item.owner.name },
          ]
        : [{ SchemeName: 'UK.OBIE.PAN', Identification: item.pan, Name: item.owner.name }],
    Servicer: { SchemeName: 'UK.OBIE.BICFI', Identification: 'EXBKGB2LXXX' },
    // Left over from the core system; the specification knows none of these.
    InternalCustomerNumber: `CIF-${item.owner.id.length}${item.number.slice(0, 5)}`,
    RiskScore: 0.1 + Number(item.number.slice(0, 2)) / 200,
    _debug: {
      shard: `core-db-${Number(item.number[0]) % 4}`,
      query: 'select * from acct where cif = ?',
    },
  }
}

export function balances(item: BankAccount, pence: number, now: number) {
  const common = {
    AccountId: item.id,
    CreditDebitIndicator: direction(pence),
    DateTime: time(now - (now % 1000)),
  }
  return [
    { ...common, Type: 'CLBD', Amount: gbp(pence), CollectionsFlag: pence < 0 },
    {
      ...common,
      Type: 'ITAV',
      Amount: gbp(pence + 50_000),
      CreditLine: [{ Included: true, Type: 'Pre-Agreed', Amount: gbp(50_000) }],
    },
  ]
}

export function party(person: Customer) {
  return {
    PartyId: `P-${person.id}`,
    PartyType: 'Sole',
    Name: person.name,
    FullLegalName: person.name,
    AccountRole: 'UK.OBIE.Principal',
    EmailAddress: person.email,
    Mobile: person.mobile,
    Address: [
      {
        AddressType: 'HOME',
        StreetName: person.street,
        BuildingNumber: person.building,
        PostCode: person.postCode,
        TownName: person.town,
        Country: 'GB',
      },
    ],
    // Nobody asked for it, nobody removed it.
    NationalInsuranceNumber: 'QQ123456C',
    MotherMaidenName: 'Redacted-not',
  }
}

export function product(item: BankAccount) {
  return {
    AccountId: item.id,
    ProductName: `Example ${item.kind}`,
    ProductId: `51B-${item.kind}`,
    ProductType: item.kind === 'card' ? 'CommercialCreditCard' : 'PersonalCurrentAccount',
    MarketingStateId: '000001',
    MarginBasisPoints: 412,
  }
}

export function offer(item: BankAccount, now: number) {
  return {
    AccountId: item.id,
    OfferId: `Offer-${item.id}`,
    OfferType: 'LimitIncrease',
    Description: 'Credit limit increase up to £1000.00',
    StartDateTime: time(now - (now % 86_400_000)),
    Amount: gbp(100_000),
    PropensityScore: 0.83,
  }
}
