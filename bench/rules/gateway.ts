/**
 * Gatehouse as the rules are measured: UK account information and payments under the PSD2 templates, over mutual TLS, with spool and store
 * on the disk. Arguments: upstream, folder of the world, operations beside the real ones, clients, consents.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerSigner } from '../../src/app/answer-keys.ts'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import { systemClock, systemScheduler } from '../../src/app/system-ports.ts'
import { type Plan, prepare } from '../../src/decide/index.ts'
import { openSpool } from '../../src/events/index.ts'
import { type Change, createProjection } from '../../src/feed/index.ts'
import { createCore, judgeCertificate, trustStore } from '../../src/gateway/core/index.ts'
import { createNodeGateway } from '../../src/gateway/node/index.ts'
import type { JsonValue } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import {
  createIssuerKeys,
  createTokenVerifier,
  readCertificate,
  readPem,
} from '../../src/proof/index.ts'
import { changeMigrations, idempotencyMigrations, openSqliteStore } from '../../src/store/index.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { apiSource, change, policySource } from '../../test/support/policy-source.ts'
import { largeSource, largeSpec } from '../decide/large-api.ts'
import { serveMeasurements } from '../gateway/measured.ts'
import { consentChange } from './consents.ts'
import { BASE, ISSUER, ORGANIZATION, ORIGIN } from './world.ts'

const [, , upstream = '', folder = '', operations = '0', clients = '1', consents = '64'] =
  process.argv
const ROOT = join(import.meta.dirname, '../..')
const spec = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const NO_LIMIT = 1_000_000_000

function plan(): Plan {
  const both = [change('token.senderConstrained', { params: { methods: ['mtls', 'dpop'] } })]
  const uk = {
    upstream,
    spec: spec('test/inventory/specs/uk-obie/payment-initiation-openapi.yaml'),
    // One consent pays again and again here: from 1.3.0 on it pays once.
    template: 'psd2-pis@1.2.0',
  }
  const accounts = spec('examples/bank/spec/account-info-openapi.yaml')
  const apis = [
    apiSource({
      name: 'ais',
      basePath: BASE.ais,
      upstream,
      spec: accounts,
      template: 'psd2-ais',
      rules: both,
    }),
    apiSource({ ...uk, name: 'pis', basePath: BASE.pis }),
    apiSource({ ...uk, name: 'unsigned', basePath: BASE.unsigned }),
    apiSource({
      ...uk,
      name: 'answered',
      basePath: BASE.answered,
      rules: [change('request.signature', { params: { answers: 'signed' } })],
    }),
    ...(operations === '0' ? [] : largeSource(largeSpec(Number(operations))).apis),
  ]
  const compiled = compilePolicy({
    ...policySource(apis, [], [ISSUER]),
    publicOrigins: [ORIGIN],
    signsAnswers: true,
  })
  return {
    ...compiled.plan,
    apis: compiled.plan.apis.map((api) => {
      if (api.state !== 'active') throw new Error(`${api.name} is closed: ${api.reason}`)
      // One client asks more than any third party may: its requests are counted, and none is refused.
      const rules = api.rules.map((rule) =>
        rule.name === 'rate'
          ? { ...rule, params: { ...rule.params, perClient: NO_LIMIT, burst: NO_LIMIT } }
          : rule,
      )
      if (api.name !== 'unsigned') return { ...api, rules }
      // What the rule costs is what the other API shows.
      const kept = (at: number): boolean => api.rules[at]?.name !== 'request.signature'
      return {
        ...api,
        rules,
        operations: api.operations.map((one) => ({ ...one, rules: one.rules.filter(kept) })),
      }
    }),
  }
}

function* changes(): Generator<Change> {
  let seq = 0
  const made = (kind: Change['kind'], key: string, value: object): Change => ({
    seq: ++seq,
    at: 0,
    kind,
    key,
    value: value as JsonValue,
  }) // sound: JSON by construction
  const record = { name: 'Bench', status: 'active', organizationIdentifier: ORGANIZATION }
  const jwks: unknown = JSON.parse(readFileSync(join(folder, 'client.json'), 'utf8'))
  for (let at = 1; at <= Number(clients); at++)
    yield made('client', `tpp-${at}`, { ...record, id: `tpp-${at}`, ...(at === 1 && { jwks }) })
  const consent = { client: 'tpp-1', status: 'AUTH' }
  const permissions = [
    'ReadAccountsBasic',
    'ReadTransactionsDetail',
    'ReadTransactionsCredits',
    'ReadTransactionsDebits',
  ]
  for (let at = 0; at < 64; at++)
    yield made('consent', `consent-${at}`, {
      ...consent,
      id: `consent-${at}`,
      subject: `customer-${at}`,
      permissions,
      accounts: ['A1', `A${at + 10}`],
    })
  yield made('consent', 'consent-pay', {
    ...consent,
    id: 'consent-pay',
    subject: 'customer-pay',
    permissions: ['domestic-payments'],
    accounts: [],
  })
  for (let at = 64; at < Number(consents); at++) yield consentChange(at)
}

const PSEUDONYMS = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }

const projection = await createProjection(
  {
    snapshot: () =>
      Promise.resolve({
        seq: 0,
        changes: { [Symbol.iterator]: changes } as unknown as readonly Change[],
      }), // sound: it is iterated and nothing else
    subscribe(_from, subscriber) {
      subscriber.heartbeat(systemClock.now())
      const stop = systemScheduler.every(1_000, () => subscriber.heartbeat(systemClock.now()))
      return stop
    },
  },
  systemClock,
)
const keys = createIssuerKeys({
  location: { file: 'issuer.json' },
  ports: {
    fetchText: () => Promise.reject(new Error('no network')),
    readText: () => Promise.resolve(readFileSync(join(folder, 'issuer.json'), 'utf8')),
  },
  clock: systemClock,
  scheduler: systemScheduler,
})
await keys.ready
const made = plan()
const kernel = prepare(made, { regex: linearRegex })
const verifier = createTokenVerifier(made.issuers.map((issuer) => ({ ...issuer, keys })))
const own = join(folder, `gateway-${process.pid}`)
const store = await openSqliteStore({
  dir: join(own, 'store'),
  create: true,
  migrations: [...idempotencyMigrations, ...changeMigrations],
})
const pem = (name: string): string => readFileSync(join(folder, 'certs', `${name}.pem`), 'utf8')
const anchors = (readPem('CERTIFICATE', pem('ca')) ?? []).flatMap((der) => {
  const read = readCertificate(der)
  return read.ok ? [read.certificate] : []
})
const stores = [trustStore('psd2', anchors, undefined)]
const signer = answerSigner({
  issuer: 'bench/bank',
  trustAnchor: 'openbanking.org.uk',
  keys: [{ file: join(folder, 'answers.pem') }],
})
const core = createCore({
  kernel: () => kernel,
  projection,
  tokens: () => verifier,
  events: await openSpool({
    dir: join(own, 'spool'),
    scheduler: systemScheduler,
    create: true,
    // A machine that does something else besides is slow, not broken.
    limits: { answerWithinMs: 2_000 },
  }),
  clock: systemClock,
  scheduler: systemScheduler,
  randomBytes: (count) => randomBytes(count),
  randomUuid: randomUUID,
  pseudonymKey: () => PSEUDONYMS,
  answers: () => signer,
  idempotencyKeys: idempotencyKeys({
    store,
    key: installationKey(own),
    clock: systemClock,
    scheduler: systemScheduler,
    owner: randomUUID(),
    alone: true,
    say: (failure) => process.stderr.write(`${String(failure)}\n`),
  }).keys,
})
const gateway = createNodeGateway({
  core,
  clock: systemClock,
  scheduler: systemScheduler,
  tls: {
    minVersion: '1.2',
    clientCertificate: 'required',
    identity: () => ({ cert: pem('server'), key: pem('server-key'), ca: pem('ca') }),
    onChange: () => () => undefined,
    trustVersion: () => 1,
    judge: (chain) => judgeCertificate(stores, chain, systemClock.now()),
  },
})
const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 })
serveMeasurements(port)
