import type { ApiProfile } from '../../src/objectives/index.ts'

/** An account-information API of an EU bank; a test changes what it is about. */
export function apiProfile(changes: Partial<ApiProfile> = {}): ApiProfile {
  return {
    api: 'accounts',
    roles: ['ais'],
    dataClasses: ['account-identifier', 'balance'],
    exposure: 'internet-authenticated',
    jurisdictions: ['EU'],
    entity: ['financial-entity'],
    seriousHarmWithin: 'within-24h',
    criticalOrImportantFunction: false,
    features: ['jwt'],
    servesLevels: [],
    ...changes,
  }
}
