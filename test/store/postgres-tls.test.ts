/** The way to a PostgreSQL server beyond this machine: TLS with a certificate that is checked, or none at all. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openPostgresStore } from '../../src/store/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { claim, tallyMigrations } from './tally-units.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const skip = hasOpenssl ? skipWithoutPostgres : 'SKIPPED: no openssl to make certificates with'
const dir = mkdtempSync(join(tmpdir(), 'gh-tls-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** Signs itself: it is its own authority. */
function certificate(name: string, host: string): { readonly cert: string; readonly key: string } {
  const files = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) }
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '2']
  execFileSync('openssl', [...words, ...names, '-keyout', files.key, '-out', files.cert], {
    stdio: 'ignore',
  })
  return files
}

const right = skip === false ? certificate('right', 'localhost') : undefined
const starting = right === undefined ? undefined : startPostgres(right)

test(
  'PostgreSQL: TLS is used and the certificate is checked, by its authority and its name',
  { skip },
  async (t) => {
    const pg = await starting
    assert.ok(pg !== undefined && right !== undefined)
    const socket = await pg.database()
    const url = (host: string, ca: string): string =>
      socket.replace(/@\/(\w+)\?.*/, `@${host}:${pg.port}/$1?sslmode=verify-full&sslrootcert=${ca}`)
    const open = (to: string): ReturnType<typeof openPostgresStore> =>
      openPostgresStore({ url: to, migrations: tallyMigrations, scheduler: realScheduler })

    const store = await open(url('localhost', right.cert))
    t.after(() => store.close())
    assert.equal(await store.run(claim, { key: 'k', by: 'x' }), true)
    const encrypted =
      "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = 'gatehouse'"
    assert.ok(Number(pg.psql(encrypted)) > 0)

    const stranger = certificate('stranger', 'localhost')
    for (const to of [
      url('localhost', stranger.cert), // another authority
      url('127.0.0.1', right.cert), // another name
      url('localhost', right.cert).replace(/&sslrootcert=.*/, ''), // the world's authorities do not know it
    ])
      await assert.rejects(open(to), { code: 'GH_STORE_REFUSED' }, to.slice(-40))
  },
)
