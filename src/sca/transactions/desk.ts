/**
 * From a transaction to its payment: create → present → verify → issue → redeem (RTS Art. 4 and 5). What is shown, what is signed and what a
 * payment is compared with are one `LinkedTransaction`; that it was authenticated says its type, which only `verify` makes, or `verified` of
 * what `verify` sealed.
 */
import { Buffer } from 'node:buffer'
import { type Clock, type JsonObject, type Result, typeable } from '../../lib/index.ts'
import type { Sealing, SealingKeys, Store } from '../../store/index.ts'
import type { AttemptGate, AttemptRisk } from '../attempts/gate.ts'
import { readApproval } from '../factors/approval.ts'
import { type FactorBook, ofKind } from '../factors/book.ts'
import type { Answer, EnrolledFactor, Factor, FactorKind } from '../factors/factor.ts'
import { areStrong } from '../factors/independence.ts'
import { isSynced } from '../factors/passkey.ts'
import type { ScaLedger } from '../ledger/ledger.ts'
import type { AuthenticationOutcome } from '../ledger/question.ts'
import { boundEnded, boundOpen } from './bound.ts'
import { CODE_SECONDS, codeSigner } from './code.ts'
import { issueCode } from './code-units.ts'
import { answeredFactors, judgeAnswers } from './judge.ts'
import {
  type LinkedTransaction,
  linkTransaction,
  MAX_REQUEST_CHARS,
  type TransactionRequest,
} from './linked.ts'
import { type Presentation, presentation } from './presentation.ts'
import { redeemCode, type RedeemedTransaction, type RedeemRequest } from './redeem.ts'
import { notIn, type Refused, refused, type ScaRefusal } from './refusal.ts'
import {
  loadTransaction,
  sealAsked,
  sealBody,
  type ProvenFactor,
  sealProof,
  type StoredTransaction,
  traceOf,
} from './stored.ts'
import { ask, openTransaction, prove, refuseTransaction } from './units.ts'
import { assertVerified, type VerifiedTransaction, verifiedTransaction } from './verified.ts'

/** In which a transaction is authenticated and its code given out. */
export const TRANSACTION_MS = 300_000
/** Open ones of one customer, of each kind; the oldest make way for new ones. */
export const MAX_OPEN_PER_SUBJECT = 5
/** Open ones of all customers; looked at each time a hundredth of it was added, as is the next. See `bound.ts`. */
const MAX_OPEN = 100_000
/** Bytes of open ones under seal, and once more of those that have ended. */
const MAX_OPEN_BYTES = 536_870_912
/** Kept after its end, so that what came late is told from what never was. */
const KEPT_MS = 600_000

export interface DeskParts {
  readonly store: Store
  readonly sealing: Sealing
  readonly keys: SealingKeys
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  /** Who gives out codes: an `https` URL. */
  readonly issuer: string
  readonly factors: readonly Factor[]
  readonly book: FactorBook
  readonly gate: AttemptGate
  readonly maxOpen?: number
  readonly maxOpenBytes?: number
  /** Decisions that want an authentication; absent: nobody asked for one. */
  readonly ledger?: Pick<ScaLedger, 'authenticated' | 'evidence' | 'fits'>
}

export interface VerifyRequest {
  readonly id: string
  readonly answers: readonly Answer[]
  /** From where they come: an address, or the network that the caller counts as one. */
  readonly network: string
  /** What monitoring says of it; a block is the longer. */
  readonly risk?: AttemptRisk
}

