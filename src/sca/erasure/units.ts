/** A person is forgotten: elements, codes, attempts and transactions of theirs go. What the law keeps (decisions) is the ledger's, under names whose key is destroyed. */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type {
  AttemptTables,
  EnrolmentTables,
  FactorTables,
  TransactionTables,
} from '../tables/index.ts'

const db = queryBuilder<AttemptTables & EnrolmentTables & FactorTables & TransactionTables>()

export interface PersonForgotten {
  /** As `namesOfPerson` gives them, of one person or several. */
  readonly names: readonly string[]
  /** What was made later is of somebody who came back: milliseconds since the epoch. */
  readonly at: number
}

/** Gives how many rows went. Twice is once. */
export function* forgetPersonUnit({
  names,
  at,
}: PersonForgotten): ReturnType<Unit<PersonForgotten, number>> {
  let gone = 0
  for (const table of ['sca_factor', 'sca_enrolment', 'sca_transaction'] as const) {
    const rows = yield db()
      .deleteFrom(table)
      .where('subject', 'in', names)
      .where('created_at', '<=', at)
      .returning('id')
      .compile()
    gone += rows.length
  }
  const attempts = yield db()
    .deleteFrom('sca_attempt')
    .where('id', 'in', names)
    .where('window_from', '<=', at)
    .returning('id')
    .compile()
  return gone + attempts.length
}

export const forgetPerson = defineUnit(import.meta.url, 'forgetPersonUnit', forgetPersonUnit)
