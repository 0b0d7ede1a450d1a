/** What commands print and `app` has nothing to add to. The CLI sees the modules through this file only. */
export type {
  ClientView,
  ControlOutcome,
  ElementsView,
  EventAnswer,
  EventQuestion,
  Explanation,
  AuthorizationServerStatus,
  InstanceStatus,
} from '../api/index.ts'
export { GROUPINGS, type Hold, MAX_PAGE, parseTime } from '../audit/index.ts'
export type { GatehouseConfig } from '../config/index.ts'
export { type StoredEvent, toOcsf } from '../events/index.ts'
export {
  type ApiRecord,
  dryRunReport,
  exportInventory,
  exportInventoryCsv,
  type ImportResult,
  type OperationRecord,
} from '../inventory/index.ts'
export type { EffectiveRule } from '../policy/index.ts'
export {
  diffObjectives,
  type Objective,
  type ObjectiveChange,
  whyControl,
} from '../objectives/index.ts'
export {
  ebaCsv,
  ebaReport,
  type ExemptionsView,
  type RatesView,
  type RegistersView,
  reportCsv,
  type ScaRecord,
  type ScaReport,
} from '../sca/index.ts'
export { DEFAULT_RANGE, parseRange, type ReplayGroup } from '../policy/replay/index.ts'