export interface TransactionDesk {
  /**
   * `key`: of the client's choice, so that who asks again with it gets the transaction that there is, as long as it is kept (ten minutes after its end);
   * with another request it is refused.
   */
  create(
    request: TransactionRequest,
    key?: string,
  ): Promise<Result<{ id: string; expiresAt: number }, ScaRefusal>>
  present(id: string): Promise<Result<Presentation, ScaRefusal>>
  /** One outcome for all answers together. */
  verify(request: VerifyRequest): Promise<Result<VerifiedTransaction, ScaRefusal>>
  /**
   * Asks the customer's device, or sends a code to it; what comes back is for the screen on which he began. Seldom: see `asks.ts`. Other
   * transactions of the customer that wait for a device make way.
   */
  ask(id: string, kind: FactorKind): Promise<Result<JsonObject, ScaRefusal>>
  /**
   * The customer does not want it. Of a refusal and an approval at once, one wins. `signed`: by his device, `decision` is `refuse`; absent:
   * whoever called knows that it was him.
   */
  refuse(id: string, signed?: string): Promise<Result<null, ScaRefusal>>
  /** For its client, which need not be where it was verified: a verified transaction whose code was not given out yet. */
  verified(id: string, client: string): Promise<Result<VerifiedTransaction, ScaRefusal>>
  /** The authentication code, once: who loses it begins anew. */
  issue(
    verified: VerifiedTransaction,
  ): Promise<Result<{ code: string; expiresAt: number }, ScaRefusal>>
  redeem(request: RedeemRequest): Promise<Result<RedeemedTransaction, ScaRefusal>>
}

