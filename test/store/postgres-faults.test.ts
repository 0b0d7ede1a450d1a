/** PostgreSQL that is far, slow, gone, killed or not what it should be. The real server; see test/support/postgres-server.ts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openPostgresStore, type PostgresStoreOptions, type Store } from '../../src/store/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { slowLine } from '../support/slow-line.ts'
import * as tally from './tally-units.ts'

const skip = skipWithoutPostgres
const starting = skip === false ? startPostgres() : undefined
const ROUNDS = Math.max(3, Math.ceil(Number(process.env['GATEHOUSE_KILL_ROUNDS'] ?? 10) / 5))
const AWAY = { code: 'GH_STORE_UNAVAILABLE' }

async function server(): Promise<Awaited<ReturnType<typeof startPostgres>>> {
  assert.ok(starting !== undefined)
  return starting
}
async function open(
  t: TestContext,
  url: string,
  options: Partial<PostgresStoreOptions> = {},
): Promise<Store> {
  const store = await openPostgresStore({
    url,
    migrations: tally.tallyMigrations,
    scheduler: realScheduler,
    ...options,
  })
  t.after(() => store.close())
  return store
}
const through = (url: string, port: number): string =>
  url.replace(/@\/(\w+)\?.*/, `@127.0.0.1:${port}/$1`)

test(
  'PostgreSQL: one of 50 racing units wins, also at the end of a line of 10 ms',
  { skip },
  async (t) => {
    const pg = await server()
    const line = await slowLine(t, pg.socketFile)
    const store = await open(t, through(await pg.database(), line.port))
    line.delayMs = 10
    const won = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.run(tally.claim, { key: 'k', by: `u${i}` })),
    )
    assert.equal(won.filter(Boolean).length, 1)
    const given = await Promise.all(
      Array.from({ length: 50 }, () => store.run(tally.take, { name: 'q', limit: 3 })),
    )
    assert.equal(given.filter(Boolean).length, 3)
  },
)

test(
  'PostgreSQL: two processes that start at once migrate once and share every key once',
  { skip },
  async () => {
    const pg = await server()
    const url = await pg.database()
    const won = await Promise.all([1, 2].map(() => claims(url, 'shared', 60)))
    const keys = won.flat().filter((line) => line !== 'open')
    assert.equal(keys.length, new Set(keys).size)
    assert.equal(new Set(keys).size, Number(pg.psql('SELECT count(*) FROM once', url)))
    assert.ok(keys.length >= 60)
    assert.equal(pg.psql('SELECT count(*) FROM schema_migration', url), '2')
  },
)

test(
  `PostgreSQL: a client killed ${ROUNDS} times loses nothing that it acknowledged`,
  { skip },
  async (t) => {
    const pg = await server()
    const url = await pg.database()
    const acknowledged: string[] = []
    for (let round = 0; round < ROUNDS; round++)
      acknowledged.push(...(await claims(url, `round${round}`, 0, 5 + ((round * 13) % 40))))
    const store = await open(t, url)
    const kept = new Set((await store.run(tally.all, undefined)).map((row) => row['key']))
    const keys = acknowledged.filter((line) => line !== 'open')
    assert.ok(keys.length > ROUNDS)
    assert.deepEqual(
      keys.filter((key) => !kept.has(key)),
      [],
    )
  },
)

test(
  'PostgreSQL: a server that crashes and comes back has everything acknowledged, and the store goes on',
  { skip },
  async (t) => {
    const pg = await server()
    const url = await pg.database()
    const store = await open(t, url)
    const acknowledged: string[] = []
    const codes = new Set<string>()
    const stopping = new AbortController()
    let at = 0
    const lane = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const key = `k${++at}`
        await store.run(tally.claim, { key, by: 'x' }).then(
          () => acknowledged.push(key),
          (error: unknown) => codes.add(String((error as { code?: unknown }).code)),
        )
        if (at > 5000) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    const lanes = Array.from({ length: 12 }, lane)
    while (acknowledged.length < 30) await new Promise((resolve) => setImmediate(resolve))
    await pg.stop('immediate')
    await assert.rejects(store.run(tally.all, undefined), AWAY)
    await pg.start()
    const before = acknowledged.length
    while (acknowledged.length < before + 30) await new Promise((resolve) => setTimeout(resolve, 1))
    stopping.abort()
    await Promise.all(lanes)
    const kept = new Set((await store.run(tally.all, undefined)).map((row) => row['key']))
    assert.deepEqual(
      acknowledged.filter((key) => !kept.has(key)),
      [],
    )
    for (const code of codes)
      assert.ok(['GH_STORE_UNAVAILABLE', 'GH_STORE_IN_DOUBT'].includes(code), code)
    assert.ok(codes.has('GH_STORE_UNAVAILABLE'))
  },
)

test('PostgreSQL: a connection that is cut while idle costs no unit', { skip }, async (t) => {
  const pg = await server()
  const url = await pg.database()
  const store = await open(t, url)
  await store.run(tally.claim, { key: 'before', by: 'x' })
  for (let round = 0; round < 3; round++) {
    pg.psql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse'",
    )
    assert.equal(await store.run(tally.claim, { key: `after${round}`, by: 'x' }), true)
  }
})

