/** What the disk itself takes to make a small record durable, while something else is measured. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'

const RECORD = Buffer.alloc(1_500, 1)
const EVERY_MS = 5

/** Writes and syncs a file of its own until it is called again, which gives the 99th percentile of `fdatasync` in milliseconds. */
export function probeDisk(folder: string): () => Promise<number> {
  const stop = new AbortController()
  const measured = measure(join(folder, 'disk-probe'), stop.signal)
  return async () => {
    stop.abort()
    const took = (await measured).toSorted((a, b) => a - b)
    return took[Math.floor(took.length * 0.99)] ?? 0
  }
}

async function measure(path: string, signal: AbortSignal): Promise<readonly number[]> {
  const took: number[] = []
  const file = await open(path, 'w')
  for await (const _ of setInterval(EVERY_MS)) {
    if (signal.aborted) break
    await file.write(RECORD)
    const from = performance.now()
    await file.datasync()
    took.push(performance.now() - from)
  }
  await file.close()
  return took
}