export function transactionDesk(parts: DeskParts): TransactionDesk {
  const { store, sealing, keys, clock, randomBytes, issuer, factors, book, gate } = parts
  const { maxOpen = MAX_OPEN, maxOpenBytes = MAX_OPEN_BYTES, ledger } = parts
  const signer = codeSigner(issuer, keys)
  const text = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString('base64url')
  const load = (id: string) => loadTransaction(store, sealing, id)
  const hashedSubject = ({ subject }: LinkedTransaction): string =>
    sealing.hashed('subject', subject)
  const asksOf = ({ subject }: LinkedTransaction): string => sealing.hashed('asks of', subject)
  const added = { rows: 0, bytes: 0 }

  /** What became of it, for the decision that wanted it; a success begins its counters anew. */
  async function tell(
    { transaction, createdAt }: StoredTransaction,
    result: AuthenticationOutcome['result'],
    now: number,
    answered: readonly Factor[] = [],
  ): Promise<void> {
    const { decisionId } = transaction
    if (decisionId === undefined || ledger === undefined) return
    const method = answered.map(({ kind }) => kind).join('+') || 'none'
    const durationMs = Math.max(0, now - createdAt)
    const elements = answered.flatMap(({ elements }) => elements)
    const factors = [...new Set(elements.map(({ category }) => category))]
    await ledger.authenticated(
      decisionId,
      result === 'succeeded'
        ? { result, method, durationMs, factors }
        : { result, method, durationMs },
      transaction,
    )
  }

  /** Whether the decision that it names is about something else, of somebody else, or another program's. */
  async function mismatches(transaction: LinkedTransaction): Promise<boolean> {
    const { decisionId } = transaction
    return decisionId !== undefined && (await ledger?.fits(decisionId, transaction)) === false
  }

  /** Of its decision, and of no other's; whose the account is was told to who asked for the decision, and is kept nowhere. */
  async function payeeCheckOf(transaction: LinkedTransaction) {
    const { decisionId } = transaction
    if (decisionId === undefined || ledger === undefined || (await mismatches(transaction)))
      return undefined
    const check = (await ledger.evidence(decisionId))?.evidence.context.payeeCheck
    return check && { result: check.result }
  }

  /** Nobody guesses it, and it is the same on every node: 132 bits of the keyed hash. */
  const idOf = (client: string, key: string): string =>
    typeable(sealing.hashed('transaction by key', JSON.stringify([client, key])).slice(0, 22))

  /** What was made with the key before, if it was made of the same. */
  async function again(
    id: string,
    request: TransactionRequest,
  ): Promise<Result<{ id: string; expiresAt: number }, ScaRefusal>> {
    const stored = await load(id)
    if (stored === undefined) return refused('GH_SCA_TRANSACTION_UNKNOWN')
    const linked = linkTransaction(id, stored.nonce, request)
    return linked.ok && linked.value.challenge.equals(stored.transaction.challenge)
      ? { ok: true, value: { id, expiresAt: stored.expiresAt } }
      : refused('GH_SCA_KEY_REUSED')
  }

  /** Counted here only, so that no row is everybody's: with several nodes there may be a hundredth more for each. */
  async function keepBounded(bytes: number, now: number): Promise<void> {
    added.rows += 1
    added.bytes += bytes
    const large = added.bytes >= maxOpenBytes / 100
    if (added.rows < maxOpen / 100 && !large) return
    added.rows = 0
    if (large) added.bytes = 0
    await store.run(boundOpen, { most: maxOpen, mostBytes: maxOpenBytes, now })
    if (large) await store.run(boundEnded, { mostBytes: maxOpenBytes })
  }

  return {
    async create(request, key) {
      const id = key === undefined ? typeable(text(16)) : idOf(request.client, key)
      const [nonce, now] = [text(32), clock.now()]
      const linked = linkTransaction(id, nonce, request)
      if (!linked.ok) return refused('GH_SCA_TRANSACTION_INVALID', { faults: linked.error })
      if (JSON.stringify(request).length > MAX_REQUEST_CHARS)
        return refused('GH_SCA_TRANSACTION_INVALID', {
          faults: [{ path: 'payments', reason: 'too-many' }],
        })
      if (await mismatches(linked.value)) return refused('GH_SCA_DECISION_MISMATCH')
      const expiresAt = now + TRANSACTION_MS
      const body = sealBody(sealing, id, { nonce, request, expiresAt })
      const row = {
        id,
        subject: sealing.hashed('subject', request.subject),
        client: sealing.hashed('transactions of', request.client),
        kind: linked.value.kind,
        created_at: now,
        expires_at: expiresAt,
        forget_at: expiresAt + KEPT_MS,
        bytes: body.length,
        body,
      }
      const fresh = await store.run(openTransaction, { row, most: MAX_OPEN_PER_SUBJECT })
      if (!fresh) return again(id, request)
      await keepBounded(body.length, now)
      return { ok: true, value: { id, expiresAt } }
    },

    async present(id) {
      const now = clock.now()
      const stored = await load(id)
      const refusal = notIn('open', stored, now)
      if (refusal !== undefined || stored === undefined)
        return refusal ?? refused('GH_SCA_TRANSACTION_UNKNOWN')
      const enrolled = await book.of(stored.transaction.subject)
      const value = await presentation(stored, factors, enrolled, now)
      const payeeCheck = await payeeCheckOf(stored.transaction)
      return { ok: true, value: payeeCheck === undefined ? value : { ...value, payeeCheck } }
    },

    async verify({ id, answers, network, risk = 'low' }) {
      const now = clock.now()
      const stored = await load(id)
      const refusal = notIn('open', stored, now)
      if (refusal !== undefined || stored === undefined)
        return refusal ?? refused('GH_SCA_TRANSACTION_UNKNOWN')
      const { transaction, asked } = stored
      const { subject, client, kind } = transaction
      const answered = answeredFactors(answers, factors)
      if (answered === undefined || !areStrong(answered, kind)) return refused('GH_SCA_FACTORS')
      // It may have been decided since.
      if (await mismatches(transaction)) return refused('GH_SCA_DECISION_MISMATCH')

      const taken = await gate.take({ subject, client, network, risk })
      if (!taken.ok) return taken
      const enrolled = await book.of(subject)
      const context = { transaction, asked, now }
      const uses = await judgeAnswers(answers, answered, enrolled, context).catch(
        async (error: unknown) => {
          await gate.withdrawn(taken.value.attempt)
          throw error
        },
      )
      const failed = async (): Promise<Refused> => {
        const refusal = await gate.failed(taken.value)
        // A wrong answer may be followed by the right one; a block is an end.
        if (refusal.error.code !== 'GH_SCA_FAILED') await tell(stored, 'failed', now, answered)
        return refusal
      }
      if (uses === undefined) return failed()
      const proof = sealProof(sealing, id, {
        link: transaction.challenge.toString('base64url'),
        at: now,
        factors: uses.flatMap(({ id }) => enrolled.find((one) => one.id === id) ?? []).map(named),
      })
      const { attempt } = taken.value
      const asks = asksOf(transaction)
      const trace = traceOf(sealing, transaction)
      const outcome = await store.run(prove, { id, trace, proof, now, uses, attempt, asks })
      if (outcome === 'used') return failed()
      if (outcome === 'closed') {
        // The answers were right: what closed it is no attempt of the customer's.
        await gate.gaveBack(attempt)
        return notIn('open', await load(id), now) ?? refused('GH_SCA_TRANSACTION_SETTLED')
      }
      await tell(stored, 'succeeded', now, answered)
      return { ok: true, value: verifiedTransaction(sealing, { ...stored, proof }) }
    },

    async ask(id, kind) {
      const now = clock.now()
      const stored = await load(id)
      const refusal = notIn('open', stored, now)
      if (refusal !== undefined || stored === undefined)
        return refusal ?? refused('GH_SCA_TRANSACTION_UNKNOWN')
      const { transaction, asked, askedVersion } = stored
      const factor = factors.find((one) => one.kind === kind)
      const enrolled = ofKind(await book.of(transaction.subject), kind)
      const question = await factor?.ask?.(enrolled, { transaction, asked, now })
      if (question === undefined) return refused('GH_SCA_FACTORS')
      const outcome = await store.run(ask, {
        id,
        trace: traceOf(sealing, transaction),
        subject: hashedSubject(transaction),
        asks: asksOf(transaction),
        asked: sealAsked(sealing, id, { ...asked, [kind]: question.asked }),
        version: askedVersion,
        now,
      })
      if (outcome.kind === 'too-often')
        return refused('GH_SCA_THROTTLED', { retryAt: outcome.until })
      if (outcome.kind === 'closed')
        return notIn('open', await load(id), now) ?? refused('GH_SCA_TRANSACTION_SETTLED')
      await question.deliver()
      return { ok: true, value: question.shown }
    },

    async refuse(id, signed) {
      const now = clock.now()
      const stored = await load(id)
      if (stored === undefined) return refused('GH_SCA_TRANSACTION_UNKNOWN')
      const { transaction } = stored
      if (signed !== undefined) {
        const enrolled = ofKind(await book.of(transaction.subject), 'approval')
        if (readApproval(signed, enrolled, transaction)?.decision !== 'refuse')
          return refused('GH_SCA_FAILED')
      }
      const taken = await store.run(refuseTransaction, {
        id,
        trace: traceOf(sealing, transaction),
        asks: asksOf(transaction),
        forgetAt: stored.expiresAt + KEPT_MS,
        now,
      })
      if (!taken) return notIn('open', await load(id), now) ?? refused('GH_SCA_TRANSACTION_SETTLED')
      await tell(stored, 'abandoned', now)
      return { ok: true, value: null }
    },

    async verified(id, client) {
      const stored = await load(id)
      if (stored !== undefined && stored.transaction.client !== client)
        return refused('GH_SCA_TRANSACTION_UNKNOWN')
      const refusal = notIn('verified', stored, clock.now())
      if (refusal !== undefined || stored === undefined)
        return refusal ?? refused('GH_SCA_TRANSACTION_UNKNOWN')
      return { ok: true, value: verifiedTransaction(sealing, stored) }
    },

    async issue(verified) {
      assertVerified(verified)
      const { id, audience, client, challenge } = verified.transaction
      const now = clock.now()
      const [jti, iat] = [text(16), Math.floor(now / 1000)]
      const exp = iat + CODE_SECONDS
      const given = await store.run(issueCode, {
        id,
        trace: traceOf(sealing, verified.transaction),
        code: sealing.hashed('code', jti),
        forgetAt: exp * 1000 + KEPT_MS,
        now,
      })
      if (!given) return refused('GH_SCA_TRANSACTION_SETTLED')
      const link = challenge.toString('base64url')
      const claims = { iss: issuer, aud: audience, client_id: client, jti, iat, exp, txn: id, link }
      return { ok: true, value: { code: signer.sign(claims), expiresAt: exp * 1000 } }
    },

    redeem: (request) => redeemCode({ store, sealing, clock, signer }, request),
  }
}

function named(factor: Pick<EnrolledFactor, 'id' | 'kind' | 'secret'>): ProvenFactor {
  const { id, kind } = factor
  return { id, kind, ...(isSynced(factor) ? { synced: true } : {}) }
}
