/** A whole Node gateway on loopback before a scripted bank API: real sockets, real kernel, real keys; memory for feed and events. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { prepare } from '../../src/decide/index.ts'
import type { Kernel, Plan } from '../../src/decide/index.ts'
import {
  type ContextSigner,
  type AnswerSigner,
  type Core,
  createCore,
  type DurableQuotas,
  type ConsentUses,
  type IdempotencyKeys,
  type InitiatedPayments,
  type SealTrust,
} from '../../src/gateway/core/index.ts'
import {
  createNodeGateway,
  type NodeGatewayOptions,
  type NodeLimits,
} from '../../src/gateway/node/index.ts'
import { createIssuerKeys, createTokenVerifier } from '../../src/proof/index.ts'
import { aisPlan, ISSUER_PLAN, type PlanOptions } from './ais-plan.ts'
import { FakeClock } from './fake-clock.ts'
import { linearRegex } from './linear-regex.ts'
import { MemoryFeed } from './memory-feed.ts'
import { MemorySink } from './memory-sink.ts'
import { type RawAnswer, RawConnection } from './raw-http.ts'
import { jsonAnswer, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts'
import { accessToken, jwks, type SigningKey, signingKey } from './token-issuer.ts'

const pseudonyms = { shared: Buffer.alloc(32, 7), persons: new Map([['', Buffer.alloc(32, 7)]]) }

export interface Rig {
  readonly port: number
  /** Shared with whatever other data plane a test puts beside it. */
  readonly core: Core
  /** The plan it began with. */
  readonly plan: Plan
  readonly clock: FakeClock
  readonly feed: MemoryFeed
  readonly sink: MemorySink
  readonly upstream: ScriptedUpstream
  readonly key: SigningKey
  /** Text of the JWKS file; read again within a second of the clock. */
  keySet: string
  /** How often the JWKS was read. */
  readonly reads: () => number
  swap(kernel: Kernel): void
  token(changes?: Readonly<Record<string, unknown>>): string
  connect(): RawConnection
  /** One request on a new connection; `token: null` sends none. */
  call(target: string, options?: CallOptions): Promise<RawAnswer>
  close(drainMs?: number, noticeMs?: number): Promise<void>
}
export interface CallOptions {
  readonly method?: string
  readonly token?: string | null
  readonly headers?: readonly string[]
  readonly body?: string
}
export interface RigOptions extends Partial<PlanOptions> {
  readonly limits?: Partial<NodeLimits>
  readonly key?: SigningKey
  readonly keySource?: 'file' | 'url'
  readonly sampleEvery?: number
  /** Where idempotency keys are kept. */
  readonly idempotencyKeys?: (clock: FakeClock) => IdempotencyKeys
  readonly consentUses?: (clock: FakeClock) => ConsentUses
  /** Signs answers. */
  readonly answers?: () => AnswerSigner | undefined
  /** Whose seals of messages are believed. */
  readonly seals?: SealTrust
  /** Signs what the bank is told. */
  readonly context?: () => ContextSigner | undefined
  /** Where accesses over a day are counted. */
  readonly quotas?: (clock: FakeClock) => DurableQuotas
  /** Where payments are kept that wait for their authorisation. */
  readonly initiated?: (clock: FakeClock) => InitiatedPayments
  /** Where the clock begins; peers have none but the machine's own. */
  readonly now?: number
  /** Ways to the bank; else its own. */
  readonly pools?: (clock: FakeClock) => NonNullable<NodeGatewayOptions['pools']>
  /** Changes the plan. */
  readonly replan?: (plan: Plan) => Plan
}

export async function gatewayRig(t: TestContext, options: RigOptions = {}): Promise<Rig> {
  const clock = new FakeClock(options.now)
  const feed = new MemoryFeed()
  const sink = new MemorySink()
  const upstream = await scriptedUpstream()
  const key = options.key ?? signingKey('key-1')
  let reads = 0
  const read = (): Promise<string> => {
    reads++
    return Promise.resolve(rig.keySet)
  }
  let keySet = jwks(key)
  const rigKeys = (): ReturnType<typeof createIssuerKeys> =>
    createIssuerKeys({
      location: options.keySource === 'url' ? { url: 'https://as.example/jwks' } : { file: 'jwks' },
      ports: { fetchText: read, readText: read },
      clock,
      scheduler: clock,
    })
  feed.addClient('tpp-a')
  feed.addConsent('consent-1')
  const plan = aisPlan({ upstream: upstream.origin, ...options })
  const planned = options.replan?.(plan) ?? plan
  let kernel = prepare(planned, { regex: linearRegex })
  let address = { port: 0 }
  const rig: Rig = {
    get plan() {
      return planned
    },
    get core() {
      return core
    },
    get port() {
      return address.port
    },
    clock,
    feed,
    sink,
    upstream,
    key,
    get keySet() {
      return keySet
    },
    set keySet(text) {
      keySet = text
    },
    reads: () => reads,
    swap(next) {
      kernel = next
    },
    token: (changes) => accessToken(key, clock.now(), changes),
    connect: () => {
      const connection = new RawConnection(address.port)
      t.after(() => connection.destroy())
      return connection
    },
    async call(target, { method = 'GET', token, headers = [], body } = {}) {
      const connection = rig.connect()
      const lines = [`${method} ${target} HTTP/1.1`, 'Host: api.bank.example', ...headers]
      if (token !== null) lines.push(`Authorization: Bearer ${token ?? rig.token()}`)
      if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
      connection.send(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
      const answer = await connection.answer(method === 'HEAD')
      connection.destroy()
      if (answer === undefined)
        throw new Error('the gateway closed the connection without an answer')
      return answer
    },
    close: (drainMs, noticeMs) => gateway.close(drainMs, noticeMs),
  }
  upstream.script = (_request, socket) => socket.write(jsonAnswer({ Data: { Account: [] } }))
  const keys = rigKeys()
  await keys.ready
  const verifier = createTokenVerifier([{ ...ISSUER_PLAN, keys }])
  const core = createCore({
    kernel: () => kernel,
    projection: feed,
    tokens: () => verifier,
    events: sink,
    clock,
    scheduler: clock,
    randomBytes,
    randomUuid: randomUUID,
    pseudonymKey: () => pseudonyms,
    ...(options.answers && { answers: options.answers }),
    ...(options.seals && { seals: options.seals }),
    ...(options.sampleEvery === undefined ? {} : { sampleEvery: options.sampleEvery }),
    quotas: options.quotas?.(clock),
    ...(options.initiated && { initiated: options.initiated(clock) }),
    ...(options.idempotencyKeys === undefined
      ? {}
      : { idempotencyKeys: options.idempotencyKeys(clock) }),
    ...(options.consentUses === undefined ? {} : { consentUses: options.consentUses(clock) }),
    ...(options.context !== undefined && { context: options.context }),
  })
  const gateway = createNodeGateway({
    core,
    clock,
    scheduler: clock,
    limits: options.limits ?? {},
    ...(options.pools !== undefined && { pools: options.pools(clock) }),
  })
  address = await gateway.listen({ host: '127.0.0.1', port: 0 })
  t.after(async () => {
    keys.close()
    const closed = gateway.close(0)
    clock.advance(1)
    await closed
    await upstream.close()
  })
  return rig
}
