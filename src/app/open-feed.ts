/** What the gateway is told, from wherever it is kept: the files of the feed, and the store where an authorization server writes it, here or elsewhere. */
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
  readonly config: Pick<GatehouseConfig, 'dir' | 'feedDir' | 'identity' | 'store'>
  readonly store: Store
  readonly clock: Clock
  readonly scheduler: Scheduler
}): OpenFeed {
  const { config, store, clock, scheduler } = parts
  ensureFeedFolder(config)
  const files = openFileFeed({ dir: config.feedDir, clock, scheduler })
  // Without an authorization server, here or elsewhere, nothing is told by the store: its outage is none of the gateway's.
  if (config.identity === null && config.store?.postgres.feed !== true)
    return { files, all: files, close: () => files.close() }
  const stored = openStoreFeed({ store, clock, scheduler })
  return {
    files,
    all: joinFeeds(files, stored),
    close() {
      files.close()
      stored.close()
    },
  }
}
