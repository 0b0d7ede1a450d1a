/**
 * The part of the installation's secrets that protects the records of strong customer authentication (RTS Art. 22: nothing in plain text), and where
 * these stand.
 */
import {
  type SealedArea,
  type SealedColumn,
  type Sealing,
  type SealingKeys,
  sealingOf,
} from '../store/index.ts'

const SCA: SealedArea = { name: 'sca', unreadable: 'GH_SCA_SEALED' }

/** Opening throws GH_SCA_SEALED. */
export function scaSealing(keys: SealingKeys, randomBytes: (count: number) => Uint8Array): Sealing {
  return sealingOf(SCA, keys, randomBytes)
}

/** What stands under seal: no row can be given the parts of another. */
export const sealedAs = {
  /** `owner` as it stands in the row. */
  factor: (id: string, owner: string): string => `factor:${id}:${owner}`,
  enrolment: (step: string, id: string): string => `${step}:${id}`,
  body: (id: string): string => `transaction:${id}`,
  asked: (id: string): string => `transaction asked:${id}`,
  payee: (payer: string, payee: string): string => `trusted payee:${payer}:${payee}`,
  proof: (id: string): string => `transaction proof:${id}`,
}

const of = { area: 'sca', key: ['id'] } as const
const transaction = { ...of, table: 'sca_transaction', beside: [] } as const
export const SCA_SEALED: readonly SealedColumn[] = [
  {
    ...of,
    table: 'sca_factor',
    column: 'body',
    beside: ['subject'],
    name: ({ id = '', subject = '' }) => sealedAs.factor(id, subject),
  },
  {
    ...of,
    table: 'sca_enrolment',
    column: 'body',
    beside: ['step'],
    name: ({ id = '', step = '' }) => sealedAs.enrolment(step, id),
  },
  {
    area: 'sca',
    table: 'sca_trusted_payee',
    column: 'named',
    key: ['payer', 'payee'],
    beside: [],
    name: ({ payer = '', payee = '' }) => sealedAs.payee(payer, payee),
  },
  { ...transaction, column: 'body', name: ({ id = '' }) => sealedAs.body(id) },
  { ...transaction, column: 'asked', name: ({ id = '' }) => sealedAs.asked(id) },
  { ...transaction, column: 'proof', name: ({ id = '' }) => sealedAs.proof(id) },
]
