import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ReadRecord } from './read-record.ts'
import { recordSet } from './record-set.ts'

const holding = (...keys: string[]): ReadRecord => ({
  entries: keys.map((key) => ({ key, value: { id: key } })),
  diagnostics: [],
})
const spoilt: ReadRecord = {
  entries: [],
  diagnostics: [
    { code: 'GH_FEED_RECORD_INVALID', message: 'x', place: { file: 'f', line: 1, column: 1 } },
  ],
}

test('`recordSet` withdraws a client whose file is spoilt, and keeps a revocation in force', () => {
  const clients = recordSet('client')
  clients.put('f', holding('a'))
  assert.deepEqual([...clients.put('f', spoilt)], ['a'])
  assert.equal(clients.get('a'), undefined)
  const revocations = recordSet('revocation')
  revocations.put('f', holding('client:a', 'token:t'))
  revocations.put('f', spoilt)
  assert.ok(revocations.get('client:a') !== undefined && revocations.get('token:t') !== undefined)
  assert.equal(revocations.diagnostics().length, 1)
  assert.deepEqual([...revocations.put('f', undefined)], ['client:a', 'token:t'])
  assert.equal(revocations.get('client:a'), undefined)
  // A file that never was sound holds nothing in force.
  revocations.put('g', spoilt)
  assert.deepEqual(revocations.holders('client:a'), [])
})

test('`recordSet` gives a key of several files to nobody, names them all, and a revocation to everybody', () => {
  const consents = recordSet('consent')
  for (const file of ['x', 'y', 'z']) consents.put(file, holding('c'))
  assert.equal(consents.get('c'), undefined)
  assert.deepEqual(consents.holders('c'), ['x', 'y', 'z'])
  assert.deepEqual(
    consents.diagnostics().map(({ code, message, place }) => [code, message, place.file]),
    [
      ['GH_FEED_RECORD_TWICE', '"c" is also in y, z; neither counts.', 'x'],
      ['GH_FEED_RECORD_TWICE', '"c" is also in x, z; neither counts.', 'y'],
      ['GH_FEED_RECORD_TWICE', '"c" is also in x, y; neither counts.', 'z'],
    ],
  )
  consents.put('y', undefined)
  assert.equal(consents.get('c'), undefined)
  consents.put('z', holding('d'))
  assert.deepEqual([consents.get('c'), consents.get('d')], [{ id: 'c' }, { id: 'd' }])
  assert.deepEqual([...consents.files()], ['x', 'z'])
  const revocations = recordSet('revocation')
  for (const file of ['x', 'y']) revocations.put(file, holding('token:t'))
  assert.notEqual(revocations.get('token:t'), undefined)
  assert.deepEqual(revocations.diagnostics(), [])
})

test('`recordSet` depends on what the files hold now, not on how they came to', () => {
  const put = fc.tuple(
    fc.constantFrom('x', 'y', 'z'),
    fc.option(fc.constantFrom('a', 'b', '__proto__'), { nil: undefined }),
  )
  fc.assert(
    fc.property(fc.array(put, { maxLength: 20 }), (puts) => {
      const set = recordSet('client')
      for (const [file, key] of puts) set.put(file, key === undefined ? undefined : holding(key))
      const now = new Map(puts)
      const fresh = recordSet('client')
      for (const [file, key] of now) if (key !== undefined) fresh.put(file, holding(key))
      for (const key of ['a', 'b', '__proto__', 'constructor']) {
        assert.deepEqual(set.get(key), fresh.get(key))
        assert.deepEqual(set.holders(key).toSorted(), fresh.holders(key).toSorted())
      }
      assert.equal(set.diagnostics().length, fresh.diagnostics().length)
    }),
    { numRuns: 200 },
  )
})
