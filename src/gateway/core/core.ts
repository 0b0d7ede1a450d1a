/**
 * The part of a gateway that is the same for every data plane. It gathers facts, runs the kernel and writes events; sockets are the
 * business of `gateway/node` and, later, `gateway/envoy`.
 */
import type { InitiatedAsked, InitiatedFact, Kernel } from '../../decide/index.ts'
import type { AccessEvent, EventSink, GatehouseEvent, ShapeSample } from '../../events/index.ts'
import type { Projection } from '../../feed/index.ts'
import type { Clock, ErrorCode, Scheduler } from '../../lib/index.ts'
import type { TokenVerifier } from '../../proof/index.ts'
import { type ClaimDesk, createClaimDesk } from './claim-desk.ts'
import type { AnswerSigner } from './answer-signature.ts'
import { createDecisionIds } from './decision-id.ts'
import { createDegradedQueue } from './degraded-queue.ts'
import { Exchange } from './exchange.ts'
import type { ExchangePort } from './exchange-port.ts'
import type { DurableQuotas } from './durable-quotas.ts'
import { createFactsRecorder, type RecordFacts } from './facts-record.ts'
import { createFeedFacts, type FeedFacts } from './feed-facts.ts'
import type { Inbound } from './inbound.ts'
import { indexPlan, type PlanIndex } from './plan-index.ts'
import { findInitiated, type InitiatedPayments } from './initiated-payments.ts'
import { DEFAULT_INTERACTION_HEADER } from './interaction.ts'
import { type Answer, problem } from './problem.ts'
import { createProofGate, type ProofGate } from './proof-gate.ts'
import { createPseudonym, type Pseudonym, type PseudonymKey } from './pseudonym.ts'
import { type ConsentUses, createUseDesk } from './consent-uses.ts'
import { createReservations, type IdempotencyKeys } from './reservations.ts'
import { createPathHash, sampleShape } from './shape-sample.ts'
import type { SealTrust } from './seal-gate.ts'
import { createSignatureGate, type SignatureGate } from './signature-gate.ts'
import { type ContextSigner, createVouch, type Vouch } from './signed-context.ts'
import { createTokenGate, type TokenGate } from './token-gate.ts'
import { createTraceIds, type TraceIds } from './trace-ids.ts'
import { createWindows } from './windows.ts'

export interface CoreOptions {
  /** The kernel in force; may answer another one at any time. A request keeps the one it began with. */
  readonly kernel: () => Kernel
  readonly projection: Projection
  /** The verifier in force. A new object forgets every token that the old one verified. */
  readonly tokens: () => TokenVerifier
  readonly events: EventSink
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Cryptographic randomness. */
  readonly randomBytes: (count: number) => Uint8Array
  readonly randomUuid: () => string
  /** At least 32 secret bytes: keys the hashes of customers, consents and paths. */
  /** Asked at each use: keys of persons may be destroyed while it runs. */
  readonly pseudonymKey: () => PseudonymKey
  /** Where idempotency keys are kept; absent: an operation that needs one is refused. */
  readonly idempotencyKeys?: IdempotencyKeys
  /** Without them nothing is paid that pays once. */
  readonly consentUses?: ConsentUses
  /** Where accesses are counted that are counted over a day; absent: an operation that needs it is refused. */
  readonly quotas?: DurableQuotas | undefined
  /** Where payments are kept that wait for their authorisation; absent: none is released. */
  readonly initiated?: InitiatedPayments
  /** Signs answers whose operation says so; asked for each one. Absent or `undefined`: nobody does. */
  readonly answers?: () => AnswerSigner | undefined
  /** Whose seals of messages are believed; absent: nobody's. */
  readonly seals?: SealTrust
  /** Signs what the bank is told of each call; asked for each one. Absent or `undefined`: nothing is signed. */
  readonly context?: () => ContextSigner | undefined
  /** One body in so many is sampled for its shape; 0: none. */
  readonly sampleEvery?: number
  /** Counts what happens; absent: nobody does. */
  readonly observer?: ExchangeObserver
  /** The kill switch: names of the APIs whose refusals are only observed; `undefined`: it is off. Asked for each request. */
  readonly observed?: () => ReadonlySet<string> | undefined
}

