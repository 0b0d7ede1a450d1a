import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compiledQuery } from './compiled-query.ts'
import { queryBuilder } from './query-builder.ts'

interface Tables {
  account: { id: string; state: string; at: number; note: string | null }
}
const db = queryBuilder<Tables>()
interface Values {
  readonly id: string
  readonly at: number
  readonly note: string | null
}
const written = ({ id, at, note }: Values) =>
  db()
    .updateTable('account')
    .set({ state: 'closed', at, note })
    .where('id', '=', id)
    .where('at', '<=', at)
    .where('state', '=', 'open')
    .returning('id')
    .compile()

void test('a query that is filled in is the query that would be built for the values', () => {
  const query = compiledQuery(['id', 'at', 'note'], written)
  for (const values of [
    { id: 'a', at: 1, note: null },
    { id: 'mark:at', at: 2, note: 'mark:id' },
    { id: '', at: -1, note: '' },
  ]) {
    const filled = query(values)
    const built = written(values)
    assert.equal(filled.sql, built.sql)
    assert.deepEqual(filled.parameters, built.parameters)
  }
})

void test('it is built once, at its first use', () => {
  let built = 0
  const query = compiledQuery(['id'], ({ id }: { readonly id: string }) => {
    built++
    return db().deleteFrom('account').where('id', '=', id).compile()
  })
  assert.equal(built, 0)
  assert.deepEqual(query({ id: 'a' }).parameters, ['a'])
  assert.deepEqual(query({ id: 'b' }).parameters, ['b'])
  assert.equal(built, 1)
})

void test('more values than names are nobody’s business', () => {
  const query = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
    db().selectFrom('account').selectAll().where('id', '=', id).compile(),
  )
  const asked = { id: 'a', other: 'b' }
  assert.deepEqual(query(asked).parameters, ['a'])
})

void test('a value that has no place, or is looked at, is a mistake', () => {
  const forgotten = compiledQuery(['id', 'at'], ({ id }: Pick<Values, 'id' | 'at'>) =>
    db().selectFrom('account').selectAll().where('id', '=', id).compile(),
  )
  assert.throws(() => forgotten({ id: 'a', at: 1 }), TypeError)
  const looked = compiledQuery(['id', 'note'], ({ id, note }: Omit<Values, 'at'>) =>
    db()
      .selectFrom('account')
      .selectAll()
      .where('id', '=', note === null ? 'none' : id)
      .compile(),
  )
  assert.throws(() => looked({ id: 'a', note: null }), TypeError)
})
