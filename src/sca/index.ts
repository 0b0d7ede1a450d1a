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
export {
  decideWithEvidence,
  replayEvidence,
  rulesOf,
  type ScaEvidence,
} from './decision/evidence.ts'
export { type Clause, EU_RTS, scaRules, type ScaRules } from './decision/rules.ts'
export {
  type ExemptionsView,
  type ExemptionView,
  type GovernanceDesk,
  governanceDesk,
} from './governance/desk.ts'
export {
  GOVERNED,
  type GovernedName,
  type Proposal,
  type ProposalSettings,
} from './governance/proposal.ts'
export type { GovernedRow } from './governance/units.ts'
export { forgetDecisions, KEPT_MS } from './ledger/forget.ts'
export { MAX_RATE_AGE_MS, type Rate } from './ledger/amount.ts'
export type { FoundDecision } from './ledger/found.ts'
export {
  findRecord,
  type ScaLedger,
  scaLedger,
  type ScaLedgerOptions,
  type ScaNews,
  type ScaRecord,
} from './ledger/ledger.ts'
export {
  type MonitorPort,
  type PayeeCheckPort,
  type RatePort,
  type FoundPayee,
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
  NamedPayee,
  PayeeAnswer,
  RegisterChange,
  RiskSignals,
  ScaAnswer,
  ScaQuestion,
  Settled,
} from './ledger/question.ts'
export { type FraudDesk, fraudDesk, type RatesView } from './fraud/desk.ts'
export { type Period, periodOf } from './fraud/quarter.ts'
export type { FraudKind, FraudRecorded } from './fraud/units.ts'
export { MAX_RATES_BYTES, readRates } from './rates/read-rates.ts'
export type { ReferenceRates } from './rates/reference-rates.ts'
export { ebaCsv, reportCsv } from './report/csv.ts'
export { type EbaReport, ebaReport } from './report/eba.ts'
export { readOneSlice } from './report/read-period.ts'
export { rebuildPage, REBUILD_RECORDS, type RebuiltPage } from './report/rebuild.ts'
export { type PaymentFigures, type ScaReport, scaReport } from './report/report.ts'
export type { Cell, Slice } from './report/slice.ts'
export { addCells, type Tally } from './report/tally.ts'
export { actOfChange, readChange } from './registers/change.ts'
export { forgetRegisters } from './registers/list-unit.ts'
export { type RegistersView, type ScaRegisters, scaRegisters } from './registers/registers.ts'
export { type Entered } from './registers/units.ts'
export type { AttemptRisk, PayerNotice } from './attempts/gate.ts'
export {
  type ActivationRequest,
  type BeginRequest,
  type Channel,
  type Device,
  type ElementNews,
  ENROLMENT_AUDIENCE,
  type EnrolmentAuthorisation,
  type EnrolmentDesk,
  type EnrolmentRefusal,
  MAX_ACTIVATION_MS,
  type WaitingCode,
} from './enrolment/enrolment.ts'
export {
  type ActivationMessage,
  type ActivationSender,
  type Approved as CodesApproved,
  type CodeDesk,
  type CodeFault,
  type CodeProposal,
  type CodeRequest,
  MAX_IDENTITY_CHARS,
} from './enrolment/code-desk.ts'
export { forgetPerson, type PersonForgotten } from './erasure/units.ts'
export { APPROVAL_TYPE, ENROLMENT_TYPE } from './factors/approval.ts'
export type { Answer, Category, FactorKind } from './factors/factor.ts'
export type { EndedFactor } from './factors/units.ts'
export type { DevicePush } from './factors/approval.ts'
export type { CodeMessage, CodeSender } from './factors/one-time-code.ts'
export type { PasskeySettings } from './factors/passkey.ts'
export type { CommonPasscodes } from './factors/passcode.ts'
export { openSca, type PlainFactor, type Sca, type ScaOptions } from './open-sca.ts'
export type { GivenElement, GivenElements } from './enrolment/given.ts'
export { TRANSACTION_SUITES, type TransactionSuite } from './factors/transaction-code.ts'
export type { DeviceDesk, DeviceQuestion, ScreenState } from './transactions/devices.ts'
export type { TransactionDesk, VerifyRequest } from './transactions/desk.ts'
export type { LinkedTransaction, Purpose, TransactionRequest } from './transactions/linked.ts'
export type { Presentation } from './transactions/presentation.ts'
export type { RedeemedTransaction, RedeemRequest } from './transactions/redeem.ts'
export type { ScaRefusal } from './transactions/refusal.ts'
export type { Shown, ShownPayment } from './transactions/shown.ts'
export type { VerifiedTransaction } from './transactions/verified.ts'
export { SCA_SEALED } from './sealing.ts'
