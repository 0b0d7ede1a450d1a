/**
 * A durable position with a name. Order: *read → handle → wait until the records are synced → replace the offset file*. Dying anywhere
 * before the end shows the same events again; an offset never points past what a power cut would leave.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { GatehouseError } from '../lib/index.ts'
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
const OFFSET =
  /^(\{"v":1,"seq":(\d{1,15}),"hash":"([0-9a-f]{64})","segment":(\d{1,10}),"offset":(\d{1,10})),"crc":(\d{1,10})\}\n$/

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
      const hash = place.hash.toString('hex')
      const { seq, ordinal: segment, offset } = place
      // The chain proves hash and offset when they are read again, and nothing but the sum proves `seq`.
      const text = JSON.stringify({ v: 1, seq, hash, segment, offset }).slice(0, -1)
      await replaceFile(file, `${text},"crc":${crc32(text)}}\n`)
      committed = place
    },
  }
}

async function readOffset(reader: SpoolReader, file: string): Promise<ReadPoint | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code === 'ENOENT') return '' // sound: only a member is looked at
    throw new GatehouseError('GH_EVENTS_SPOOL_FAILED', `${file} cannot be read`, { cause })
  })
  const match = OFFSET.exec(text)
  if (match === null) return undefined
  const [, summed = '', seq, hash = '', segment, offset, sum] = match
  if (crc32(summed) !== Number(sum)) return undefined
  return reader.resume({
    seq: Number(seq),
    hash: Buffer.from(hash, 'hex'),
    ordinal: Number(segment),
    offset: Number(offset),
  })
}
