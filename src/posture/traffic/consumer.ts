/**
 * The consumer that turns events into observations. Order of a step: *read → add up → store counts, observations and offset in one unit →
 * commit the offset to the spool*. Whoever dies between the last two reads the same events again and counts none of them twice.
 */
import type { EventConsumer, StoredEvent } from '../../events/index.ts'
import { type Clock, GatehouseError } from '../../lib/index.ts'
import type { Rows, Store } from '../../store/index.ts'
import { loadTraffic, type Offset, saveTraffic } from '../record/units.ts'
import { observationsOf } from './observe.ts'
import { addUp, type CarriedBy, type RulesOf, type Tally, tallyKey } from './tally.ts'

export interface TrafficConsumerOptions {
  readonly consumer: EventConsumer
  readonly store: Store
  readonly rulesOf: RulesOf
  readonly carriedBy?: CarriedBy
  /** As in `TallyPorts`, as it is now. */
  readonly apisOfServer?: () => readonly string[]
  readonly clock: Clock
  /** Events of one step. */
  readonly batch?: number
}

export interface TrafficConsumer {
  /**
   * Handles one batch; how many events it took, 0 when caught up. Durable when it resolves.
   * @throws GH_POSTURE_CONSUMER_TWICE (nothing was counted), GH_STORE_FAILED
   */
  step(): Promise<number>
}

export function runTrafficConsumer({
  consumer,
  store,
  rulesOf,
  carriedBy,
  apisOfServer = () => [],
  clock,
  batch = 1000,
}: TrafficConsumerOptions): TrafficConsumer {
  return {
    async step() {
      const events = await consumer.read(batch)
      if (events.length === 0) return 0
      const loaded = await store.run(loadTraffic, null)
      const expected = loaded.offsets.map(offsetOf)
      const counted = new Map(expected.map(({ partition, seq }) => [partition, seq]))
      const fresh = events.filter(({ partition, seq }) => seq > (counted.get(partition) ?? 0))
      const tallies = addUp(talliesOf(loaded.tallies), fresh, {
        rulesOf,
        ...(carriedBy === undefined ? {} : { carriedBy }),
        apisOfServer: apisOfServer(),
        now: clock.now(),
      })
      const saved = await store.run(saveTraffic, {
        expected,
        offsets: lastOfEach(fresh).map(({ partition, seq }) => ({ partition, seq })),
        tallies: [...tallies.values()].map((tally) => ({
          api: tally.api,
          control: tally.control,
          state: JSON.stringify(tally),
        })),
        observations: observationsOf(tallies.values()),
      })
      if (!saved) throw new GatehouseError('GH_POSTURE_CONSUMER_TWICE')
      for (const last of lastOfEach(events)) await consumer.commit(last)
      return events.length
    },
  }
}

/** The last event of each partition. */
function lastOfEach(events: readonly StoredEvent[]): readonly StoredEvent[] {
  const last = new Map<number, StoredEvent>()
  for (const stored of events)
    if (stored.seq > (last.get(stored.partition)?.seq ?? 0)) last.set(stored.partition, stored)
  return [...last.values()]
}

function offsetOf(row: Rows[number]): Offset {
  const { partition, seq } = row
  if (typeof partition !== 'number' || typeof seq !== 'number')
    throw new GatehouseError('GH_POSTURE_RECORD_INVALID', 'traffic_offset')
  return { partition, seq }
}

function talliesOf(rows: Rows): ReadonlyMap<string, Tally> {
  return new Map(
    rows.map((row) => {
      // Sound: this file alone writes the column, with JSON.stringify of a Tally; the table's version is its migration.
      const tally = JSON.parse(String(row['state'])) as Tally
      return [tallyKey(tally.api, tally.control), tally]
    }),
  )
}
