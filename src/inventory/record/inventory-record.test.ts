import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '../../store/index.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { type ApiRecord, apiRecord, importSpec } from '../index.ts'
import { forgetApi, inventoryMigrations, listApis, readApi, saveApi } from './index.ts'

function record(name: string, operations: number): ApiRecord {
  const paths = Object.fromEntries(
    Array.from({ length: operations }, (_, index) => [
      `/accounts${index}`,
      { get: { operationId: `op${index}`, responses: { 200: { description: 'ok' } } } },
    ]),
  )
  const text = JSON.stringify({ openapi: '3.0.3', info: { title: 't', version: '1' }, paths })
  const { spec } = importSpec({ file: `${name}.json`, text })
  assert.ok(spec !== undefined)
  return apiRecord({ name, owner: 'payments team', roles: null, dataClasses: null }, spec)
}

test('listApis gives what saveApi kept, by name, after the store is opened again', async (t) => {
  const dir = temporaryFolder(t)
  const [b, a] = [record('b', 3), record('a', 1)]
  const first = await openSqliteStore({ dir, migrations: inventoryMigrations, create: true })
  await saveApi(first, b)
  await saveApi(first, a)
  await first.close()
  const second = await openSqliteStore({ dir, migrations: inventoryMigrations })
  t.after(() => second.close())
  const read = await listApis(second)
  assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify([a, b])))
  assert.equal((await readApi(second, 'b'))?.spec.operations.length, 3)
  assert.equal(await readApi(second, 'c'), undefined)
})

test('saveApi replaces an API and all its operations when it is imported again', async (t) => {
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    migrations: inventoryMigrations,
    create: true,
  })
  t.after(() => store.close())
  await saveApi(store, record('a', 1_200))
  assert.equal((await readApi(store, 'a'))?.spec.operations.length, 1_200)
  await saveApi(store, record('a', 2))
  assert.equal((await readApi(store, 'a'))?.spec.operations.length, 2)
  assert.equal(await forgetApi(store, 'a'), true)
  assert.equal(await forgetApi(store, 'a'), false)
  assert.deepEqual(await listApis(store), [])
})
