/**
 * How much transactions may hold in the store, all together: so many open ones, so many bytes, and as many bytes of ended ones. Beyond it whoever holds
 * most gives way, by its oldest, until nobody holds more than the same share: a client that floods makes room out of its own.
 */
import { defineUnit, queryBuilder, type Unit } from '../../store/index.ts'
import type { TransactionState, TransactionTables } from '../tables/index.ts'

const db = queryBuilder<TransactionTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Of which nothing comes any more. What a customer authenticated is neither: its code may be on its way. */
const ENDED: readonly TransactionState[] = ['refused', 'superseded', 'redeemed', 'void']
/** Rows that go in one statement. */
const PART = 500

/** The most that each may hold so that all of them hold at most `most`; who holds less leaves the rest to the others. */
export function shareOf(held: readonly number[], most: number): number {
  let left = most
  for (const [at, one] of held.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (held.length - at))
    if (one > share) return share
    left -= one
  }
  return Infinity
}

/** Rows in these states beyond the share of their client, its oldest first; `go` ends a part of them. */
function* makeRoom(
  states: readonly TransactionState[],
  { most, mostBytes }: { readonly most: number; readonly mostBytes: number },
  go: (ids: readonly string[]) => Steps<null>,
): Steps<number> {
  const grouped = yield db()
    .selectFrom('sca_transaction')
    .select((e) => ['client', e.fn.countAll().as('open'), e.fn.sum('bytes').as('held')])
    .where('state', 'in', states)
    .groupBy('client')
    .compile()
  const holders = grouped.map((row) => ({
    client: String(row['client']),
    rows: Number(row['open']),
    bytes: Number(row['held']),
  }))
  const share = {
    rows: shareOf(
      holders.map(({ rows }) => rows),
      most,
    ),
    bytes: shareOf(
      holders.map(({ bytes }) => bytes),
      mostBytes,
    ),
  }
  let gone = 0
  for (const { client, ...holds } of holders) {
    let { rows, bytes } = holds
    while (rows > share.rows || bytes > share.bytes) {
      const oldest = yield db()
        .selectFrom('sca_transaction')
        .select(['id', 'bytes'])
        .where('state', 'in', states)
        .where('client', '=', client)
        .orderBy('created_at')
        .orderBy('id')
        .limit(PART)
        .compile()
      const ids: string[] = []
      for (const row of oldest) {
        if (rows <= share.rows && bytes <= share.bytes) break
        ids.push(String(row['id']))
        rows--
        bytes -= Number(row['bytes'])
      }
      if (ids.length === 0) break
      yield* go(ids)
      gone += ids.length
    }
  }
  return gone
}

/** Open ones make way, and whoever answers them is told; gives how many. */
export function* boundOpenUnit({
  now,
  ...limits
}: {
  readonly most: number
  readonly mostBytes: number
  readonly now: number
}): Steps<number> {
  return yield* makeRoom(['open'], limits, function* (ids) {
    yield db()
      .updateTable('sca_transaction')
      .set({ state: 'superseded', settled_at: now })
      .where('id', 'in', ids)
      .where('state', '=', 'open')
      .compile()
    return null
  })
}

/** Ended ones are forgotten before their time; what they did once stays as long as ever. Gives how many. */
export function* boundEndedUnit({ mostBytes }: { readonly mostBytes: number }): Steps<number> {
  return yield* makeRoom(ENDED, { most: Infinity, mostBytes }, function* (ids) {
    yield db()
      .deleteFrom('sca_transaction')
      .where('id', 'in', ids)
      .where('state', 'in', ENDED)
      .compile()
    return null
  })
}

const here = import.meta.url
export const boundOpen = defineUnit(here, 'boundOpenUnit', boundOpenUnit)
export const boundEnded = defineUnit(here, 'boundEndedUnit', boundEndedUnit)
