/** A gateway to be killed: real spool, real store, a bank elsewhere. Prints its port; a new run is a new owner of the same store. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { unattendedAccesses } from '../../src/app/unattended-accesses.ts'
import { systemClock, systemScheduler } from '../../src/app/system-ports.ts'
import { prepare } from '../../src/decide/index.ts'
import { openSpool } from '../../src/events/index.ts'
import { createCore } from '../../src/gateway/core/index.ts'
import { createNodeGateway } from '../../src/gateway/node/index.ts'
import { createIssuerKeys, createTokenVerifier } from '../../src/proof/index.ts'
import {
  changeMigrations,
  idempotencyMigrations,
  openSqliteStore,
  quotaMigrations,
} from '../../src/store/index.ts'
import { ISSUER_PLAN } from '../support/ais-plan.ts'
import { keyedPlan, oncePlan } from '../support/keyed-plan.ts'
import { unattendedPlan } from '../support/rated-plan.ts'
import { linearRegex } from '../support/linear-regex.ts'
import { MemoryFeed } from '../support/memory-feed.ts'

/** `pays`: an operation is done once for each key; `consents`: and once for each of the consents `c-0` to `c-9999`; `counts`: reads are counted over a day. */
const [, , dir = '', upstream = '', does = 'pays'] = process.argv
const feed = new MemoryFeed()
feed.addClient('tpp-a')
feed.addConsent('consent-1')
for (let at = 0; at < 10_000; at++) feed.addConsent(`c-${at}`)
const read = () => Promise.resolve(readFileSync(join(dir, 'jwks.json'), 'utf8'))
const keys = createIssuerKeys({
  location: { file: 'jwks' },
  ports: { fetchText: read, readText: read },
  clock: systemClock,
  scheduler: systemScheduler,
})
await keys.ready
const verifier = createTokenVerifier([{ ...ISSUER_PLAN, keys }])
const store = await openSqliteStore({
  dir: join(dir, 'store'),
  create: true,
  migrations: [...idempotencyMigrations, ...changeMigrations, ...quotaMigrations],
})
const spool = await openSpool({ dir: join(dir, 'spool'), scheduler: systemScheduler, create: true })
const planOf = does === 'counts' ? unattendedPlan : does === 'consents' ? oncePlan : keyedPlan
const plan = planOf({ upstream })
const kernel = prepare(plan, { regex: linearRegex })
const once = idempotencyKeys({
  store,
  key: installationKey(dir),
  clock: systemClock,
  scheduler: systemScheduler,
  owner: randomUUID(),
  alone: true,
  say: (failure) => {
    throw failure
  },
})
const core = createCore({
  kernel: () => kernel,
  projection: feed,
  tokens: () => verifier,
  events: spool,
  clock: systemClock,
  scheduler: systemScheduler,
  randomBytes: (count) => randomBytes(count),
  randomUuid: randomUUID,
  pseudonymKey: () => ({
    shared: Buffer.alloc(32, 7),
    persons: new Map([['', Buffer.alloc(32, 7)]]),
  }),
  quotas: unattendedAccesses({
    store,
    clock: systemClock,
    scheduler: systemScheduler,
    owner: randomUUID(),
    alone: true,
    say: (failure) => {
      throw failure
    },
  }).quotas,
  idempotencyKeys: once.keys,
  consentUses: once.uses,
})
const gateway = createNodeGateway({
  core,
  clock: systemClock,
  scheduler: systemScheduler,
  limits: {},
})
const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${port}\n`)
