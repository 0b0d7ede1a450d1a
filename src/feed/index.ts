export type { Change, ChangeKind, Feed, FeedSubscriber } from './change.ts'
export { sealConsent, sealedKey } from './sealed-consent.ts'
export { type CountedProjection, createProjection } from './create-projection.ts'
export { type FileFeed, type FileFeedOptions, openFileFeed } from './file-feed.ts'
export { joinFeeds } from './join-feeds.ts'
export type { Projection } from './projection.ts'
export { PRIVATE_MEMBERS, type RecordKind } from './record-format.ts'
export type { ClientRecord, ConsentRecord, RegisterStatus, RevocationRecord } from './records.ts'
export {
  type ListedRecord,
  listRecords,
  putRecord,
  type RecordList,
  revoke,
} from './write-record.ts'
