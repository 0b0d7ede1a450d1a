/** Gatehouse as it is measured: real kernel, keys, sockets and spool; the feed is a table in memory, as it is in the gateway. */
import {
  generateKeyPairSync,
  constants,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
} from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { unjudgedAnswers } from '../../test/support/unjudged-answers.ts'
import { prepare } from '../../src/decide/index.ts'
import { openSpool } from '../../src/events/index.ts'
import type { Projection } from '../../src/feed/index.ts'
import { createCore } from '../../src/gateway/core/index.ts'
import { createResponder } from '../../src/gateway/envoy/index.ts'
import { createNodeGateway } from '../../src/gateway/node/index.ts'
import type { Clock, Scheduler } from '../../src/lib/index.ts'
import { createIssuerKeys, createTokenVerifier } from '../../src/proof/index.ts'
import { benchPlan } from './ais-plan.ts'
import { serveMeasurements } from './measured.ts'
import { CHECK_SECRET } from './request.ts'

const pseudonyms = { shared: randomBytes(32), persons: new Map([['', randomBytes(32)]]) }

const clock: Clock = { now: Date.now, monotonic: () => performance.now() }
const scheduler: Scheduler = {
  every(ms, work) {
    const timer = setInterval(work, ms).unref()
    return () => clearInterval(timer)
  },
  after(ms, work) {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Answers Envoy's checks in place of serving: only the request is judged. */
const asked = process.argv[3] === 'ask'
const compiled = benchPlan(process.argv[2] ?? '')
const plan = asked ? unjudgedAnswers(compiled) : compiled
const [issuer] = plan.issuers
if (issuer === undefined) throw new Error('the plan has no issuer')

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keySet = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'PS256' }],
})
const keys = createIssuerKeys({
  location: { file: 'bench' },
  ports: {
    fetchText: () => Promise.reject(new Error('no network')),
    readText: () => Promise.resolve(keySet),
  },
  clock,
  scheduler,
})

/** The longest that the plan allows, and so the longest that a run may take. */
const TOKEN_SECONDS = 600
/** As many customers as make every table of the gateway a table. */
const CUSTOMERS = 64
const consents = new Map(
  Array.from({ length: CUSTOMERS }, (_, at) => [
    `consent-${at}`,
    {
      id: `consent-${at}`,
      client: 'tpp-bench',
      subject: `customer-${at}`,
      status: 'AUTH',
      permissions: new Set([
        'ReadAccountsBasic',
        'ReadTransactionsDetail',
        'ReadTransactionsCredits',
        'ReadTransactionsDebits',
      ]),
      accounts: new Set(['A1', 'A2', `A${at + 10}`]),
      expiresAt: Date.UTC(2099, 0, 1),
    },
  ]),
)
const client = { id: 'tpp-bench', name: 'Bench', status: 'active' }
const projection = {
  client: (id: string) => (id === client.id ? client : undefined),
  consent: (id: string) => consents.get(id),
  revoked: () => false,
  ageMs: () => 100,
  seq: 1,
} as unknown as Projection // sound: ids are branded strings

function token(at: number): string {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    iss: issuer?.issuer,
    aud: issuer?.audiences[0],
    iat: now,
    exp: now + TOKEN_SECONDS,
    jti: randomUUID(),
    client_id: client.id,
    sub: `customer-${at}`,
    consent_id: `consent-${at}`,
    scope: 'openid accounts',
  }
  const input = `${encode({ alg: 'PS256', typ: 'at+jwt', kid: 'k1' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
  return `${input}.${signature.toString('base64url')}`
}

await keys.ready
const verifier = createTokenVerifier([{ ...issuer, keys }])
const kernel = prepare(plan, { regex: linearRegex })
const core = createCore({
  kernel: () => kernel,
  projection,
  tokens: () => verifier,
  events: await openSpool({ dir: join(folder, 'spool'), scheduler, create: true }),
  clock,
  scheduler,
  randomBytes,
  randomUuid: randomUUID,
  pseudonymKey: () => pseudonyms,
})
const secret = Buffer.from(CHECK_SECRET)
const LISTENERS = new Map([['plain', {}]])
const gateway = asked
  ? createResponder({
      core,
      clock,
      scheduler,
      listeners: () => LISTENERS,
      isOurs: (other) =>
        other.length === secret.length && timingSafeEqual(Buffer.from(other), secret),
    })
  : createNodeGateway({ core, clock, scheduler })
const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 })
process.send?.({
  tokens: Array.from({ length: CUSTOMERS }, (_, at) => token(at)),
  issuer: issuer.issuer,
  audience: issuer.audiences[0],
  keySet,
})
serveMeasurements(port)
