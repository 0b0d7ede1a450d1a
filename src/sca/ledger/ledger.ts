/**
 * The front door of strong customer authentication: decides an act, says what became of it, and finds the evidence. Order of a payment:
 * *decide → (if required) authenticate and record it → settle as done before it is sent, or as void when it will not happen*.
 */
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import type { ScaEvent } from '../../events/index.ts'
import type { Store } from '../../store/index.ts'
import { replayEvidence, rulesOf, type ScaEvidence } from '../decision/evidence.ts'
import { scaRules } from '../decision/rules.ts'
import { type AuthenticatedAct, boundOf } from './bound.ts'
import type { FoundDecision } from './found.ts'
import type { MonitorPort, PayeeCheckPort, RatePort, ScaNames } from './ports.ts'
import { prepare } from './prepare.ts'
import type {
  AuthenticationOutcome,
  AuthenticationRecorded,
  ScaAnswer,
  ScaQuestion,
  Settled,
} from './question.ts'
import { authenticate, decide, findDecision, fits, settle } from './units.ts'

export interface ScaLedger {
  /**
   * Decides, writes the evidence and spends the counters: durable when it resolves. The same id with the same act is answered as before.
   * @throws GH_SCA_QUESTION, GH_SCA_ID_REUSED, GH_SCA_PERSON_ERASED, and what the store throws
   */
  decide(question: ScaQuestion): Promise<ScaAnswer>
  /**
   * Of a decision: how the customer was authenticated, or that it failed or was abandoned. A success begins counters anew, once.
   * `of`: what the customer was shown; it is compared with what was decided. Absent: who asked for the decision vouches for it.
   * @throws GH_SCA_QUESTION: a success without two factors of different categories
   */
  authenticated(
    id: string,
    outcome: AuthenticationOutcome,
    of?: AuthenticatedAct,
  ): Promise<AuthenticationRecorded>
  /** Whether an authentication of this would be one of the decision; true also where no decision has the id yet. */
  fits(id: string, of: AuthenticatedAct): Promise<boolean>
  /**
   * `done`: the act takes place, `void`: it never will, and gives back what it spent. Refused for an act that is neither exempt nor authenticated.
   * `client`: the program that says so; a decision that another asked for is unknown to it. Absent: ourselves.
   */
  settle(id: string, as: 'done' | 'void', client?: string): Promise<Settled>
  /** `undefined`: no decision has this id. */
  evidence(id: string): Promise<ScaRecord | undefined>
}

/** What is kept of a decision, and whether it is decided again to the same today. */
export interface ScaRecord {
  readonly decision: FoundDecision
  readonly evidence: ScaEvidence
  readonly replayed: 'same' | 'different' | 'other-rules'
}

export interface ScaLedgerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly uuid: () => string
  readonly names: ScaNames
  /** Legal entity whose fraud rates and approvals count. */
  readonly entity: string
  /** `EU`; one without sourced rules has no exemptions. */
  readonly jurisdiction: string
  readonly rate?: RatePort
  /** Absent: nothing is evaluated, so nothing is exempt but what the law exempts. */
  readonly monitor?: MonitorPort
  readonly payeeCheck?: PayeeCheckPort
  /** Told of what became durable. */
  readonly tell?: (news: ScaNews) => void
}

/** Of a customer whose keys were destroyed: it fits no decision. */
const NOBODY = { payer: '', client: '', acts: [] } as const

export type ScaNews = Omit<ScaEvent, 'v' | 'kind' | 'id' | 'code'>

export function scaLedger(options: ScaLedgerOptions): ScaLedger {
  const { store, clock, scheduler, names, entity, jurisdiction } = options
  const asking = {
    scheduler,
    names,
    entity,
    jurisdiction,
    rules: scaRules(jurisdiction),
    rate: options.rate,
    monitor: options.monitor,
    payeeCheck: options.payeeCheck,
  }
  const { tell } = options
  const say = (what: ScaNews['what'], row: FoundDecision | null, at: number): void => {
    if (row === null) return
    const { id, api, act, outcome, exemption } = row
    const via = api === '' ? null : api
    const by = exemption === '' ? null : exemption
    tell?.({ what, decision: id, at, api: via, act, outcome, exemption: by })
  }
  return {
    async decide(question) {
      const id = question.id ?? options.uuid()
      const { prepared, payeeName } = await prepare(question, id, clock.now(), asking)
      const decided = await store.run(decide, prepared)
      if (decided === 'reused') throw new GatehouseError('GH_SCA_ID_REUSED')
      const { answer, fresh } = decided
      if (fresh) {
        const { outcome, exemption } = answer
        const { api = null, act } = question
        tell?.({
          what: 'decided',
          decision: id,
          at: answer.at,
          api,
          act: act.kind,
          outcome,
          exemption,
        })
      }
      return payeeName !== undefined && answer.payeeCheck?.result === 'close'
        ? { ...answer, payeeCheck: { ...answer.payeeCheck, name: payeeName } }
        : answer
    },
    async authenticated(id, outcome, act) {
      checkOutcome(outcome)
      const at = clock.now()
      const of = act === undefined ? undefined : (boundOf(act, names) ?? NOBODY)
      const asked = { id, at, outcome, ...(of === undefined ? {} : { of }) }
      const { result, row } = await store.run(authenticate, asked)
      const succeeded = outcome.result === 'succeeded'
      if (result === 'recorded') say(succeeded ? 'authenticated' : 'not-authenticated', row, at)
      return result
    },
    async fits(id, act) {
      return store.run(fits, { id, of: boundOf(act, names) ?? NOBODY })
    },
    async settle(id, as, client = '') {
      const at = clock.now()
      const { result, row } = await store.run(settle, { id, at, done: as === 'done', client })
      if (result === 'settled') say(as, row, at)
      else if (result === 'unauthenticated') say('unauthenticated', row, at)
      return result
    },
    evidence: (id) => findRecord(store, id),
  }
}

export async function findRecord(store: Store, id: string): Promise<ScaRecord | undefined> {
  const found = await store.run(findDecision, { id })
  if (found === null) return undefined
  const { evidence } = found
  return { ...found, replayed: replayEvidence(evidence, rulesOf(evidence)) }
}

/** Two factors of different categories, or it was no strong authentication (PSD2 Art. 4(30)). */
function checkOutcome(outcome: AuthenticationOutcome): void {
  const { durationMs } = outcome
  const two = outcome.result !== 'succeeded' || new Set(outcome.factors).size >= 2
  if (!two || !(Number.isSafeInteger(durationMs) && durationMs >= 0) || outcome.method === '')
    throw new GatehouseError('GH_SCA_QUESTION', 'the outcome of an authentication')
}
