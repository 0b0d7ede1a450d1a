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
  PayeeCheck,
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
export type { Rate } from './ledger/amount.ts'
export type { FoundDecision } from './ledger/found.ts'
export {
  type ScaLedger,
  scaLedger,
  type ScaLedgerOptions,
  type ScaRecord,
} from './ledger/ledger.ts'
export {
  type MonitorPort,
  type PayeeCheckPort,
  type RatePort,
  type ScaName,
  type ScaNames,
} from './ledger/ports.ts'
export type {
  AskedAccess,
  AskedAct,
  AskedAmount,
  AskedContactless,
  AskedPayment,
  AskedTerminal,
  AuthenticationOutcome,
  AuthenticationRecorded,
  FactorCategory,
  RiskSignals,
  ScaAnswer,
  ScaQuestion,
  Settled,
} from './ledger/question.ts'
export { ledgerMigrations } from './ledger/tables.ts'
export { registerMigrations } from './registers/tables.ts'