/** Told of each end, on the path of the answer: its members are quick, wait for nothing and never throw. */
export interface ExchangeObserver {
  /** Once for each exchange. Not `recorded`: the client got 503 instead of what the event says. */
  ended(event: AccessEvent, recorded: boolean): void
  /** Refused before there was a request. */
  refused(code: ErrorCode): void
}

/** What an exchange uses of its core. */
export interface CoreParts {
  readonly clock: Clock
  readonly tokens: TokenGate
  readonly proofs: ProofGate
  readonly feed: FeedFacts
  readonly pseudonym: Pseudonym
  readonly recordFacts: RecordFacts
  readonly uuid: () => string
  readonly traceIds: TraceIds
  readonly signatures: SignatureGate
  readonly claimDesk: ClaimDesk
  readonly initiated: (asked: InitiatedAsked, now: number) => Promise<readonly InitiatedFact[]>
  readonly answers: () => AnswerSigner | undefined
  readonly vouch: Vouch
  readonly observer: ExchangeObserver | undefined
  readonly observed: (() => ReadonlySet<string> | undefined) | undefined
  decisionId(now: number): string
  feedAgeMs(now: number): number
  shape(text: string): ShapeSample | null
  record(
    event: GatehouseEvent,
    durability: 'strict' | 'buffered',
    mayDegrade: boolean,
    done: (failure: Error | undefined) => void,
  ): void
}

export interface Core {
  /** Begins an exchange; the caller starts it. */
  open(inbound: Inbound, port: ExchangePort): Exchange
  /** Records what was refused before there was a request. `cause` is a short word of the parser, never bytes of the request. */
  refusedEarly(code: ErrorCode, cause: string, peer: string): Answer
  /** Events that wait in memory because the spool refused them (degraded APIs only). */
  readonly held: number
  /** Gives the spool what still waits in memory, as far as it takes it. */
  close(): Promise<void>
}

const DEFAULT_SAMPLE_EVERY = 64
const NO_SEALS: SealTrust = { stores: () => [], version: 0 }

export function createCore(options: CoreOptions): Core {
  const { kernel, projection, events, clock } = options
  const sampleEvery = options.sampleEvery ?? DEFAULT_SAMPLE_EVERY
  const decisionId = createDecisionIds(options.randomBytes)
  const pathHash = createPathHash(options.pseudonymKey().shared)
  const queue = createDegradedQueue(events, clock, options.scheduler, decisionId)
  let index: PlanIndex | undefined
  let seen = 0

  const parts: CoreParts = {
    clock,
    decisionId,
    tokens: createTokenGate(options.tokens, projection),
    proofs: createProofGate(clock, options.randomBytes),
    feed: createFeedFacts(projection),
    pseudonym: createPseudonym(options.pseudonymKey),
    recordFacts: createFactsRecorder(),
    uuid: options.randomUuid,
    traceIds: createTraceIds(options.randomBytes),
    signatures: createSignatureGate(projection, options.seals ?? NO_SEALS),
    claimDesk: createClaimDesk({
      windows: createWindows(options.randomBytes),
      reservations:
        options.idempotencyKeys === undefined
          ? undefined
          : createReservations(options.idempotencyKeys),
      uses: options.consentUses === undefined ? undefined : createUseDesk(options.consentUses),
      quotas: options.quotas,
      initiated: options.initiated,
      scheduler: options.scheduler,
    }),
    initiated: (asked, now) => findInitiated(asked, now, options.initiated, options.scheduler),
    answers: options.answers ?? (() => undefined),
    vouch: createVouch(options.context),
    observer: options.observer,
    observed: options.observed,
    feedAgeMs: () => projection.ageMs(),
    shape(text) {
      if (sampleEvery === 0 || seen++ % sampleEvery !== 0) return null
      return sampleShape(text, pathHash) ?? null
    },
    record: queue.record,
  }

  return {
    open(inbound, port) {
      const current = kernel()
      if (index?.kernel !== current) index = indexPlan(current)
      return new Exchange(parts, index, inbound, port)
    },
    refusedEarly(code, cause, peer) {
      const at = clock.now()
      const event = { v: 1, kind: 'refused', id: decisionId(at), at, code, cause, peer } as const
      parts.record(event, 'buffered', false, () => {})
      options.observer?.refused(code)
      const interaction = [DEFAULT_INTERACTION_HEADER, options.randomUuid()] as const
      return problem(code, { decision: event.id, interaction })
    },
    get held() {
      return queue.held
    },
    close: queue.close,
  }
}
