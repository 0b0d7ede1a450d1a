/** Ten invented customers of an invented bank. Account `22289` belongs to Amira; the consents in `feed/` name some of these. */
export interface Customer {
  /** The `sub` of the customer's tokens. */
  readonly id: string
  readonly name: string
  readonly email: string
  readonly mobile: string
  readonly street: string
  readonly building: string
  readonly town: string
  readonly postCode: string
  /** Kinds of account, in order; the ids are made in `accounts.ts`. */
  readonly accounts: readonly AccountKind[]
  /** Pays a salary in monthly; in pounds. */
  readonly income: number
  /** Somebody of the same household, whose rows the core system mixes in now and then. */
  readonly household?: string
}
export type AccountKind = 'current' | 'savings' | 'card' | 'business' | 'joint'

export const CUSTOMERS: readonly Customer[] = [
  {
    id: 'cust-amira',
    name: 'Amira Haddad',
    email: 'amira.haddad@mail.example',
    mobile: '+44-7700900101',
    street: 'Lark Lane',
    building: '14',
    town: 'Liverpool',
    postCode: 'L17 8US',
    accounts: ['current', 'savings', 'card'],
    income: 3120,
    household: 'cust-jonas',
  },
  {
    id: 'cust-jonas',
    name: 'Jonas Berg',
    email: 'jonas.berg@mail.example',
    mobile: '+44-7700900102',
    street: 'Lark Lane',
    building: '14',
    town: 'Liverpool',
    postCode: 'L17 8US',
    accounts: ['current', 'savings'],
    income: 2740,
    household: 'cust-amira',
  },
  {
    id: 'cust-priya',
    name: 'Priya Nair',
    email: 'priya.nair@mail.example',
    mobile: '+44-7700900103',
    street: 'Corn Street',
    building: '3',
    town: 'Bristol',
    postCode: 'BS1 1HT',
    accounts: ['current', 'savings', 'card'],
    income: 4380,
  },
  {
    id: 'cust-owen',
    name: 'Owen Pritchard',
    email: 'owen.pritchard@mail.example',
    mobile: '+44-7700900104',
    street: 'Heol Las',
    building: '71',
    town: 'Swansea',
    postCode: 'SA7 9TD',
    accounts: ['current', 'business'],
    income: 2210,
  },
  {
    id: 'cust-chidi',
    name: 'Chidi Okafor',
    email: 'chidi.okafor@mail.example',
    mobile: '+44-7700900105',
    street: 'Rye Lane',
    building: '208',
    town: 'London',
    postCode: 'SE15 4NL',
    accounts: ['current', 'card'],
    income: 2890,
  },
  {
    id: 'cust-morag',
    name: 'Morag Sinclair',
    email: 'morag.sinclair@mail.example',
    mobile: '+44-7700900106',
    street: 'Union Street',
    building: '9',
    town: 'Aberdeen',
    postCode: 'AB11 6BU',
    accounts: ['current', 'savings', 'joint'],
    income: 3560,
    household: 'cust-ewan',
  },
  {
    id: 'cust-ewan',
    name: 'Ewan Sinclair',
    email: 'ewan.sinclair@mail.example',
    mobile: '+44-7700900107',
    street: 'Union Street',
    building: '9',
    town: 'Aberdeen',
    postCode: 'AB11 6BU',
    accounts: ['current', 'card'],
    income: 2405,
    household: 'cust-morag',
  },
  {
    id: 'cust-li',
    name: 'Li Wei',
    email: 'li.wei@mail.example',
    mobile: '+44-7700900108',
    street: 'Faulkner Street',
    building: '52',
    town: 'Manchester',
    postCode: 'M1 4FY',
    accounts: ['current', 'business', 'savings'],
    income: 5150,
  },
  {
    id: 'cust-sofia',
    name: 'Sofia Costa',
    email: 'sofia.costa@mail.example',
    mobile: '+44-7700900109',
    street: 'Rose Street',
    building: '117',
    town: 'Edinburgh',
    postCode: 'EH2 3DT',
    accounts: ['current', 'savings'],
    income: 1980,
  },
  {
    id: 'cust-tom',
    name: 'Tom Ashworth',
    email: 'tom.ashworth@mail.example',
    mobile: '+44-7700900110',
    street: 'Kirkgate',
    building: '30',
    town: 'Leeds',
    postCode: 'LS2 7DJ',
    accounts: ['current', 'savings', 'card'],
    income: 2650,
  },
]
