export type { Change, ChangeKind, Feed, FeedSubscriber } from './change.ts'
export type { Projection } from './projection.ts'
export type { ClientRecord, ConsentRecord, RevocationRecord } from './records.ts'
