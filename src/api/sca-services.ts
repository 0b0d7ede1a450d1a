/** What the management API shows of strong customer authentication. `app` implements it. */
import type {
  ExemptionsView,
  Period,
  RatesView,
  RebuiltPage,
  ScaRecord,
  Slice,
} from '../sca/index.ts'

export interface ScaServices {
  exemptions(): Promise<ExemptionsView>
  rates(): Promise<RatesView>
  /** @throws GH_SCA_DECISION_UNKNOWN */
  decision(id: string): Promise<ScaRecord>
  /** @throws GH_SCA_PERIOD */
  period(name: string): ReportFrame
  /** The slice of a period that begins at `from`. */
  slice(asked: SliceAsked): Promise<Slice>
  /** The page of evidence behind `id` in the millisecond `at`. */
  rebuilt(asked: RebuiltAsked): Promise<RebuiltPage>
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
