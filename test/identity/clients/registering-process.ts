/**
 * A third party that registers, changes itself or goes, at a server in the same process, which dies at a point. Arguments: folder, URL of a database
 * (empty: SQLite), what is asked (POST, PUT or DELETE), path and token of its registration, and the point: `event:ACTION` (right after it is on record),
 * `unit:NAME` (right after it is committed) or `answer` (after it was told).
 */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { identityEvents } from '../../../src/app/identity/identity-events.ts'
import { systemClock } from '../../../src/app/system-ports.ts'
import { openSpool } from '../../../src/events/index.ts'
import { createPseudonym } from '../../../src/gateway/core/index.ts'
import { openPostgresStore, openSqliteStore, type Store } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { identityMigrations as migrations } from '../migrations.ts'
import { holder, uk, world } from './third-party.ts'

const [, , dir = '', url = '', method = '', path = '', token = '', point = ''] = process.argv
const dieAt = (here: string): void => {
  if (here === point) process.kill(process.pid, 'SIGKILL')
}
const direct =
  url === ''
    ? await openSqliteStore({ dir: join(dir, 'store'), create: true, migrations })
    : await openPostgresStore({ url, scheduler: realScheduler, migrations })
const store: Store = {
  ...direct,
  async run(unit, arg) {
    const value = await direct.run(unit, arg)
    dieAt(`unit:${unit.name}`)
    return value
  },
}
const events = await openSpool({ dir: join(dir, 'spool'), scheduler: realScheduler, create: true })
const key = randomBytes(32)
const recorder = identityEvents({
  events,
  clock: systemClock,
  scheduler: realScheduler,
  randomBytes,
  pseudonym: createPseudonym(() => ({ shared: key, persons: new Map([['', key]]) })),
})
// Sound: it asks a test for nothing else, and nothing is cleaned up here.
const t = { after: () => undefined } as unknown as TestContext
const at = await world(t, {
  store,
  recorder: {
    async write(entry, correcting) {
      const id = await recorder.write(entry, correcting)
      dieAt(`event:${entry.action}`)
      return id
    },
  },
})
const body =
  method === 'DELETE'
    ? undefined
    : { ...(await uk(at)), software_statement: await at.statement({ software_client_name: 'New' }) }
const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
const answer = await at.send(holder(), method, path, body, headers)
writeSync(1, JSON.stringify({ status: answer.status, body: answer.body }))
dieAt('answer')
process.exit(1)
