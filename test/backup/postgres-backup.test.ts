/** An installation whose store is PostgreSQL: its database goes away and comes back, is backed up and restored. The real server. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { call, until, up } from '../scenario/gateway-process.ts'
import { installation, type Installation } from '../scenario/installation.ts'
import { MEADOW_FILES, meadowBank, meadowConfig } from '../scenario/invented-bank.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'

const skip = skipWithoutPostgres
const starting = skip === false ? startPostgres() : undefined
const ACCOUNTS = '/v2/pot-accounts'

async function server(): Promise<Awaited<ReturnType<typeof startPostgres>>> {
  assert.ok(starting !== undefined)
  return starting
}
async function place(t: TestContext): Promise<{ place: Installation; url: string; token: string }> {
  const bank = await meadowBank(t)
  const url = await (await server()).database()
  const config = `store: { postgres: { url: { file: database-url } } }\n${meadowConfig(bank.origin)}`
  const made = installation(t, config, { ...MEADOW_FILES, 'database-url': url })
  return { place: made, url, token: made.token({ scope: 'pots.read' }) }
}
interface Posture {
  readonly live: boolean
  readonly summary: readonly string[]
  readonly apis: readonly { readonly counts: Readonly<Record<string, number>> }[]
}
const posture = async (of: Installation): Promise<Posture> =>
  JSON.parse((await of.run('posture', '--json')).out) as Posture // sound: what `posture --json` promises

test(
  'while the database is gone reads go on, nothing is met, and afterwards everything is caught up',
  { skip },
  async (t) => {
    const pg = await server()
    const { place: bank, url, token } = await place(t)
    const gateway = await up(t, bank)
    await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
    await until(5_000, async () => (await posture(bank)).apis[0]?.counts['met'] !== 0)
    const counted = (): number =>
      Number(pg.psql('SELECT coalesce(max(seq), 0) FROM traffic_offset', url))

    await pg.stop('immediate')
    for (let count = 0; count < 20; count++)
      assert.equal((await call(gateway, { path: ACCOUNTS, token })).status, 200)
    const gone = await posture(bank)
    assert.deepEqual([gone.live, gone.apis[0]?.counts['met']], [true, 0])
    assert.match(gone.summary.join('\n'), /store does not answer/)

    // A gateway that starts meanwhile is no less able to serve.
    await gateway.stop()
    const second = await up(t, bank)
    assert.match(second.output().err + JSON.stringify(second.ready), /GH_STORE_UNAVAILABLE/)
    assert.equal((await call(second, { path: ACCOUNTS, token })).status, 200)

    await pg.start()
    await until(20_000, async () => counted() >= 22)
    await until(20_000, async () => ((await posture(bank)).apis[0]?.counts['met'] ?? 0) > 0)
    await second.stop()
  },
)

test(
  'what will not pass refuses the start, and does not tell the password',
  { skip },
  async (t) => {
    const { place: bank, url } = await place(t)
    writeFileSync(join(bank.dir, 'database-url'), url.replace(/:[0-9a-f]{24}@/, ':hunter2@'))
    await assert.rejects(up(t, bank), (error: unknown) => {
      assert.match(String(error), /ended with 69.*GH_STORE_REFUSED/s)
      assert.doesNotMatch(String(error), /hunter2/)
      return true
    })
    writeFileSync(
      join(bank.dir, 'database-url'),
      'postgres://u:hunter2@db.example/gh?sslmode=disable',
    )
    await assert.rejects(up(t, bank), (error: unknown) => {
      assert.match(String(error), /ended with 4.*GH_STORE_ADDRESS/s)
      assert.doesNotMatch(String(error), /hunter2/)
      return true
    })
  },
)

test(
  'a backup holds the database as of one moment, and is restored into an empty one only',
  { skip },
  async (t) => {
    const pg = await server()
    const { place: bank, url, token } = await place(t)
    const gateway = await up(t, bank)
    await until(5_000, async () => (await call(gateway, { path: ACCOUNTS, token })).status === 200)
    const backup = join(bank.dir, 'backup')
    const keys = join(bank.dir, 'keys')
    const made = await bank.run('backup', backup, '--keys', keys)
    assert.equal(made.code, 0, made.err)
    await gateway.stop()
    const rows = (of: string): string =>
      pg.psql('SELECT count(*) FROM inventory_operation', of) +
      pg.psql("SELECT string_agg(id || digest, ',' ORDER BY id) FROM schema_migration", of) +
      pg.psql("SELECT md5(string_agg(body, E'\\n' ORDER BY name)) FROM inventory_api", of)
    const before = rows(url)

    const target = join(bank.dir, 'restored')
    const restoring = (): ReturnType<Installation['run']> =>
      bank.run('restore', backup, '--to', target, '--keys', keys)
    const full = await restoring()
    assert.match(full.err, /GH_STORE_CORRUPT/)
    const empty = await pg.database()
    writeFileSync(join(bank.dir, 'database-url'), empty)
    const restored = await restoring()
    assert.equal(restored.code, 0, restored.err)
    assert.equal(rows(empty), before)

    // Half a copy leaves an empty database.
    const lines = readFileSync(join(backup, 'store', 'postgres.jsonl'), 'utf8').split('\n')
    assert.ok(lines.length > 5)
    rmSync(target, { recursive: true })
    rmSync(bank.dataDir, { recursive: true })
    bank.write('gatehouse.yaml', `${readFileSync(bank.config, 'utf8')}dataDir: restored\n`)
    const third = await pg.database()
    writeFileSync(join(bank.dir, 'database-url'), third)
    assert.equal((await restoring()).code, 0)
    const again = await up(t, bank)
    assert.equal((await call(again, { path: ACCOUNTS, token })).status, 200)
    await again.stop()
  },
)
