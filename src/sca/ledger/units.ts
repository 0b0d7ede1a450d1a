/**
 * Units over decisions. A decision reads counters, registers and terms, decides, writes its evidence and spends the counters in one
 * transaction: of payments at once exactly as many are exempt as would be one after the other. Whoever redeems a code may run
 * `recordAuthentication` as a part of their own unit.
 */
import { defineUnit, type Rows, type Unit } from '../../store/index.ts'
import { afterExemption, paymentsOf } from '../decision/decide.ts'
import { decideWithEvidence, type ScaEvidence } from '../decision/evidence.ts'
import { scaRules } from '../decision/rules.ts'
import type { PayerState, ScaContext } from '../decision/context.ts'
import { keepBegun, settleBegun } from '../registers/begun.ts'
import { answerOf, decisionOf, type FoundDecision } from './found.ts'
import { completedAct } from './lookups.ts'
import type { Bound } from './bound.ts'
import type { PreparedQuestion } from './prepared.ts'
import * as query from './queries.ts'
import type {
  AuthenticationOutcome,
  AuthenticationRecorded,
  ScaAnswer,
  Settled,
} from './question.ts'
import { bodyOf, evidenceOf, monitoredAt, NO_TERMS, termsOf } from './terms.ts'

type Steps<R> = ReturnType<Unit<unknown, R>>

/** `reused`: another act stands under this id. `fresh`: this call decided it. */
export function* decideUnit(
  asked: PreparedQuestion,
): Steps<{ readonly answer: ScaAnswer; readonly fresh: boolean } | 'reused'> {
  const { id, at, jurisdiction, entity, payer } = asked
  const [found] = yield query.readTerms({ entity })
  const terms = found === undefined ? NO_TERMS : termsOf(String(found['body']))
  const state = yield* stateOf(asked)
  const context: ScaContext = {
    at,
    jurisdiction,
    act: yield* completedAct(asked),
    payer: state.payer,
    monitoring: asked.monitoring,
    analysis: asked.analysis,
    monitored: monitoredAt(terms, at),
    approvals: terms.approvals,
    ceilings: terms.ceilings,
    ...(asked.payeeCheck === null ? {} : { payeeCheck: asked.payeeCheck }),
  }
  const evidence = decideWithEvidence(context, scaRules(jurisdiction))
  const { decision } = evidence
  const exemption = decision.outcome === 'exempt' ? decision.by.exemption : ''
  const counted =
    exemption === 'low-value' ? 'payer' : exemption === 'contactless' ? 'device' : undefined
  const added = yield query.addDecision({
    id,
    at,
    entity,
    act: context.act.kind,
    api: asked.api,
    instrument: context.act.kind === 'remote-payment' ? context.act.instrument : '',
    outcome: decision.outcome,
    exemption,
    value: 'amount' in context.act ? (context.act.amount.value ?? null) : null,
    payments: paymentsOf(context.act),
    payer,
    scope: asked.look.scope,
    epoch: counted === undefined ? null : state.epochs[counted],
    state: 'open',
    authentication: '',
    method: '',
    factors: '',
    duration_ms: null,
    authenticated_at: null,
    settled_at: null,
    used: 0,
    digest: asked.digest,
    client: asked.client,
    bound: asked.bound,
  })
  if (added.length === 0) return yield* answeredBefore(asked)
  yield query.addEvidence({
    id,
    terms: found === undefined ? '' : String(found['digest']),
    body: bodyOf(evidence),
  })
  yield* keepBegun(asked)
  if (exemption !== '' && counted !== undefined) {
    const { lowValue, contactless } = afterExemption(context.act, exemption, state.payer)
    if (counted === 'payer')
      yield query.putPayer({
        payer,
        authenticated_at: state.payer.authenticatedAt ?? null,
        ...lowValue,
        epoch: state.epochs.payer,
      })
    else
      yield query.putDevice({
        device: asked.look.scope,
        ...contactless,
        epoch: state.epochs.device,
      })
  }
  return { answer: answerOf(id, evidence), fresh: true }
}

