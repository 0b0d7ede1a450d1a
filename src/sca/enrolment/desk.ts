/**
 * How elements come to customers and leave them (RTS Art. 24 to 27). Enrolling one needs strong authentication, by a code for that very act; who
 * has nothing yet, or lost it, brings an activation code of the bank, which came by another channel than the element does, so that no channel
 * gives more than one of the two.
 */
import { Buffer } from 'node:buffer'
import {
  type Clock,
  GatehouseError,
  type JsonObject,
  type Result,
  typeable,
} from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import type { AttemptGate } from '../attempts/gate.ts'
import { type FactorBook, ofKind } from '../factors/book.ts'
import type { EnrolledFactor, Factor, FactorKind } from '../factors/factor.ts'
import { sealedAs } from '../sealing.ts'
import { combinationsOf } from '../transactions/presentation.ts'
import type { TransactionDesk } from '../transactions/desk.ts'
import { refused } from '../transactions/refusal.ts'
import { loadTransaction, traceOf } from '../transactions/stored.ts'
import { CODE_LETTERS, plainCode, writtenCode } from './activation-code.ts'
import { activationName, namesOfPerson } from '../erasure/names.ts'
import {
  type Activation,
  type BeginRequest,
  type Channel,
  type Device,
  type ElementNews,
  ENROLMENT_AUDIENCE,
  ENROLMENT_MS,
  type EnrolmentDesk,
  type EnrolmentRefusal,
  MAX_ACTIVATION_MS,
  MAX_ENROLMENT_TRIES,
  type WaitingCode,
} from './enrolment.ts'
import { isLabel } from './label.ts'
import {
  type Allowance,
  beginEnrolment,
  dropEnrolments,
  endElements,
  giveBackEnrolment,
  pendingEnrolments,
  putEnrolment,
  spendEnrolment,
  takeEnrolment,
  waitingEnrolments,
  type WaitingTransaction,
  waitingTransactions,
  withdrawEnrolment,
} from './units.ts'

export interface EnrolmentParts {
  readonly store: Store
  readonly sealing: Sealing
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly factors: readonly Factor[]
  readonly book: FactorBook
  readonly gate: AttemptGate
  readonly redeem: TransactionDesk['redeem']
  /** Keeps it, before it counts; what is not kept does not happen. `correcting`: what was kept before of the same. Absent: nobody keeps it. */
  readonly record?: ((news: ElementNews, correcting?: string) => Promise<string>) | undefined
}

interface Begun {
  readonly kind: FactorKind
  readonly pending: JsonObject
  readonly recovers: boolean
  /** By which the one code for it came; absent: there were two, or none. */
  readonly cameBy?: Channel
  /** Elements with which the customer authenticated for it. */
  readonly elements: readonly string[]
  /** Milliseconds since the epoch, and how often a wrong answer is forgiven until then. */
  readonly until: number
  readonly triesLeft: number
}

