/** The log of what a gateway must know (DESIGN §2). One record kind, one order, one reader contract. */
import type { JsonValue } from '../lib/index.ts'

export interface Change {
  /** Consecutive from 1 within one `epoch` of the publisher. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: ChangeKind
  readonly key: string
  /** `null`: gone. */
  readonly value: JsonValue
}
/**
 * `key`: where a client keeps its keys, by its id, and its JWK set there (`{jwks_uri, jwks?}`), when its record is another publisher's. Alone it makes
 * nobody a client, and where the record has keys, those count.
 */
export type ChangeKind = 'client' | 'consent' | 'revocation' | 'key'

/** Reader's side: `snapshot()` then `subscribe(fromSeq)`. A heartbeat says "nothing newer than this seq at this time". */
export interface Feed {
  snapshot(): Promise<{ readonly seq: number; readonly changes: readonly Change[] }>
  /** A snapshot that is never whole in memory: tells each change of it, and then its seq. */
  load?(each: (change: Change) => void): Promise<number>
  subscribe(fromSeq: number, subscriber: FeedSubscriber): () => void
}
/** What is there now, one by one; gives the seq from which to subscribe. */
export async function loadFeed(feed: Feed, each: (change: Change) => void): Promise<number> {
  if (feed.load !== undefined) return feed.load(each)
  const { seq, changes } = await feed.snapshot()
  for (const change of changes) each(change)
  return seq
}

export interface FeedSubscriber {
  change(change: Change): void
  heartbeat(at: number): void
}
