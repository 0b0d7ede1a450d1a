export type {
  AccessEvent,
  AnswerSignatureRecord,
  ControlAction,
  ControlEvent,
  FactsRecord,
  GatehouseEvent,
  GatheredFact,
  NoticeEvent,
  RefusedEvent,
  ResponseRecord,
  SpentRecord,
  UpstreamFault,
  UpstreamRecord,
  ShapeSample,
  TraceRecord,
  TransportRecord,
  ValueClass,
} from './access-event.ts'
export type { IdentityAction, IdentityActor, IdentityEvent } from './identity-event.ts'
export type { ScaEvent } from './sca-event.ts'
export type { AppenderLimits, SpoolHealth } from './appender.ts'
export { type Disk, nodeDisk } from './disk.ts'
export { toOcsf } from './ocsf.ts'
export { readSpool, type ReadSpoolOptions } from './read-spool.ts'
export { openSyncedSpool, type RecordPlace, type SyncedSpool } from './synced-spool.ts'
export type { DeletionRecord } from './deletion-record.ts'
export { type OldSegment, type Retirable, type WhyDeleted } from './retire.ts'
export type { ReadPoint } from './spool-reader.ts'
export { openSpool, type Spool, type SpoolOptions } from './spool.ts'
export { snapshotOffsets, snapshotSpool } from './snapshot.ts'
export type { EventConsumer, EventSink, StoredEvent } from './spool-port.ts'
export type { TailOptions } from './tail.ts'
export { type SpoolDamage, type SpoolReport, verifySpool } from './verify.ts'
