/** What strong customer authentication keeps, declared. Customers, accounts and payees are keyed hashes under the customer's own key. */
import type { Personal, StoredTable } from '../storage-schema.ts'

type Column = { readonly about: string; readonly personal: Personal }
const none = (about: string): Column => ({ about, personal: 'none' })
const hashed = (about: string): Column => ({ about, personal: 'pseudonyms' })
const staff = (about: string): Column => ({ about, personal: 'staff' })

const PAYER = hashed('Keyed hash of the customer.')
const COUNTER = {
  count: none('Payments under the exemption since authentication.'),
  sum: none('What they came to, in minor units.'),
  epoch: none('Grows with each authentication.'),
}

export const SCA_TABLES: readonly StoredTable[] = [
  {
    table: 'sca_decision',
    owner: 'sca',
    key: ['id'],
    lifetime: 'retention of payments',
    about: 'Decisions about strong customer authentication, and what became of them.',
    columns: {
      id: none('Id of the decision.'),
      at: none('Milliseconds since the epoch.'),
      entity: none('Legal entity of the bank.'),
      act: none('Kind of act.'),
      instrument: none('Card or credit transfer.'),
      outcome: none('exempt, required or refused.'),
      exemption: none('The exemption that holds.'),
      value: none('Minor units of the currency of the rules.'),
      payments: none('Payments in it.'),
      payer: PAYER,
      scope: hashed('Keyed hash of the instrument, or of the way to the accounts.'),
      epoch: none('Of the counter that was booked.'),
      state: none('open, done or void.'),
      authentication: none('succeeded, failed or abandoned.'),
      method: none('How the customer was authenticated.'),
      factors: none('Categories of the factors.'),
      duration_ms: none('What the authentication took.'),
      authenticated_at: none('Milliseconds since the epoch.'),
      settled_at: none('Milliseconds since the epoch.'),
      used: none('1: an entry of a register rests on it.'),
      digest: hashed('Hash of what was asked, all of it keyed.'),
    },
  },
  {
    table: 'sca_evidence',
    owner: 'sca',
    key: ['id'],
    lifetime: 'with its decision',
    about: 'What a decision was made of: it is decided again to the same.',
    columns: {
      id: none('Id of the decision.'),
      terms: none('Digest of the terms in force.'),
      body: none('Facts and decision as JSON, without anybody’s name or account.'),
    },
  },
  {
    table: 'sca_terms',
    owner: 'sca',
    key: ['digest'],
    lifetime: 'for ever',
    about: 'Exemptions, ceilings and monitoring as they were in force.',
    columns: {
      digest: none('SHA-256 of the body.'),
      body: staff('As JSON, with who proposed and approved.'),
    },
  },
  {
    table: 'sca_terms_now',
    owner: 'sca',
    key: ['entity'],
    lifetime: 'for ever',
    about: 'Which terms are in force.',
    columns: { entity: none('Legal entity of the bank.'), digest: none('Of the terms.') },
  },
  {
    table: 'sca_payer',
    owner: 'sca',
    key: ['payer'],
    lifetime: 'with the customer',
    about: 'When a customer was authenticated last, and the counter of low value (Art. 16).',
    columns: {
      payer: PAYER,
      authenticated_at: none('Milliseconds since the epoch.'),
      ...COUNTER,
    },
  },
  {
    table: 'sca_device',
    owner: 'sca',
    key: ['device'],
    lifetime: 'with the instrument',
    about: 'The counter of contactless payments (Art. 11).',
    columns: { device: hashed('Keyed hash of the instrument.'), ...COUNTER },
  },
  {
    table: 'sca_access',
    owner: 'sca',
    key: ['payer', 'scope'],
    lifetime: 'with the customer',
    about: 'When access to an account was authenticated last (Art. 10, 10a).',
    columns: {
      payer: PAYER,
      scope: hashed('Keyed hash of the way and the account.'),
      authenticated_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'sca_trusted_payee',
    owner: 'sca',
    key: ['payer', 'payee'],
    lifetime: 'until the customer takes it off',
    about: 'Payees that a customer trusts (Art. 13).',
    columns: {
      payer: PAYER,
      payee: hashed('Keyed hash of the account.'),
      entry: none('Id of the decision that authenticated it.'),
      authenticated_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'sca_series',
    owner: 'sca',
    key: ['payer', 'series'],
    lifetime: 'until the customer ends it',
    about: 'Recurring payments of one amount to one payee (Art. 14).',
    columns: {
      payer: PAYER,
      series: hashed('Keyed hash of its id.'),
      payee: hashed('Keyed hash of the account.'),
      amount: none('As it was agreed.'),
      entry: none('Id of the decision that authenticated it.'),
      authenticated_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'sca_own_account',
    owner: 'sca',
    key: ['payer', 'account'],
    lifetime: 'with the account',
    about: 'Accounts of a customer at this bank (Art. 15).',
    columns: {
      payer: PAYER,
      account: hashed('Keyed hash of the account.'),
      recorded_at: none('Milliseconds since the epoch.'),
    },
  },
  {
    table: 'sca_corporate_payer',
    owner: 'sca',
    key: ['payer', 'process'],
    lifetime: 'until the bank takes it off',
    about: 'Payers who are no consumers, and the process they were given (Art. 17).',
    columns: {
      payer: PAYER,
      process: none('Name of the process.'),
      recorded_by: staff('Who recorded it.'),
      recorded_at: none('Milliseconds since the epoch.'),
    },
  },
]
