/** A feed's folder for tests, and a file feed over it that looks when the test says so. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type FileFeed, openFileFeed } from '../../src/feed/index.ts'
import type { JsonObject } from '../../src/lib/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const CLIENT: JsonObject = { id: 'budget-buddy', name: 'Budget Buddy Ltd', status: 'active' }
export const CONSENT: JsonObject = {
  id: 'consent-1',
  client: 'budget-buddy',
  subject: 'cust-amira',
  status: 'AUTH',
  permissions: ['ReadAccountsBasic', 'ReadBalances'],
  accounts: ['22289', '22426'],
  validFrom: '2026-01-01T00:00:00Z',
  expiresAt: '2026-07-01T00:00:00+01:00',
}
export const REVOCATION: JsonObject = {
  consent: 'consent-1',
  at: '2026-03-01T12:00:00Z',
  reason: 'Withdrawn by telephone',
}

export interface FeedFolder {
  readonly dir: string
  /** Writes `clients/NAME`, `consents/NAME` or `revocations/NAME`. */
  put(path: string, content: JsonObject | string | Uint8Array): void
  remove(path: string): void
}

export function feedFolder(t: TestContext): FeedFolder {
  const dir = temporaryFolder(t)
  for (const kind of ['clients', 'consents', 'revocations']) mkdirSync(join(dir, kind))
  return {
    dir,
    put(path, content) {
      const raw = typeof content === 'string' || content instanceof Uint8Array
      writeFileSync(join(dir, path), raw ? content : JSON.stringify(content))
    },
    remove: (path) => rmSync(join(dir, path), { recursive: true }),
  }
}

/** The clock begins at the machine's time, as the file system's does, unless told otherwise. */
export function openFeed(
  t: TestContext,
  dir: string,
  now = Date.now(),
): { feed: FileFeed; clock: FakeClock } {
  const clock = new FakeClock(now)
  const feed = openFileFeed({ dir, clock, scheduler: clock })
  t.after(() => feed.close())
  return { feed, clock }
}
