/** The core of the gateway, driven by requests of chance: real tokens, real kernel, real events; a bank that answers at once. */
import { randomBytes, randomUUID } from 'node:crypto'
import { type Kernel, type Plan, prepare } from '../../../src/decide/index.ts'
import type { AccessEvent } from '../../../src/events/index.ts'
import { createCore, type ExchangePort } from '../../../src/gateway/core/index.ts'
import {
  createIssuerKeys,
  createTokenVerifier,
  type TokenVerifier,
} from '../../../src/proof/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { MemoryFeed } from '../../support/memory-feed.ts'
import { MemorySink } from '../../support/memory-sink.ts'
import { accessToken, jwks, type SigningKey, signingKey } from '../../support/token-issuer.ts'

export interface DrivenRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  /** Claims changed in a good token; `null`: no token; `forged`: a good one with another signature. */
  readonly token: Readonly<Record<string, unknown>> | null | 'forged'
  readonly body?: string
  readonly mediaType?: string
  readonly feedAgeMs?: number
}

export interface Driven {
  readonly clock: FakeClock
  readonly feed: MemoryFeed
  /** Events of these requests under the plan, one for each, in order. */
  drive(plan: Plan, requests: readonly DrivenRequest[]): Promise<readonly AccessEvent[]>
}

const pseudonyms = { shared: Buffer.alloc(32, 7), persons: new Map([['', Buffer.alloc(32, 7)]]) }
const ANSWER = JSON.stringify({
  Data: { Account: [{ AccountId: 'A1', Currency: 'GBP', Secret: 'x' }] },
})

export async function drivenGateway(): Promise<Driven> {
  const clock = new FakeClock()
  const feed = new MemoryFeed()
  const key = signingKey('key-1')
  const stranger = signingKey('key-1')
  const keys = createIssuerKeys({
    location: { file: 'jwks' },
    ports: { fetchText: () => Promise.resolve(''), readText: () => Promise.resolve(jwks(key)) },
    clock,
    scheduler: clock,
  })
  await keys.ready
  const tokenOf = (request: DrivenRequest, made: Map<string, string>): string | undefined => {
    if (request.token === null) return undefined
    const name = JSON.stringify(request.token)
    let text = made.get(name)
    if (text === undefined) {
      text = makeToken(request.token, key, stranger, clock.now())
      made.set(name, text)
    }
    return text
  }
  const made = new Map<string, string>()
  return {
    clock,
    feed,
    async drive(plan, requests) {
      const sink = new MemorySink()
      const kernel = prepare(plan, { regex: linearRegex })
      const verifier = createTokenVerifier(plan.issuers.map((issuer) => ({ ...issuer, keys })))
      const core = coreOf(kernel, { clock, feed, sink, verifier })
      for (const request of requests) {
        feed.age = request.feedAgeMs ?? 0
        const token = tokenOf(request, made)
        await exchange(core, request, token)
      }
      // Of a write first what is intended is recorded, then what became of it: the last counts.
      return sink.access.filter(({ status }) => status !== 0)
    },
  }
}

function makeToken(
  claims: Exclude<DrivenRequest['token'], null>,
  key: SigningKey,
  stranger: SigningKey,
  now: number,
): string {
  return claims === 'forged' ? accessToken(stranger, now) : accessToken(key, now, claims)
}

function coreOf(
  kernel: Kernel,
  parts: { clock: FakeClock; feed: MemoryFeed; sink: MemorySink; verifier: TokenVerifier },
): ReturnType<typeof createCore> {
  return createCore({
    kernel: () => kernel,
    projection: parts.feed,
    tokens: () => parts.verifier,
    events: parts.sink,
    clock: parts.clock,
    scheduler: parts.clock,
    randomBytes,
    randomUuid: randomUUID,
    pseudonymKey: () => pseudonyms,
  })
}

/** As the Node adapter does it, without the sockets. */
function exchange(
  core: ReturnType<typeof createCore>,
  request: DrivenRequest,
  token: string | undefined,
): Promise<void> {
  const { method, target, body } = request
  const rawHeaders = ['Host', 'api.bank.example', ...request.headers]
  if (token !== undefined) rawHeaders.push('Authorization', `Bearer ${token}`)
  if (body !== undefined) {
    rawHeaders.push('Content-Length', String(Buffer.byteLength(body)))
    rawHeaders.push('Content-Type', request.mediaType ?? 'application/json')
  }
  return new Promise((resolve) => {
    const port: ExchangePort = {
      readBody(maxBytes) {
        if (body === undefined) return open.body({ kind: 'absent' })
        if (Buffer.byteLength(body) > maxBytes) return open.refuse('GH_GATEWAY_BODY_TOO_LARGE')
        open.body({ kind: 'text', mediaType: request.mediaType ?? 'application/json', text: body })
      },
      forward() {
        const plan = open.upstreamHead(200, { 'content-type': 'application/json' }, false)
        if (plan === 'read') open.upstreamBody(Buffer.from(ANSWER), ANSWER)
        if (plan === 'stream') open.upstreamStream(ANSWER.length)
      },
      answer: () => resolve(),
      stream: () => resolve(),
    }
    const inbound = {
      method,
      target,
      rawHeaders,
      peer: '127.0.0.1',
      hasBody: body !== undefined && body !== '',
    }
    const open = core.open(inbound, port)
    open.start()
  })
}