interface State {
  readonly payer: PayerState
  readonly epochs: { readonly payer: number; readonly device: number }
}

function* stateOf({ payer, act, look, blocked }: PreparedQuestion): Steps<State> {
  const [row] = yield query.readPayer({ payer })
  const { scope } = look
  const [device] =
    act.kind === 'contactless-payment' ? yield query.readDevice({ device: scope }) : []
  const [access] = act.kind === 'account-access' ? yield query.readAccess({ payer, scope }) : []
  const authenticated = row?.['authenticated_at']
  const accessed = access?.['authenticated_at']
  return {
    payer: {
      ...(typeof authenticated === 'number' ? { authenticatedAt: authenticated } : {}),
      ...(typeof accessed === 'number' ? { accessAuthenticatedAt: accessed } : {}),
      lowValue: { count: Number(row?.['count'] ?? 0), sum: Number(row?.['sum'] ?? 0) },
      contactless: { count: Number(device?.['count'] ?? 0), sum: Number(device?.['sum'] ?? 0) },
      blocked,
    },
    epochs: { payer: Number(row?.['epoch'] ?? 0), device: Number(device?.['epoch'] ?? 0) },
  }
}

function* answeredBefore({
  id,
  digest,
}: PreparedQuestion): Steps<{ readonly answer: ScaAnswer; readonly fresh: boolean } | 'reused'> {
  const [row] = yield query.readDecision({ id })
  const evidence = yield* keptEvidence(id)
  if (row === undefined || evidence === undefined || row['digest'] !== digest) return 'reused'
  return { answer: answerOf(id, evidence), fresh: false }
}

function* keptEvidence(id: string): Steps<ScaEvidence | undefined> {
  const [row] = yield query.readEvidence({ id })
  if (row === undefined) return undefined
  const { body, terms } = row
  return evidenceOf(String(body), typeof terms === 'string' ? termsOf(terms) : NO_TERMS)
}

/** Part of a unit: the customer was authenticated for this act, or was not. */
export function* recordAuthentication(asked: {
  readonly id: string
  readonly at: number
  readonly outcome: AuthenticationOutcome
  /** What the customer agreed to; absent: who decided it says so. */
  readonly of?: Bound
}): Steps<AuthenticationRecorded> {
  const { id, at, outcome, of } = asked
  const [found] = yield query.readDecision({ id })
  if (found === undefined) return 'unknown'
  if (of !== undefined && !isOf(found, of)) return 'mismatch'
  const row = decisionOf(found)
  if (row.authentication === 'succeeded') return 'already'
  if (row.state !== 'open') return 'ended'
  if (row.outcome === 'refused') return 'refused'
  const { result, method, durationMs } = outcome
  yield query
    .db()
    .updateTable('sca_decision')
    .set({
      authentication: result,
      method,
      factors: result === 'succeeded' ? outcome.factors.join(' ') : '',
      duration_ms: durationMs,
      authenticated_at: at,
    })
    .where('id', '=', id)
    .compile()
  if (result === 'succeeded') yield* beginAnew(row, at)
  return 'recorded'
}

function isOf(row: Rows[number], { payer, client, acts }: Bound): boolean {
  return (
    row['payer'] === payer && row['client'] === client && acts.some((act) => act === row['bound'])
  )
}

/** Whether an authentication of this may be recorded for the decision; true also where there is none of this id. */
export function* fitsUnit({ id, of }: { readonly id: string; readonly of: Bound }): Steps<boolean> {
  const [found] = yield query.readDecision({ id })
  return found === undefined || isOf(found, of)
}

