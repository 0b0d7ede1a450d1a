/** What the management API shows of strong customer authentication. `app` implements it. */
import type {
  CodeProposal,
  Device,
  EndedFactor,
  ExemptionsView,
  Period,
  RatesView,
  RebuiltPage,
  RegistersView,
  ScaRecord,
  Slice,
  WaitingCode,
} from '../sca/index.ts'

export interface ScaServices {
  exemptions(): Promise<ExemptionsView>
  rates(): Promise<RatesView>
  /** @throws GH_SCA_DECISION_UNKNOWN */
  decision(id: string): Promise<ScaRecord>
  /** @throws GH_SCA_PERIOD */
  period(name: string): ReportFrame
  /** No secrets. @throws GH_SCA_NOT_CONFIGURED */
  elements(subject: string): Promise<ElementsView>
  /** Without the numbers of accounts: their last four characters. @throws GH_SCA_NOT_CONFIGURED, GH_SCA_PERSON_ERASED */
  registers(subject: string): Promise<RegistersView>
  /** Keyed hashes under which the elements of a person, and what their exemptions rest on, stand in the store, for the log of erasures. @throws GH_SCA_NOT_CONFIGURED */
  names(subject: string): readonly string[]
  /** The slice of a period that begins at `from`. */
  slice(asked: SliceAsked): Promise<Slice>
  /** The page of evidence behind `id` in the millisecond `at`. */
  rebuilt(asked: RebuiltAsked): Promise<RebuiltPage>
}

/** With what one customer authenticates. */
export interface ElementsView {
  readonly subject: string
  /** Kinds that this bank has. */
  readonly factors: readonly string[]
  readonly elements: readonly Device[]
  /** Newest first, the last twenty. */
  readonly removed: readonly EndedFactor[]
  /** Codes of the bank that wait for the customer; nothing of the codes. */
  readonly codes: readonly WaitingCode[]
  /** Codes that one person asked for and another has not approved yet. */
  readonly proposed: CodeProposal | null
  /** Strongly, for a change of his elements. */
  readonly canAuthenticate: boolean
  readonly blocked: boolean
}

export interface ReportFrame {
  readonly entity: string
  readonly jurisdiction: string
  readonly timeZone: string
  readonly period: Period
}

export interface SliceAsked {
  readonly from: number
  readonly to: number
}

export interface RebuiltAsked {
  readonly at: number
  readonly id: string
  readonly to: number
}
