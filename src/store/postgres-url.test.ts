import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { parsePostgresUrl } from './postgres-url.ts'

const base = { port: 5432, database: 'gh', user: 'u', password: 'p', tls: false }

const READ: readonly (readonly [string, object])[] = [
  ['postgres://u:p@localhost/gh', { ...base, host: 'localhost' }],
  ['postgresql://u:p@127.0.0.1:6543/gh', { ...base, host: '127.0.0.1', port: 6543 }],
  ['postgres://u:p@[::1]/gh', { ...base, host: '::1' }],
  ['postgres://u:p@/gh?host=/run/postgresql', { ...base, host: '/run/postgresql' }],
  ['postgres://u@/gh?host=%2Frun&port=5433', { ...base, host: '/run', port: 5433, password: '' }],
  ['postgres://u:%23%40%2F@localhost/gh', { ...base, host: 'localhost', password: '#@/' }],
  ['postgres://u:p@db.bank.example/gh', { ...base, host: 'db.bank.example', tls: {} }],
  [
    'postgres://u:p@db.bank.example/gh?sslmode=verify-full',
    { ...base, host: 'db.bank.example', tls: {} },
  ],
  ['postgres://u:p@localhost/gh?sslmode=verify-full', { ...base, host: 'localhost', tls: {} }],
  [' postgres://u:p@localhost/gh\n', { ...base, host: 'localhost' }],
]
for (const [url, want] of READ)
  test(`\`parsePostgresUrl\` reads ${url.trim()}`, () =>
    assert.deepEqual(parsePostgresUrl(url), want))

for (const url of [
  'postgres://u:hunter2@db.bank.example/gh?sslmode=disable',
  'postgres://u:hunter2@db.bank.example/gh?sslmode=require',
  'postgres://u:hunter2@db.bank.example/gh?sslmode=prefer',
  'postgres://u:hunter2@db.bank.example/gh?sslmode=verify-ca',
  'postgres://u:hunter2@10.0.0.1/gh?sslmode=disable',
  'postgres://u:hunter2@localhost.bank.example/gh?sslmode=disable',
  'postgres://u:hunter2@/gh?host=/run&sslmode=verify-full',
  'postgres://u:hunter2@localhost/gh?sslmode=verify-full&sslrootcert=/no/such/hunter2.pem',
  'postgres://u:hunter2@localhost/gh?sslmode=verify-full&sslcert=/dev/null',
  'postgres://u:hunter2@localhost/gh?options=-cfsync%3Doff',
  'postgres://u:hunter2@localhost/gh?host=a&host=b',
  'postgres://u:hunter2@localhost/gh#x',
  'postgres://u:hunter2@localhost/',
  'postgres://u:hunter2@localhost/a/b',
  'postgres://u:hunter2@localhost:0/gh',
  'postgres://u:hunter2@localhost:99999/gh',
  'postgres://u:hunter2@/gh',
  'postgres://localhost/hunter2',
  'postgres://u:hunter2%ZZ@localhost/gh',
  'mysql://u:hunter2@localhost/gh',
  'hunter2',
  '',
])
  test(`\`parsePostgresUrl\` refuses ${url} and does not repeat it`, () =>
    assert.throws(
      () => parsePostgresUrl(url),
      (error: unknown) => {
        assert.equal((error as { code?: unknown }).code, 'GH_STORE_ADDRESS')
        assert.doesNotMatch(String(error), /hunter2/)
        return true
      },
    ))

test('`parsePostgresUrl` reads the files of its TLS parameters', (t) => {
  const file = join(temporaryFolder(t), 'ca.pem')
  writeFileSync(file, 'CA')
  const { tls } = parsePostgresUrl(
    `postgres://u:p@db/gh?sslrootcert=${file}&sslcert=${file}&sslkey=${file}`,
  )
  assert.deepEqual(tls, { ca: 'CA', cert: 'CA', key: 'CA' })
})

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
test(`\`parsePostgresUrl\` reads or refuses with its code, and never asks a far host for less than TLS (${RUNS} texts)`, () => {
  const part = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      'localhost',
      'db.example',
      '@',
      ':',
      '/',
      '?',
      '&',
      '%2F',
      'sslmode=',
      'disable',
      'host=',
      '[::1]',
      '#',
    ),
  )
  const text = fc.array(part, { maxLength: 9 }).map((parts) => `postgres://${parts.join('')}`)
  fc.assert(
    fc.property(text, (url) => {
      try {
        const read = parsePostgresUrl(url)
        const near =
          read.host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(read.host)
        assert.ok(near || read.tls !== false)
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'GH_STORE_ADDRESS', url)
      }
    }),
    { numRuns: RUNS },
  )
})
