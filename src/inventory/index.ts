export { type ApiDeclaration, apiRecord } from './api-record.ts'
export { type ChangeKind, type SpecChange, type SpecDifference } from './difference/change.ts'
export { diffSpecs, type SpecVersion } from './difference/diff-specs.ts'
export { type DryRunReport, dryRunReport } from './dry-run-report.ts'
export { exportInventory, exportInventoryCsv } from './export.ts'
export { type ImportCache, importCached } from './import-cache.ts'
export { type ImportResult, importSpec, type SpecSource } from './import-spec.ts'
export { MAX_SPEC_BYTES } from './limits.ts'
export { placesIn } from './places.ts'
export type {
  ApiRecord,
  BodyRecord,
  DataClassEvidence,
  ImportedSpec,
  MediaTypeRecord,
  OperationRecord,
  ParameterRecord,
  ResponseSpec,
} from './records.ts'
