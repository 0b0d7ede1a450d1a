/** The gateway's side: a whole core over a house and a world, asked one request at a time through the port of a data plane. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { idempotencyKeys } from '../../src/app/idempotency-keys.ts'
import { unattendedAccesses } from '../../src/app/unattended-accesses.ts'
import { installationKey } from '../../src/app/installation-key.ts'
import type { Kernel } from '../../src/decide/index.ts'
import type { AccessEvent } from '../../src/events/index.ts'
import {
  type Answer,
  createCore,
  type ExchangePort,
  type UpstreamCall,
} from '../../src/gateway/core/index.ts'
import { type JsonObject, type JsonValue, readAuthorizationDetails } from '../../src/lib/index.ts'
import { createIssuerKeys, createTokenVerifier } from '../../src/proof/index.ts'
import {
  changeMigrations,
  idempotencyMigrations,
  openSqliteStore,
  quotaMigrations,
} from '../../src/store/index.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { MemoryFeed } from '../support/memory-feed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { jwks, publicJwk, signed } from '../support/token-issuer.ts'
import type { BankAnswer } from './rules/answer.ts'
import type { Wire } from './rules/wire.ts'
import { CONTEXT } from './context.ts'
import { ISSUERS } from './house.ts'
import type { World } from './world.ts'

export interface Seen {
  readonly event: AccessEvent
  readonly answer: Answer
  readonly call: UpstreamCall | undefined
  /** The body of the bank's answer went on without being read. */
  readonly streamed: boolean
}
export interface Gateway {
  ask(kernel: Kernel, wire: Wire, bank: BankAnswer): Promise<Seen>
}

const pseudonyms = { shared: Buffer.alloc(32, 7), persons: new Map([['', Buffer.alloc(32, 7)]]) }

