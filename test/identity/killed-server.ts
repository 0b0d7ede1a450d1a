/**
 * An authorization server as a process that dies at a point: arguments are the folder, the URL of a database (empty: SQLite), a file with its
 * settings, and the point, which a message may move: `event:ACTION` (right after it is on record) or `unit:NAME` (right after it is committed);
 * empty: it lives.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { identityEvents } from '../../src/app/identity/identity-events.ts'
import { systemClock } from '../../src/app/system-ports.ts'
import { openSpool } from '../../src/events/index.ts'
import { createPseudonym } from '../../src/gateway/core/index.ts'
import { type ClientMetadata, createAuthorizationServer } from '../../src/identity/index.ts'
import { developmentCustomers } from '../../src/identity/screens/customers.ts'
import {
  keysOfSecret,
  openPostgresStore,
  openSqliteStore,
  type Store,
} from '../../src/store/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { API, ISSUER } from './client.ts'
import { CUSTOMERS } from './consents/bank.ts'
import { identityMigrations as migrations } from './migrations.ts'

const [, , dir = '', url = '', settings = '', from = ''] = process.argv
let point = from
process.on('message', (next) => {
  point = String(next)
  process.send?.('armed')
})
// Sound: written by the test.
const { clients, secret, key } = JSON.parse(readFileSync(settings, 'utf8')) as {
  readonly clients: readonly ClientMetadata[]
  readonly secret: string
  readonly key: string
}
const die = (): void => {
  writeSync(1, `dies ${point}\n`)
  process.kill(process.pid, 'SIGKILL')
}
const direct =
  url === ''
    ? await openSqliteStore({ dir: join(dir, 'store'), create: true, migrations })
    : await openPostgresStore({ url, scheduler: realScheduler, migrations })
const store: Store = {
  async run(unit, arg) {
    const value = await direct.run(unit, arg)
    if (point === `unit:${unit.name}`) die()
    return value
  },
  async runBuffered(unit, arg) {
    const value = await direct.runBuffered(unit, arg)
    if (point === `unit:${unit.name}`) die()
    return value
  },
  sync: () => direct.sync(),
  close: () => direct.close(),
}
const events = await openSpool({
  dir: join(dir, 'spool'),
  scheduler: realScheduler,
  create: true,
})
const bytes = Buffer.from(key, 'base64url')
const pseudonyms = { shared: bytes, persons: new Map([['', bytes]]) }
const recorder = identityEvents({
  events,
  clock: systemClock,
  scheduler: realScheduler,
  randomBytes,
  pseudonym: createPseudonym(() => pseudonyms),
})
const server = await createAuthorizationServer({
  issuer: ISSUER,
  sealingKeys: keysOfSecret(secret),
  store,
  clock: systemClock,
  scheduler: realScheduler,
  randomBytes,
  fetch: () => Promise.reject(new TypeError('nothing is asked outside')),
  clients,
  gateways: [],
  resources: [{ identifier: API, scopes: ['accounts'] }],
  presented: { of: () => undefined, trusted: () => false, believesSeal: () => false },
  customers: developmentCustomers(CUSTOMERS, systemClock),
  registration: undefined,
  consentEnds: () => Promise.resolve(),
  evidence: {
    async write(entry, correcting) {
      const id = await recorder.write(entry, correcting)
      if (point === `event:${entry.action}`) die()
      return id
    },
  },
  say: (failure) => process.stderr.write(`${String(failure)}\n`),
})
const http = createServer(server.listener)
http.listen(0, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo // sound: it listens on TCP
  writeSync(1, `port ${port}\n`)
})
