/** What a device answered, kept with the question until its customer goes on at the screen on which he began. */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { TransactionTables } from '../tables/index.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** True: it is kept. False: the transaction is not open any more, or was asked anew or answered meanwhile. */
export function* keepAnswerUnit({
  id,
  asked,
  version,
  now,
}: {
  readonly id: string
  readonly asked: Uint8Array
  readonly version: number
  readonly now: number
}): Steps<boolean> {
  const rows = yield db()
    .updateTable('sca_transaction')
    .set({ asked, asked_version: version + 1 })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('expires_at', '>', now)
    .where('asked_version', '=', version)
    .returning('id')
    .compile()
  return rows.length > 0
}

export const keepAnswer = defineUnit(import.meta.url, 'keepAnswerUnit', keepAnswerUnit)
