/**
 * Several publishers as one feed: no younger than the oldest of them, so that each one's silence is heard. A client that two of them hold is
 * nobody's, as with two files of one id: whoever says "active" must not win over who says "suspended".
 */
import type { JsonValue } from '../lib/index.ts'
import { type Change, type Feed, loadFeed } from './change.ts'

/** For one reader: a snapshot, then a subscription from it. */
export function joinFeeds(...feeds: readonly Feed[]): Feed {
  let seq = 0
  let taken: readonly number[] | undefined
  /** What each feed says of a client, by its id. */
  const clients = new Map<string, Map<Feed, JsonValue>>()

  function next(change: Change, feed: Feed): Change {
    seq++
    if (change.kind !== 'client') return { ...change, seq }
    const { key, value } = change
    const said = clients.get(key) ?? new Map<Feed, JsonValue>()
    if (value === null) said.delete(feed)
    else said.set(feed, value)
    if (said.size === 0) clients.delete(key)
    else clients.set(key, said)
    const [only = null, other] = said.values()
    return { ...change, seq, value: other === undefined ? only : null }
  }

  async function load(each: (change: Change) => void): Promise<number> {
    const places: number[] = []
    for (const feed of feeds)
      places.push(await loadFeed(feed, (change) => each(next(change, feed))))
    taken = places
    return seq
  }

  return {
    load,
    async snapshot() {
      const changes: Change[] = []
      return { seq: await load((change) => changes.push(change)), changes }
    },
    subscribe(fromSeq, subscriber) {
      const from = taken
      if (from === undefined || fromSeq !== seq)
        throw new RangeError(`changes after ${fromSeq} are not kept; take a new snapshot`)
      const heard = new Map<Feed, number>()
      const stops = feeds.map((feed, place) =>
        feed.subscribe(from[place] ?? 0, {
          change: (change) => subscriber.change(next(change, feed)),
          heartbeat(at) {
            heard.set(feed, at)
            if (heard.size === feeds.length) subscriber.heartbeat(Math.min(...heard.values()))
          },
        }),
      )
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
