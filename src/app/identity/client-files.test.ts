import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientDifferences, MAX_CLIENT_FILE_BYTES, readClients } from './client-files.ts'

test('a file holds one client, in its limit, and no two files hold the same', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'clients-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const long = (bytes: number): string => {
    const text = '{"client_id":"a","x":""}'
    return text.replace('""', `"${'x'.repeat(bytes - text.length)}"`)
  }
  const good = file('good', long(MAX_CLIENT_FILE_BYTES))
  assert.equal(readClients([good])[0]?.client_id, 'a')
  const wrong = ['[]', '{}', '{"client_id":7}', '{', '', long(MAX_CLIENT_FILE_BYTES + 1)]
  for (const [n, text] of wrong.entries())
    assert.throws(() => readClients([file(`w${n}`, text)]), { code: 'GH_IDENTITY_CLIENT' })
  for (const missing of [dir, join(dir, 'nothing')])
    assert.throws(() => readClients([missing]), { code: 'GH_IDENTITY_CLIENT' })
  assert.throws(() => readClients([good, file('again', '{"client_id":"a"}')]), {
    code: 'GH_IDENTITY_CLIENT',
  })
})

test('what changes is told of each client, whatever the order of its members', () => {
  const client = (client_id: string, more: object = {}) => ({ client_id, ...more })
  const before = [client('a', { scope: 'x' }), client('b'), client('c')]
  const after = [client('d'), client('b', { client_name: 'B' }), { scope: 'x', client_id: 'a' }]
  assert.deepEqual(clientDifferences(before, after), [
    'identity: client b is changed',
    'identity: client c is removed',
    'identity: client d is added',
  ])
  assert.deepEqual(clientDifferences(before, before.toReversed()), [])
})