export async function startGateway(
  t: TestContext,
  world: World,
  clock: FakeClock,
): Promise<Gateway> {
  const dir = temporaryFolder(t)
  const store = await openSqliteStore({
    dir,
    create: true,
    migrations: [...idempotencyMigrations, ...changeMigrations, ...quotaMigrations],
  })
  const claimed = {
    client: 'client_id',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'grant_id',
    sca: 'sca',
  }
  const issuers = await Promise.all(
    ISSUERS.map(async (issuer, at) => {
      const read = () => Promise.resolve(jwks(at === 0 ? world.issuerKeys[0] : world.issuerKeys[1]))
      const keys = createIssuerKeys({
        location: { file: 'jwks' },
        ports: { fetchText: read, readText: read },
        clock,
        scheduler: clock,
      })
      await keys.ready
      t.after(() => keys.close())
      return { issuer, algorithms: [at === 0 ? 'ES256' : 'EdDSA'] as const, claims: claimed, keys }
    }),
  )
  const verifier = createTokenVerifier(issuers)
  const { keys, stop } = idempotencyKeys({
    store,
    key: installationKey(dir),
    clock,
    scheduler: clock,
    owner: randomUUID(),
    alone: true,
    say: (failure) => {
      throw failure
    },
  })
  const unattended = unattendedAccesses({
    store,
    clock,
    scheduler: clock,
    owner: randomUUID(),
    alone: true,
    say: (failure) => {
      throw failure
    },
  })
  t.after(async () => {
    stop()
    unattended.stop()
    await store.close()
  })
  const feed = feedOf(world)
  let kernel: Kernel | undefined
  let event: AccessEvent | undefined
  let wire: Wire | undefined
  const core = createCore({
    kernel: () => {
      if (kernel === undefined) throw new Error('nobody asked yet')
      return kernel
    },
    projection: feed,
    tokens: () => verifier,
    events: {
      append(record, _durability, done) {
        if (record.kind === 'access') event = record
        done(undefined)
      },
    },
    clock,
    scheduler: clock,
    randomBytes: (count) => randomBytes(count),
    randomUuid: randomUUID,
    pseudonymKey: () => pseudonyms,
    idempotencyKeys: keys,
    quotas: unattended.quotas,
    context: () => ({
      header: CONTEXT.header,
      issuer: CONTEXT.issuer,
      ttlSeconds: CONTEXT.ttlSeconds,
      seal: (claims) =>
        signed(world.contextKey, { alg: 'ES256', typ: CONTEXT.type, kid: 'context' }, claims),
    }),
    sampleEvery: 0,
    observed: () => wire?.killed,
  })
  return {
    ask: (next, asked, bank) =>
      new Promise((resolve) => {
        kernel = next
        wire = asked
        event = undefined
        feed.age = asked.feedAgeMs
        let call: UpstreamCall | undefined
        let streamed = false
        const port: ExchangePort = {
          readBody(maxBytes) {
            const text = asked.body ?? ''
            if (text === '') return exchange.body({ kind: 'absent' })
            if (Buffer.byteLength(text) > maxBytes)
              return exchange.refuse('GH_GATEWAY_BODY_TOO_LARGE')
            exchange.body({ kind: 'text', mediaType: mediaType(asked), text })
          },
          forward(made) {
            call = made
            const bytes = Buffer.from(bank.body)
            const plan = exchange.upstreamHead(
              bank.status,
              { 'content-type': bank.mediaType },
              false,
            )
            if (plan === 'read') exchange.upstreamBody(bytes, bank.body)
            else if (plan === 'stream') {
              streamed = true
              exchange.upstreamStream(bytes.length)
            }
          },
          answer: (answer) => end(answer),
          stream: (answer) => end({ ...answer, body: bank.body }),
        }
        const end = (answer: Answer): void => {
          if (event === undefined) throw new Error('an answer without an event')
          resolve({ event, answer, call, streamed })
        }
        const exchange = core.open(
          {
            method: asked.method,
            target: asked.target,
            rawHeaders: asked.headers,
            peer: '192.0.2.1',
            transport:
              asked.tls === undefined
                ? undefined
                : {
                    tls: asked.tls,
                    certificate: world.certificates.get(asked.certificate.name)?.fact ?? {
                      kind: 'absent',
                    },
                  },
            hasBody: asked.body !== undefined && asked.body !== '',
          },
          port,
        )
        exchange.start()
      }),
  }
}

function mediaType({ headers }: Wire): string {
  const at = headers.findIndex(
    (one, index) => index % 2 === 0 && one.toLowerCase() === 'content-type',
  )
  return (headers[at + 1] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

function feedOf(world: World): MemoryFeed {
  const feed = new MemoryFeed()
  for (const {
    id,
    status,
    organization,
    frequencyPerDay,
    register,
    registeredRoles,
    signs,
  } of world.clients.values()) {
    feed.addClient(id, status)
    const record = feed.clients.get(id)
    if (record === undefined) continue
    feed.clients.set(id, {
      ...record,
      ...(organization !== undefined && { organizationIdentifier: organization }),
      ...(frequencyPerDay !== undefined && { frequencyPerDay }),
      ...(register !== undefined && { registerStatus: register }),
      ...(registeredRoles !== undefined && { roles: new Set(registeredRoles) }),
      ...(signs !== undefined && {
        jwks: { keys: [publicJwk(signs.key)] } as unknown as JsonObject,
      }), // sound: a JWK is JSON
      ...(signs?.issuer !== undefined && { signatureIssuer: signs.issuer }),
    })
  }
  for (const { permissions, accounts, details, id, client, ...rest } of world.consents.values()) {
    feed.addConsent(id, {
      ...rest,
      client: client as never, // sound: a test's own id
      permissions: new Set(permissions),
      accounts: new Set(accounts),
      ...(details !== undefined && { payments: readAuthorizationDetails(details as JsonValue) }), // sound: JSON by construction
    })
  }
  for (const key of world.revoked) feed.revocations.add(key)
  return feed
}