/** Mirrors `afterAuthentication`: a payment begins its counter anew, access to an account does not. */
function* beginAnew({ payer, act, scope }: FoundDecision, at: number): Steps<void> {
  const [row] = yield query.readPayer({ payer })
  const anew = act === 'remote-payment'
  const last = row?.['authenticated_at']
  yield query.putPayer({
    payer,
    authenticated_at: typeof last === 'number' ? Math.max(last, at) : at,
    count: anew ? 0 : Number(row?.['count'] ?? 0),
    sum: anew ? 0 : Number(row?.['sum'] ?? 0),
    epoch: Number(row?.['epoch'] ?? 0) + (anew ? 1 : 0),
  })
  if (act === 'account-access') yield query.putAccess({ payer, scope, authenticated_at: at })
  if (act !== 'contactless-payment') return
  const [device] = yield query.readDevice({ device: scope })
  yield query.putDevice({
    device: scope,
    count: 0,
    sum: 0,
    epoch: Number(device?.['epoch'] ?? 0) + 1,
  })
}

/** Part of a unit: the act was done, or never will be. What was booked for one that was not is given back, once. */
export function* recordSettlement(asked: {
  readonly id: string
  readonly at: number
  readonly done: boolean
  /** Who says so; what another asked is not there. `''`: ourselves. */
  readonly client: string
}): Steps<Settled> {
  const { id, at, done, client } = asked
  const [found] = yield query.readDecision({ id })
  if (found === undefined || found['client'] !== client) return 'unknown'
  const row = decisionOf(found)
  const state = done ? 'done' : 'void'
  if (row.state !== 'open') return row.state === state ? 'already' : 'contradicted'
  if (done && row.outcome !== 'exempt' && row.authentication !== 'succeeded')
    return 'unauthenticated'
  yield query
    .db()
    .updateTable('sca_decision')
    .set({ state, settled_at: at })
    .where('id', '=', id)
    .compile()
  yield* settleBegun(row, done)
  if (!done && row.epoch !== null) yield* giveBack(row, row.epoch)
  return 'settled'
}

function* giveBack(
  { exemption, payer, scope, payments, value }: FoundDecision,
  epoch: number,
): Steps<void> {
  const [row] =
    exemption === 'low-value'
      ? yield query.readPayer({ payer })
      : yield query.readDevice({ device: scope })
  // Begun anew since: it is not counted any more.
  if (row === undefined || Number(row['epoch']) !== epoch) return
  const left = { count: Number(row['count']) - payments, sum: Number(row['sum']) - (value ?? 0) }
  if (exemption !== 'low-value') yield query.putDevice({ device: scope, ...left, epoch })
  else {
    const last = row['authenticated_at']
    yield query.putPayer({
      payer,
      authenticated_at: typeof last === 'number' ? last : null,
      ...left,
      epoch,
    })
  }
}

/** A decision and its evidence; `undefined`: there is none of this id. */
export function* findDecisionUnit({
  id,
}: {
  readonly id: string
}): Steps<{ readonly decision: FoundDecision; readonly evidence: ScaEvidence } | null> {
  const [row] = yield query.readDecision({ id })
  const evidence = yield* keptEvidence(id)
  return row === undefined || evidence === undefined
    ? null
    : { decision: decisionOf(row), evidence }
}

/** With the decision as it is then, for who tells others of it; `null`: there is none. */
export function* authenticateUnit(
  asked: Parameters<typeof recordAuthentication>[0],
): Steps<{ readonly result: AuthenticationRecorded; readonly row: FoundDecision | null }> {
  const result = yield* recordAuthentication(asked)
  return { result, row: yield* foundRow(asked.id) }
}

export function* settleUnit(
  asked: Parameters<typeof recordSettlement>[0],
): Steps<{ readonly result: Settled; readonly row: FoundDecision | null }> {
  const result = yield* recordSettlement(asked)
  return { result, row: yield* foundRow(asked.id) }
}

function* foundRow(id: string): Steps<FoundDecision | null> {
  const [row] = yield query.readDecision({ id })
  return row === undefined ? null : decisionOf(row)
}

export const decide = defineUnit(import.meta.url, 'decideUnit', decideUnit)
export const authenticate = defineUnit(import.meta.url, 'authenticateUnit', authenticateUnit)
export const fits = defineUnit(import.meta.url, 'fitsUnit', fitsUnit)
export const settle = defineUnit(import.meta.url, 'settleUnit', settleUnit)
export const findDecision = defineUnit(import.meta.url, 'findDecisionUnit', findDecisionUnit)
