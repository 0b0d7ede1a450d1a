export { approvalMigrations } from './approvals/tables.ts'
export {
  addApproval,
  decideApproval,
  deliveredApproval,
  forgetApprovals,
  type FoundApproval,
  openApproval,
  readApproval,
  undeliveredApprovals,
  waitingApprovals,
} from './approvals/units.ts'
export { authorizationMigrations } from './authorization/tables.ts'
export {
  claimAuthorization,
  consumeAuthorization,
  countAuthorizations,
  findAuthorization,
  findFirstAuthorization,
  forgetAuthorizations,
  type FoundRecord,
  type NewRecord,
  putAuthorization,
  removeAuthorization,
  removeGranted,
} from './authorization/units.ts'
export {
  addSigningKey,
  listSigningKeys,
  removeSigningKeys,
  type SigningKeyRow,
} from './authorization/signing-keys/units.ts'
export { compiledQuery } from './compiled-query.ts'
export { consentMigrations } from './consents/tables.ts'
export {
  addConsent,
  consentNamed,
  changeConsent,
  type ConsentRow,
  consentsOf,
  countConsents,
  endedConsents,
  forgetConsents,
  type FoundConsent,
  listConsents,
  readConsent,
} from './consents/units.ts'
export { type Ended, forgetRows } from './forget-rows.ts'
export { openStoreFeed, refreshFeeds } from './changes/store-feed.ts'
export { changeMigrations } from './changes/tables.ts'
export {
  type ClientState,
  type HistoryEntry,
  isActive,
  type StoredClient,
} from './clients/record.ts'
export {
  claimKeySet,
  clientsOfKeySet,
  dueKeySets,
  findKeySet,
  forgetKeySets,
  keepKeySet,
  type KeySetRow,
  tellConfiguredKeys,
} from './clients/key-sets/units.ts'
export { clientMigrations } from './clients/tables.ts'
export {
  applyRegister,
  clientHistory,
  countClients,
  decideClient,
  endedClient,
  type EndingClient,
  endingClients,
  findClient,
  findClientWithKeys,
  forgetToken,
  listClients,
  registerClient,
  removeClient,
  reviseClient,
} from './clients/units.ts'
export { idempotencyMigrations } from './idempotency/tables.ts'
export {
  forgetKeys,
  type KeyState,
  releaseKey,
  reserveKey,
  settleKey,
} from './idempotency/units.ts'
export {
  reserveUse,
  settleUse,
  type StoredUse,
  toldUses,
  untoldUses,
  usesOf,
} from './idempotency/use-units.ts'
export { initiatedMigrations } from './initiated/tables.ts'
export { findInitiated, forgetInitiated, keepInitiated } from './initiated/units.ts'
export { type HeldLock, holdLock } from './lock.ts'
export { remoteFileSystemOf } from './folder.ts'
export type { Migration } from './migration.ts'
export { copyPostgresStore, restorePostgresStore, verifyPostgresStore } from './postgres-copy.ts'
export { openPostgresStore, type PostgresStoreOptions } from './postgres-store.ts'
export { queryBuilder } from './query-builder.ts'
export { notificationMigrations } from './notifications/tables.ts'
export {
  forgetNotifications,
  oweNotification,
  type OwedNotification,
  postponeNotification,
  settleNotification,
  takeNotifications,
} from './notifications/units.ts'
export { quotaMigrations } from './quotas/tables.ts'
export { forgetQuotas, quotaSecret, settleQuotas, takeQuotas } from './quotas/units.ts'
export { type SealedArea, type Sealing, sealingOf } from './sealing.ts'
export { keysOfSecret, passingKeys, type SealingKeys } from './secrets/keys.ts'
export {
  type InstallationSecrets,
  openSecrets,
  type SecretChange,
  type SecretStatus,
} from './secrets/open-secrets.ts'
export type { SealedColumn } from './secrets/sealed-column.ts'
export { secretMigrations } from './secrets/tables.ts'
export { copySqliteStore, verifySqliteStore } from './sqlite-check.ts'
export {
  openSqliteStore,
  type SqliteStoreOptions,
  startStoreThread,
  type StoreThread,
} from './sqlite-store.ts'
export type { StoreFinding, StoreReport } from './store-report.ts'
export { threadEnvironment } from './thread-environment.ts'
export { openThreadStore, readThreadStore, type ThreadStore } from './thread-store.ts'
export { defineUnit, type Rows, type Store, type Unit, type UnitRef } from './unit.ts'