test(
  'PostgreSQL: a connection that goes at the commit is in doubt, and the unit is not sent again',
  { skip },
  async (t) => {
    const pg = await server()
    const url = await pg.database()
    const line = await slowLine(t, pg.socketFile)
    const store = await open(t, through(url, line.port))
    await store.run(tally.claim, { key: 'before', by: 'x' })
    let commits = 0
    line.cutAfter = (chunk) => chunk.includes('COMMIT') && ++commits > 0
    await assert.rejects(store.run(tally.claim, { key: 'k', by: 'x' }), {
      code: 'GH_STORE_IN_DOUBT',
    })
    line.cutAfter = undefined
    assert.equal(commits, 1)
    // Here it had happened: whoever did it again would find that it is done.
    assert.equal(await store.run(tally.claim, { key: 'k', by: 'y' }), false)
  },
)

test(
  'PostgreSQL: a connection that goes before the commit leaves nothing, and the unit is run again',
  { skip },
  async (t) => {
    const pg = await server()
    const line = await slowLine(t, pg.socketFile)
    const store = await open(t, through(await pg.database(), line.port))
    await store.run(tally.claim, { key: 'before', by: 'x' })
    let cuts = 0
    line.cutAfter = (chunk) => chunk.includes('quota') && cuts++ === 0
    assert.equal(await store.run(tally.take, { name: 'once', limit: 1 }), true)
    assert.ok(cuts >= 1)
    assert.equal(await store.run(tally.take, { name: 'once', limit: 1 }), false)
  },
)

test(
  'PostgreSQL: a line that went deaf is given up after its deadline, and the next unit takes another',
  { skip },
  async (t) => {
    const pg = await server()
    const line = await slowLine(t, pg.socketFile)
    const clock = new FakeClock()
    const store = await open(t, through(await pg.database(), line.port), { scheduler: clock })
    await store.run(tally.claim, { key: 'before', by: 'x' })
    line.deaf = true
    const asked = store.run(tally.claim, { key: 'k', by: 'x' })
    while (line.swallowed === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(15_000)
    await assert.rejects(asked, AWAY)
    line.deaf = false
    assert.equal(await store.run(tally.claim, { key: 'k', by: 'x' }), true)
  },
)

test(
  'PostgreSQL: a store may open without its server, and migrates when it is there',
  { skip },
  async (t) => {
    const pg = await server()
    const url = await pg.database()
    await pg.stop()
    await assert.rejects(open(t, url), AWAY)
    const store = await open(t, url, { openWithoutServer: true })
    const asked = Array.from({ length: 40 }, (_, i) =>
      store.run(tally.claim, { key: `${i}`, by: 'x' }),
    )
    for (const { status } of await Promise.allSettled(asked)) assert.equal(status, 'rejected')
    await pg.start()
    assert.equal(await store.run(tally.claim, { key: 'k', by: 'x' }), true)
    assert.equal((await store.run(tally.all, undefined)).length, 1)
  },
)

test(
  'PostgreSQL: what is no database of ours is refused, and nothing of it is changed',
  { skip },
  async (t) => {
    const pg = await server()
    const foreign = await pg.database()
    pg.psql('CREATE TABLE theirs (n int)', foreign)
    await assert.rejects(open(t, foreign), { code: 'GH_STORE_CORRUPT' })
    assert.equal(
      pg.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", foreign),
      '1',
    )
    const missing = foreign.replace(/\/t\d+\?/, '/nothing?')
    await assert.rejects(open(t, missing), { code: 'GH_STORE_MISSING' })
    const wrong = foreign.replace(/:[0-9a-f]{24}@/, ':hunter2@')
    await assert.rejects(open(t, wrong), (error: unknown) => {
      assert.equal((error as { code?: unknown }).code, 'GH_STORE_REFUSED')
      assert.doesNotMatch(String(error), /hunter2/)
      return true
    })
    const url = await pg.database()
    await (
      await openPostgresStore({ url, migrations: tally.tallyMigrations, scheduler: realScheduler })
    ).close()
    pg.psql('CREATE TABLE loose (d date)', url)
    await assert.rejects(open(t, url), { code: 'GH_STORE_MIGRATION' })
  },
)

test('PostgreSQL: a failure never tells a value', { skip }, async (t) => {
  const pg = await server()
  const store = await open(t, await pg.database())
  for (const unit of [
    () => store.run(tally.keep, { key: 'k', n: 'hunter2' }),
    () => store.run(tally.orphan, 'hunter2'),
    () => store.run(tally.raw, "SELECT 'hunter2'::bigint"),
  ])
    await assert.rejects(unit, (error: unknown) => {
      assert.equal((error as { code?: unknown }).code, 'GH_STORE_FAILED')
      assert.doesNotMatch(String(error), /hunter2/)
      return true
    })
})

test('PostgreSQL: a server without fsync is refused', { skip }, async (t) => {
  const pg = await server()
  const url = await pg.database()
  pg.psql('ALTER SYSTEM SET fsync = off')
  pg.psql('SELECT pg_reload_conf()')
  t.after(() => {
    pg.psql('ALTER SYSTEM RESET fsync')
    pg.psql('SELECT pg_reload_conf()')
  })
  await assert.rejects(open(t, url), { code: 'GH_STORE_NOT_DURABLE' })
})

/** Lines that a child printed: to its end, or until it is killed after `killAfter` of them. */
async function claims(
  url: string,
  prefix: string,
  count: number,
  killAfter?: number,
): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'postgres-client-process.ts'), url, prefix, String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    if (killAfter !== undefined && printed.split('\n').length > killAfter) child.kill('SIGKILL')
  })
  await once(child, 'close')
  assert.ok(printed.startsWith('open\n'))
  return printed.split('\n').slice(0, -1) // the last line may be cut
}
