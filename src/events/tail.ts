/** Following the spool as it grows. The reader pulls, so a slow one holds nothing up and costs no memory. */
import type { StoredEvent } from './spool-port.ts'
import { type SpoolReader, storedEvent } from './spool-reader.ts'

export interface TailOptions {
  /** First sequence number to give; `end` gives only what comes from now on. */
  readonly from: number | 'end'
  readonly signal: AbortSignal
}

interface TailParts {
  readonly partition: number
  readonly reader: SpoolReader
  readonly onWritten: (listener: () => void) => () => void
  readonly lastSeq: () => number
}

const PAGE = 256

export async function* tailEvents(
  { partition, reader, onWritten, lastSeq }: TailParts,
  { from, signal }: TailOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  let wake = (): void => undefined
  let news = false
  const nudge = (): void => {
    news = true
    wake()
  }
  const stop = onWritten(nudge)
  signal.addEventListener('abort', nudge)
  try {
    let at = await reader.before(from === 'end' ? lastSeq() + 1 : from)
    while (!signal.aborted) {
      news = false
      const page: StoredEvent[] = []
      await reader.read(at, (point, payload) => {
        at = point
        return page.push(storedEvent(partition, point, payload)) < PAGE
      })
      for (const event of page) {
        if (signal.aborted) return
        yield event
      }
      // `news` may have come while the page was handed out.
      if (page.length === 0 && !news && !signal.aborted)
        await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stop()
    signal.removeEventListener('abort', nudge)
  }
}
