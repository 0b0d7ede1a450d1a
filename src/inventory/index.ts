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
