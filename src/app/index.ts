export { type Adoption, proposeAdoption } from './adopt.ts'
export { assemble, type AssembledApi, type Assembly } from './assemble.ts'
export { type ChangeKind, diffFiles, type SpecChange } from './diff-files.ts'
export {
  type Control,
  type ControlQuery,
  findControls,
  lookUpControl,
  ownControls,
  type Regime,
  regime,
  type UnknownName,
} from './catalogue.ts'
export { exportEnvoy, type EnvoyExportReport } from './export-envoy.ts'
export { makeBackup } from './backup/make-backup.ts'
export { restoreBackup } from './backup/restore-backup.ts'
export { erasePerson } from './persons/erase-person.ts'
export { makeCertificates } from './certs/development-certificates.ts'
export { type ListedCertificate, listCertificates } from './certs/list-certificates.ts'
export { type ShownCertificate, showCertificates } from './certs/show-certificates.ts'
export { askForHold } from './ask-hold.ts'
export { minorUnitsOf } from './sca/minor-units.ts'
export { readScaReport, rebuildScaReport } from './sca/read-report.ts'
export { worthLines } from './sca/worth.ts'
export { connectTo, dataDirOf } from './connect.ts'
export {
  type ApiRecord,
  type ClientView,
  type ControlOutcome,
  diffObjectives,
  dryRunReport,
  type EffectiveRule,
  ebaCsv,
  ebaReport,
  type EventAnswer,
  type ElementsView,
  type ExemptionsView,
  type RatesView,
  type RegistersView,
  reportCsv,
  type ScaRecord,
  type ScaReport,
  type EventQuestion,
  type Explanation,
  exportInventory,
  exportInventoryCsv,
  GROUPINGS,
  type Hold,
  MAX_PAGE,
  parseTime,
  type GatehouseConfig,
  type ImportResult,
  type AuthorizationServerStatus,
  type InstanceStatus,
  type Objective,
  type ObjectiveChange,
  type OperationRecord,
  DEFAULT_RANGE,
  parseRange,
  type ReplayGroup,
  type StoredEvent,
  toOcsf,
  whyControl,
} from './passed-on.ts'
export { endNow, feedMistakes, feedRecords, keepRecord, readJsonObject } from './feed-files.ts'
export { askEvents } from './ask-events.ts'
export { type ReindexReport, reindexEvents } from './reindex.ts'
export { runDoctor } from './doctor/run-doctor.ts'
export type { CheckName, CheckResult } from './fsck/check.ts'
export { CHECK_NAMES, runFsck } from './fsck/run-fsck.ts'
export { importFile, unusableSpecs } from './import-file.ts'
export { type InitResult, initFolder } from './init-folder.ts'
export type { Running } from './generation.ts'
export { answerKeySet } from './answer-keys.ts'
export { contextKeySet } from './context-keys.ts'
export { readInstallationKey } from './installation-key.ts'
export type { Instance, Surroundings } from './instance.ts'
export { inventoryOf, keepImported } from './inventory-use.ts'
export { type ObjectiveEntry, objectiveLog } from './objective-log.ts'
export { planReport, type PlanReport } from './plan-report.ts'
export { type PastPosture, postureAt } from './posture-at.ts'
export { type RetentionReport, retentionReport } from './retention-report.ts'
export { type ApiPosture, postureReport, type PostureReport } from './posture-report.ts'
export { hasConfig, readConfig } from './read-config.ts'
export { policyTestReport, type PolicyTestReport } from './policy-tests.ts'
export { replayReport, type ReplayAnswer } from './replay-report.ts'
export { readSecret } from './secrets.ts'
export { version } from './version.ts'
export { compareTemplates, templateReports, type TemplateReport } from './template-report.ts'
export { replaceFile } from './replace-file.ts'
