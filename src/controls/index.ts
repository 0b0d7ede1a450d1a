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
export type { Observation, ObservationSink } from './observation.ts'
