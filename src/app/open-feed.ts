/** What the gateway is told, from wherever it is kept: the files of the feed and, where there is an authorization server, its store. */
import type { GatehouseConfig } from '../config/index.ts'
import { type Feed, type FileFeed, joinFeeds, openFileFeed } from '../feed/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import { openStoreFeed, type Store } from '../store/index.ts'
import { ensureFeedFolder } from './feed-files.ts'

export interface OpenFeed {
  readonly files: FileFeed
  readonly all: Feed
  close(): void
}

export function openFeed(parts: {
  readonly config: Pick<GatehouseConfig, 'dir' | 'feedDir' | 'identity'>
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Of the authorization server, which closes it. */
  readonly consents: Feed | undefined
}): OpenFeed {
  const { config, store, clock, scheduler, consents } = parts
  ensureFeedFolder(config)
  const files = openFileFeed({ dir: config.feedDir, clock, scheduler })
  if (config.identity === null) return { files, all: files, close: () => files.close() }
  const stored = openStoreFeed({ store, clock, scheduler })
  return {
    files,
    all: joinFeeds(files, stored, ...(consents === undefined ? [] : [consents])),
    close() {
      files.close()
      stored.close()
    },
  }
}
