/**
 * A durable position with a name. Order: *read → handle → wait until the records are synced → replace the offset file*. Dying anywhere
 * before the end shows the same events again; an offset never points past what a power cut would leave.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GatehouseError } from '../lib/index.ts'
import { offsetText, parseOffset } from './consumer-offsets.ts'
import { replaceFile } from './spool-folder.ts'
import type { EventConsumer, StoredEvent } from './spool-port.ts'
import { type ReadPoint, type SpoolReader, storedEvent } from './spool-reader.ts'

export interface ConsumerParts {
  readonly dir: string
  readonly name: string
  readonly partition: number
  readonly reader: SpoolReader
  readonly syncedTo: (seq: number) => Promise<void>
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/
/** Starts where the offset file says, or at the first event when there is none or it does not fit this spool (then all is seen again). */
export async function openConsumer(parts: ConsumerParts): Promise<EventConsumer> {
  const { dir, name, partition, reader, syncedTo } = parts
  if (!NAME.test(name)) throw new TypeError(`a consumer is not called ${JSON.stringify(name)}`)
  const file = join(dir, 'consumers', `${name}.json`)
  let committed = (await readOffset(reader, file)) ?? (await reader.before(1))
  /** Proof that an event came from here, and where it stands. */
  const places = new WeakMap<StoredEvent, ReadPoint>()

  return {
    async read(limit) {
      const events: StoredEvent[] = []
      if (limit < 1) return events
      await reader.read(committed, (at, payload) => {
        const event = storedEvent(partition, at, payload)
        places.set(event, at)
        return events.push(event) < limit
      })
      return events
    },
    async commit(last) {
      const place = places.get(last)
      if (place === undefined) throw new TypeError('"last" must come from read() of this consumer')
      if (place.seq <= committed.seq) return
      await syncedTo(place.seq)
      await replaceFile(file, offsetText(place))
      committed = place
    },
  }
}

async function readOffset(reader: SpoolReader, file: string): Promise<ReadPoint | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code === 'ENOENT') return '' // sound: only a member is looked at
    throw new GatehouseError('GH_EVENTS_SPOOL_FAILED', `${file} cannot be read`, { cause })
  })
  const point = parseOffset(text)
  return point === undefined ? undefined : reader.resume(point)
}
