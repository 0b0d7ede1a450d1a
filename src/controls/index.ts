export {
  catalogueVersion,
  control,
  controls,
  dataClass,
  dataClasses,
  enumerations,
  objectiveModel,
  owaspEntries,
  regime,
  regimeFamily,
  regimes,
  schemeFacts,
} from './catalogue.ts'
export type {
  Category,
  Checked,
  Consequence,
  Control,
  ControlReferences,
  EvidenceKind,
  Exposure,
  RequiredWhen,
  Role,
  Severity,
} from './control.ts'
export {
  type ControlQuery,
  findControls,
  lookUpControl,
  type UnknownName,
} from './find-controls.ts'
export type {
  DataClass,
  Enumerations,
  ObjectiveModel,
  ProtectionNumbers,
  SchemeFacts,
  ServiceNumbers,
} from './objective-model.ts'
export type { Observation, ObservationSink } from './observation.ts'
export type { OwaspEntry, Regime, SourceChecked } from './regime.ts'
