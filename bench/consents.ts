/**
 * A gateway that starts with very many consents of the authorization server: how long until it knows them, what memory that takes, and how long
 * until one that ends is gone. On SQLite; `store` is its file.
 *
 *   node --expose-gc bench/consents.ts [COUNT]
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock, systemScheduler } from '../src/app/system-ports.ts'
import { createProjection, sealConsent, sealedKey } from '../src/feed/index.ts'
import { openSqliteStore, openStoreFeed } from '../src/store/index.ts'
import { identityMigrations as migrations } from '../test/identity/migrations.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-consents-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
await (await openSqliteStore({ dir, create: true, migrations })).close()

const record = (id: string) => ({
  id,
  client: 'budget-buddy',
  subject: randomUUID(),
  status: 'AUTH',
  permissions: [
    'ReadAccountsDetail',
    'ReadBalances',
    'ReadTransactionsDetail',
    'ReadTransactionsCredits',
    'ReadTransactionsDebits',
  ],
  accounts: [randomUUID(), randomUUID()],
  expiresAt: Date.now() + 180 * 86_400_000,
})
let last = ''
const db = new DatabaseSync(join(dir, 'gatehouse.db'))
const put = db.prepare('INSERT INTO feed_change (kind, key, seq, at, value) VALUES (?, ?, ?, ?, ?)')
const sealing = performance.now()
db.exec('BEGIN')
for (let seq = 1; seq <= count; seq++) {
  last = randomBytes(16).toString('hex')
  put.run('consent', sealedKey(last), seq, 0, JSON.stringify(sealConsent(last, record(last))))
}
db.prepare('INSERT INTO feed_head (id, seq) VALUES (1, ?)').run(count)
db.exec('COMMIT')
const sealMicros = ((performance.now() - sealing) * 1000) / count

const store = await openSqliteStore({ dir, migrations })
globalThis.gc?.()
const before = process.memoryUsage().rss
const cpu = process.cpuUsage()
const began = performance.now()
const feed = openStoreFeed({ store, clock: systemClock, scheduler: systemScheduler })
const gateway = await createProjection(feed, systemClock)
const startMs = performance.now() - began
const { user, system } = process.cpuUsage(cpu)
globalThis.gc?.()
const bytes = (process.memoryUsage().rss - before) / count

if (gateway.consent(last) === undefined) throw new Error('the check is blind')
db.prepare('UPDATE feed_change SET value = NULL, seq = ? WHERE key = ?').run(
  count + 1,
  sealedKey(last),
)
const ended = performance.now()
while (gateway.consent(last) !== undefined) await new Promise(setImmediate)
const endedMs = performance.now() - ended

process.stdout.write(
  `${JSON.stringify({ count, sealMicros: Math.round(sealMicros), startMs: Math.round(startMs), startCpuMs: Math.round((user + system) / 1000), bytesPerConsent: Math.round(bytes), endedMs: Math.round(endedMs) })}\n`,
)
feed.close()
await store.close()
