/** Units of the pass that seals all payloads anew: a page of rows and the place where it goes on are one transaction. */
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { SecretTables } from './tables.ts'
import { allSealUnder, secretsKnown } from './units.ts'

const db = queryBuilder<SecretTables>()
const anyTable =
  queryBuilder<Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** A column of sealed payloads. */
export interface SealedPlace {
  readonly table: string
  readonly column: string
  /** Columns of the primary key, all of them text. */
  readonly key: readonly string[]
  /** Further columns that the name of a payload is made of. */
  readonly beside: readonly string[]
}
export interface SealedRow {
  /** By column: those of `key` and of `beside`. */
  readonly names: Readonly<Record<string, string>>
  readonly sealed: Uint8Array
}
export interface Pass {
  readonly mark: string
  /** `table.column`. */
  readonly place: string
  readonly after: readonly string[]
  readonly resealed: number
  readonly unreadable: number
  readonly begunAt: number
  readonly endedAt: number | null
}

/** The pass to go on with, or one that begins; `null`: there is nothing to do, or a process may still seal under another secret. */
export function* takePassUnit({
  mark,
  first,
  now,
}: {
  readonly mark: string
  /** Where a pass begins. */
  readonly first: string
  readonly now: number
}): Steps<Pass | null> {
  const opened = (yield* secretsKnown()).filter(({ state }) => state === 'opened')
  if (opened.length === 0 || !(yield* allSealUnder(mark, now))) return null
  const pass = yield* readPass()
  if (pass?.mark === mark && opened.every(({ since }) => since <= pass.begunAt)) return pass
  const fresh = { mark, place: first, after: '', resealed: 0, unreadable: 0 }
  // By a clock that is behind it would begin anew with each page.
  const begunAt = Math.max(now, ...opened.map(({ since }) => since))
  const times = { begun_at: begunAt, ended_at: null }
  yield db()
    .insertInto('sealing_pass')
    .values({ id: 1, ...fresh, ...times })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...fresh, ...times }))
    .compile()
  return { ...fresh, after: [], begunAt, endedAt: null }
}

/** The rows after a key, in its order; what was destroyed is empty and among them. */
export function* sealedPageUnit({
  place,
  after,
  limit,
}: {
  readonly place: SealedPlace
  readonly after: readonly string[]
  readonly limit: number
}): Steps<readonly SealedRow[]> {
  const { table, column, key, beside } = place
  let query = anyTable()
    .selectFrom(table)
    .select([...key, ...beside, column])
    .where(column, 'is not', null)
    .limit(limit)
  for (const name of key) query = query.orderBy(name)
  // (a, b) > (x, y), said so that both databases use the index of the key.
  if (after.length > 0)
    query = query.where((is) =>
      is.or(
        key.map((name, at) =>
          is.and([
            ...key.slice(0, at).map((before, of) => is(before, '=', after[of] ?? '')),
            is(name, '>', after[at] ?? ''),
          ]),
        ),
      ),
    )
  const rows = yield query.compile()
  return rows.flatMap((row) => {
    const sealed = row[column]
    if (!(sealed instanceof Uint8Array)) return []
    const names = Object.fromEntries([...key, ...beside].map((name) => [name, String(row[name])]))
    return [{ names, sealed }]
  })
}

export interface PageDone {
  readonly pass: Pick<Pass, 'mark' | 'place' | 'after' | 'begunAt'>
  readonly place: SealedPlace
  readonly rows: readonly (SealedRow & { readonly anew: Uint8Array })[]
  readonly unreadable: number
  /** Where it goes on; `null`: that was all. */
  readonly next: Pick<Pass, 'place' | 'after'> | null
  readonly now: number
}

/** False: another process was first, and nothing was written. A row that was written meanwhile is left as it is, for it was sealed anew by that. */
export function* savePageUnit({
  pass,
  place,
  rows,
  unreadable,
  next,
  now,
}: PageDone): Steps<boolean> {
  const found = yield* readPass()
  const same =
    found?.mark === pass.mark &&
    found.begunAt === pass.begunAt &&
    found.endedAt === null &&
    found.place === pass.place &&
    JSON.stringify(found.after) === JSON.stringify(pass.after)
  if (!same) return false
  for (const { names, sealed, anew } of rows) {
    let update = anyTable()
      .updateTable(place.table)
      .set({ [place.column]: anew })
      .where(place.column, '=', sealed)
    for (const name of place.key) update = update.where(name, '=', names[name] ?? '')
    yield update.compile()
  }
  yield db()
    .updateTable('sealing_pass')
    .set({
      place: next?.place ?? found.place,
      after: next === null ? '' : textOf(next.after),
      resealed: found.resealed + rows.length,
      unreadable: found.unreadable + unreadable,
      ended_at: next === null ? now : null,
    })
    .compile()
  return true
}

export function* readPass(): Steps<Pass | undefined> {
  const [row] = yield db().selectFrom('sealing_pass').selectAll().compile()
  if (row === undefined) return undefined
  const after = String(row['after'])
  return {
    mark: String(row['mark']),
    place: String(row['place']),
    after: after === '' ? [] : (JSON.parse(after) as readonly string[]), // sound: `textOf` wrote it
    resealed: Number(row['resealed']),
    unreadable: Number(row['unreadable']),
    begunAt: Number(row['begun_at']),
    endedAt: row['ended_at'] === null ? null : Number(row['ended_at']),
  }
}

const textOf = (after: readonly string[]): string =>
  after.length === 0 ? '' : JSON.stringify(after)

const here = import.meta.url
export const takePass = defineUnit(here, 'takePassUnit', takePassUnit)
export const sealedPage = defineUnit(here, 'sealedPageUnit', sealedPageUnit)
export const savePage = defineUnit(here, 'savePageUnit', savePageUnit)
