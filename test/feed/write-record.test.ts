import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createProjection, listRecords, putRecord, revoke } from '../../src/feed/index.ts'
import { CLIENT, CONSENT, feedFolder, openFeed } from './feed-folder.ts'

test('`putRecord` writes a private file that the feed takes, and replaces it by its id', async (t) => {
  const folder = feedFolder(t)
  const first = await putRecord(folder.dir, 'client', CLIENT)
  assert.ok(first.ok)
  assert.equal(first.value, join(folder.dir, 'clients/budget-buddy.json'))
  assert.equal(statSync(first.value).mode & 0o777, 0o600)
  folder.put('consents/odd name.json', CONSENT)
  const second = await putRecord(folder.dir, 'consent', { ...CONSENT, status: 'CANC' })
  assert.ok(second.ok)
  assert.equal(second.value, join(folder.dir, 'consents/odd name.json'))
  assert.deepEqual(readdirSync(join(folder.dir, 'consents')), ['odd name.json'])
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  assert.equal(projection.client('budget-buddy')?.status, 'active')
  assert.equal(projection.consent('consent-1')?.status, 'CANC')
})

test('`putRecord` writes nothing when the record is wrong, doubled, or the folder is not there', async (t) => {
  const folder = feedFolder(t)
  const wrong = await putRecord(folder.dir, 'client', { ...CLIENT, status: 'actve' })
  assert.ok(!wrong.ok)
  assert.equal(wrong.error[0]?.nearest, 'active')
  folder.put('clients/a.json', CLIENT)
  folder.put('clients/b.json', CLIENT)
  const doubled = await putRecord(folder.dir, 'client', CLIENT)
  assert.ok(!doubled.ok)
  assert.equal(doubled.error[0]?.code, 'GH_FEED_RECORD_TWICE')
  assert.deepEqual(readdirSync(join(folder.dir, 'clients')), ['a.json', 'b.json'])
  await assert.rejects(putRecord(join(folder.dir, 'typo'), 'client', CLIENT), { code: 'ENOENT' })
})

test('`putRecord` keeps every id inside its folder and apart from others', async (t) => {
  const folder = feedFolder(t)
  const ids = [
    '../../escape',
    '/etc/passwd',
    '.',
    '..',
    'a b',
    'Same',
    'same',
    'CON',
    'x'.repeat(256),
  ]
  for (const id of ids) assert.ok((await putRecord(folder.dir, 'client', { ...CLIENT, id })).ok, id)
  assert.equal(readdirSync(join(folder.dir, 'clients')).length, ids.length)
  const { records, diagnostics } = await listRecords(folder.dir)
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(records.map(({ key }) => key).sort(), ids.toSorted())
})

test('`revoke` ends what its key names, and refuses keys of anything else', async (t) => {
  const folder = feedFolder(t)
  const { feed, clock } = openFeed(t, folder.dir)
  const projection = await createProjection(feed, clock)
  for (const key of ['token:a:b', 'consent:consent-1', 'client:budget-buddy']) {
    assert.ok((await revoke(folder.dir, key, 'a test', 0)).ok)
    assert.ok((await revoke(folder.dir, key, 'a test, again', 1)).ok)
    await feed.refresh()
    assert.equal(projection.revoked(key), true)
  }
  assert.equal(readdirSync(join(folder.dir, 'revocations')).length, 3)
  for (const key of [
    '',
    'token',
    'token:',
    ':x',
    'account:1',
    '__proto__:x',
    'at:2026-01-01T00:00:00Z',
  ])
    assert.ok(!(await revoke(folder.dir, key, 'a test', 0)).ok, key)
  assert.ok(!(await revoke(folder.dir, 'token:x', '', 0)).ok)
  const names = readdirSync(join(folder.dir, 'revocations'))
  for (const name of names)
    assert.match(readFileSync(join(folder.dir, 'revocations', name), 'utf8'), /a test, again/)
})