export function enrolmentDesk(parts: EnrolmentParts): EnrolmentDesk {
  const { store, sealing, clock, randomBytes, factors, book, gate, redeem, record } = parts
  const text = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString('base64url')
  const owner = (subject: string): string => sealing.hashed('subject', subject)
  /** Under what stands that each was spent. One that does not open is ended by its state alone: nothing keeps elements from ending. */
  async function tracesOf(rows: readonly WaitingTransaction[]) {
    const traces: { trace: string; forgetAt: number }[] = []
    for (const { id, forget_at: forgetAt } of rows) {
      const stored = await loadTransaction(store, sealing, id).catch((error: unknown) => {
        if (error instanceof GatehouseError && error.code === 'GH_SCA_SEALED') return undefined
        throw error
      })
      if (stored !== undefined)
        traces.push({ trace: traceOf(sealing, stored.transaction), forgetAt })
    }
    return traces
  }
  const codeId = (subject: string, code: string): string =>
    sealing.hashed('activation', `${subject}\n${plainCode(code)}`)

  const rowOf = (
    step: 'activation' | 'begun',
    id: string,
    subject: string,
    until: number,
    body: Activation | Begun,
  ) => ({
    id,
    step,
    subject: owner(subject),
    kind: body.kind,
    created_at: clock.now(),
    expires_at: until,
    body: sealed(step, id, body),
  })
  const sealed = (step: 'activation' | 'begun', id: string, body: Activation | Begun): Uint8Array =>
    sealing.seal(sealedAs.enrolment(step, id), JSON.stringify(body))

  /** Nobody else has it until it is given back or used up. */
  async function take(
    step: 'activation' | 'begun',
    id: string,
    subject: string,
  ): Promise<Activation | Begun | undefined> {
    const asked = { id, step, subject: owner(subject), now: clock.now() }
    const body = await store.run(takeEnrolment, asked)
    if (body === null) return undefined
    return JSON.parse(sealing.open(sealedAs.enrolment(step, id), body)) as Activation | Begun // sound: sealed by `rowOf`
  }

  /** Whether it may be enrolled, and by what; `recovers` when what is blocked ends with it. */
  async function authorised({
    subject,
    kind,
    channel,
    authorisation,
  }: BeginRequest): Promise<
    Result<{ recovers: boolean; by: Allowance; cameBy?: Channel }, EnrolmentRefusal>
  > {
    if (authorisation.kind === 'code') {
      const { code, client } = authorisation
      const purpose = { kind: 'risky-act', what: 'credentials', element: kind } as const
      const redeemed = await redeem({
        code,
        client,
        subject,
        purpose,
        expectedAudience: ENROLMENT_AUDIENCE,
      })
      if (!redeemed.ok) return redeemed
      const elements = redeemed.value.factors.map(({ id }) => id)
      return { ok: true, value: { recovers: false, by: { elements } } }
    }
    const { code, network } = authorisation
    // Of its own: who is blocked must be able to recover.
    const name = activationName(subject)
    const taken = await gate.take({
      subject: name,
      client: 'activation',
      network,
      risk: 'low',
      payer: subject,
    })
    if (!taken.ok) return taken
    const id = codeId(subject, code)
    const plain = (await waiting(subject)).some((one) => one.id === id && !one.recovers)
    if (plain && (await isStrong(subject))) {
      // No success: what failed before it counts on.
      await gate.withdrawn(taken.value.attempt)
      return invalid('authenticate')
    }
    const found = (await take('activation', id, subject)) as Activation | undefined // sound: of that step
    if (
      found === undefined ||
      found.kind !== kind ||
      [found.channel, found.second].includes(channel)
    ) {
      if (found !== undefined) await store.run(spendEnrolment, { id, step: 'activation' })
      return gate.failed(taken.value)
    }
    await gate.gaveBack(taken.value.attempt)
    return {
      ok: true,
      value: {
        recovers: found.recovers,
        by: { activation: id, elements: [] },
        ...(found.second === undefined ? { cameBy: found.channel } : {}),
      },
    }
  }

  async function waiting(subject: string): Promise<readonly (WaitingCode & { id: string })[]> {
    const rows = await store.run(waitingEnrolments, { subject: owner(subject), now: clock.now() })
    return rows.map(({ id, body, created_at: sentAt, expires_at: until }) => {
      const code = JSON.parse(
        sealing.open(sealedAs.enrolment('activation', id), body),
      ) as Activation // sound: sealed by `rowOf`
      return { ...code, id, sentAt, until }
    })
  }

  /** With TOTP none can: it answers to no act (RTS Art. 5). */
  async function isStrong(subject: string): Promise<boolean> {
    const enrolled = await book.of(subject)
    const usable = factors.filter(({ kind }) => ofKind(enrolled, kind).length > 0)
    return combinationsOf(usable, 'risky-act').length > 0
  }

  return {
    kinds: factors.map(({ kind }) => kind),
    async activation({ subject, kind, channel, second, lifeMs, recovers }, deliver) {
      if (!(lifeMs > 0 && lifeMs <= MAX_ACTIVATION_MS))
        throw new TypeError('"lifeMs" must be above 0 and at most MAX_ACTIVATION_MS')
      const codes = (second === undefined ? [channel] : [channel, second]).map(() =>
        writtenCode(randomBytes(CODE_LETTERS)),
      )
      const news = { what: 'code', subject, kind, by: 'bank' } as const
      const kept = await record?.(news)
      const body = { kind, channel, recovers, ...(second === undefined ? {} : { second }) }
      const until = clock.now() + lifeMs
      const id = codeId(subject, codes.join(' '))
      await store.run(putEnrolment, rowOf('activation', id, subject, until, body))
      try {
        await deliver?.(codes)
      } catch (error) {
        await store.run(withdrawEnrolment, { id, step: 'activation' })
        await record?.({ ...news, refused: 'unsent' }, kept)
        throw error
      }
      // By the bank's procedure (RTS Art. 4(4)): whoever guessed at the codes before has not closed the way back for good.
      await gate.recovered(activationName(subject))
      return codes.join(' ')
    },

    async begin(request) {
      const { subject, kind, given = {} } = request
      const factor = factors.find((one) => one.kind === kind)
      if (factor === undefined) return invalid('not-allowed')
      const allowed = await authorised(request)
      if (!allowed.ok) return allowed
      const enrolled = ofKind(await book.of(subject), kind)
      const { by, ...how } = allowed.value
      const hand = { id: by.activation ?? '', step: 'activation' } as const
      const asked = { subject: owner(subject), nonce: text(32), given, enrolled }
      const begun = await factor.beginEnrolment(asked).catch(async (error: unknown) => {
        await store.run(giveBackEnrolment, { ...hand, body: null })
        throw error
      })
      if (!begun.ok) {
        await store.run(spendEnrolment, hand)
        return invalid(begun.fault)
      }
      const id = text(16)
      const until = clock.now() + ENROLMENT_MS
      const row = rowOf('begun', id, subject, until, {
        kind,
        pending: begun.pending,
        ...how,
        elements: by.elements,
        until,
        triesLeft: MAX_ENROLMENT_TRIES - 1,
      })
      if (!(await store.run(beginEnrolment, { row, by })))
        return refused('GH_SCA_ENROLMENT_UNKNOWN')
      return { ok: true, value: { id, options: begun.options } }
    },

    async finish({ subject, id, value, label }) {
      if (label !== undefined && !isLabel(label)) return invalid('malformed')
      const begun = (await take('begun', id, subject)) as Begun | undefined // sound: of that step
      const factor = factors.find((one) => one.kind === begun?.kind)
      if (begun === undefined || factor === undefined) return refused('GH_SCA_ENROLMENT_UNKNOWN')
      const hand = { id, step: 'begun' } as const
      const enrolled = await factor
        .finishEnrolment(begun.pending, value)
        .catch(async (error: unknown) => {
          await store.run(giveBackEnrolment, { ...hand, body: null })
          throw error
        })
      if (!enrolled.ok) {
        const triesLeft = begun.triesLeft - 1
        const body = sealed('begun', id, { ...begun, triesLeft })
        if (triesLeft >= 0) await store.run(giveBackEnrolment, { ...hand, body })
        else await store.run(spendEnrolment, hand)
        return invalid(enrolled.fault)
      }
      const { credential, counter } = enrolled
      const secret = {
        ...enrolled.secret,
        ...(label === undefined ? {} : { label }),
        ...(begun.cameBy === undefined ? {} : { cameBy: begun.cameBy }),
      }
      const added = { id: typeable(text(16)), kind: factor.kind, secret, createdAt: clock.now() }
      const news = { what: 'add', subject, kind: factor.kind, by: 'customer' } as const
      const kept = await record?.(news)
      const element = {
        ...added,
        single: factor.single,
        ...(credential === undefined ? {} : { credential }),
        ...(counter === undefined ? {} : { counter }),
      }
      const by = { enrolment: id, elements: begun.elements }
      const outcome = await book.add(subject, element, by)
      if (outcome !== 'added') {
        await record?.({ ...news, refused: outcome }, kept)
        return outcome === 'void' ? refused('GH_SCA_ENROLMENT_UNKNOWN') : invalid(outcome)
      }
      if (begun.recovers) await gate.recovered(subject)
      return { ok: true, value: device({ ...added, usedAt: null }) }
    },

    async devices(subject) {
      return (await book.of(subject)).map(device)
    },
    ended: (subject) => book.ended(subject),
    waiting: async (subject) => (await waiting(subject)).map(({ id: _, ...code }) => code),
    isStrong,
    blocked: gate.blocked,
    namesOf: (subject) => namesOfPerson(sealing, subject),
    rename: async (subject, id, label) => isLabel(label) && book.rename(subject, id, label),
    async revoke(subject, id, by = 'customer') {
      const found = (await book.of(subject)).find((one) => one.id === id)
      if (found === undefined) return false
      const news = { what: 'remove', subject, kind: found.kind, by } as const
      const kept = await record?.(news)
      const done = await book.revoke(subject, id, clock.now())
      if (!done) await record?.({ ...news, refused: 'already' }, kept)
      return done
    },
    pending: (subject) =>
      store.run(pendingEnrolments, { subject: owner(subject), now: clock.now() }),
    async revokeAll(subject) {
      const known = await book.of(subject)
      const tell = (kind: FactorKind) => record?.({ what: 'remove', subject, kind, by: 'bank' })
      for (const { kind } of known) await tell(kind)
      const of = owner(subject)
      const spent = await tracesOf(await store.run(waitingTransactions, { subject: of }))
      const ended = await store.run(endElements, { subject: of, spent, now: clock.now() })
      // Of those that came in between: better told late than left.
      for (const { id, kind } of ended.elements)
        if (!known.some((one) => one.id === id)) await tell(kind)
      return { ...ended, elements: ended.elements.length }
    },
    dropCodes: (subject, kind) =>
      store.run(dropEnrolments, {
        subject: owner(subject),
        ...(kind === undefined ? {} : { kind }),
      }),
  }
}

function invalid(fault: EnrolmentRefusal['fault']): {
  readonly ok: false
  readonly error: EnrolmentRefusal
} {
  return {
    ok: false,
    error: { code: 'GH_SCA_ENROLMENT_INVALID', ...(fault === undefined ? {} : { fault }) },
  }
}

function device({
  id,
  kind,
  createdAt,
  usedAt,
  secret,
}: Pick<EnrolledFactor, 'id' | 'kind' | 'createdAt' | 'usedAt' | 'secret'>): Device {
  const { label } = secret
  return { id, kind, createdAt, usedAt, ...(typeof label === 'string' ? { label } : {}) }
}
