/** Strong customer authentication: whether it is needed, and the record that says why. */
export type {
  AccountAccess,
  Act,
  Amount,
  Approval,
  ContactlessPayment,
  Counter,
  ExemptionName,
  Instrument,
  Monitoring,
  PayerState,
  RemotePayment,
  RiskAnalysis,
  RiskCeilings,
  RiskyAct,
  ScaContext,
  Signal,
  TerminalPayment,
} from './decision/context.ts'
export { EXEMPTIONS } from './decision/context.ts'
export {
  afterAuthentication,
  afterExemption,
  type ScaDecision,
  scaDecision,
  type Tried,
} from './decision/decide.ts'
export { decideWithEvidence, replayEvidence, type ScaEvidence } from './decision/evidence.ts'
export { type Clause, EU_RTS, scaRules, type ScaRules } from './decision/rules.ts'
