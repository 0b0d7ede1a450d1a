/** Two publishers as one feed: no younger than the older of them, so that each one's silence is heard. */
import type { Change, Feed } from './change.ts'

/** For one reader: a snapshot, then a subscription from it. */
export function joinFeeds(first: Feed, second: Feed): Feed {
  let seq = 0
  let taken: readonly [number, number] | undefined
  const next = (change: Change): Change => ({ ...change, seq: ++seq })

  return {
    async snapshot() {
      const [one, other] = [await first.snapshot(), await second.snapshot()]
      taken = [one.seq, other.seq]
      const changes = [...one.changes, ...other.changes].map(next)
      return { seq, changes }
    },
    subscribe(fromSeq, subscriber) {
      if (taken === undefined || fromSeq !== seq)
        throw new RangeError(`changes after ${fromSeq} are not kept; take a new snapshot`)
      const heard: (number | undefined)[] = [undefined, undefined]
      const listen = (feed: Feed, from: number, place: number) =>
        feed.subscribe(from, {
          change: (change) => subscriber.change(next(change)),
          heartbeat(at) {
            heard[place] = at
            const [one, other] = heard
            if (one !== undefined && other !== undefined) subscriber.heartbeat(Math.min(one, other))
          },
        })
      const stops = [listen(first, taken[0], 0), listen(second, taken[1], 1)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
