export { type EventIndex, openEventIndex } from './event-index.ts'
export {
  type EventFilter,
  type Grouping,
  GROUPINGS,
  type ListQuestion,
  MAX_PAGE,
  parseCursor,
  parseGrouping,
  parseOutcome,
  parseTime,
} from './event-question.ts'
export type { IndexedOutcome } from './event-tables.ts'
export type { EventGroup } from './group-events.ts'
export type { EventPage, IndexProgress } from './index-answers.ts'
export { type Hold, inForce, keepHold, newHold, readHolds, releasedHold } from './holds.ts'
export { type IndexWriter, openIndexWriter } from './index-writer.ts'
export { readEventIndex, type ReadIndex } from './read-index.ts'
export { verifyEventIndex } from './verify-index.ts'
