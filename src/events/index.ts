export type {
  AccessEvent,
  FactsRecord,
  GatehouseEvent,
  NoticeEvent,
  RefusedEvent,
  ResponseRecord,
  ShapeSample,
  ValueClass,
} from './access-event.ts'
export type { EventConsumer, EventSink, StoredEvent } from './spool-port.ts'
