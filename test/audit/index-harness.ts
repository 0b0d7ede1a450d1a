/** A spool of access events and an index over it, without a thread: what the thread runs is the same. */
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type IndexWriter, openIndexWriter } from '../../src/audit/index.ts'
import type { AccessEvent, GatehouseEvent, Spool } from '../../src/events/index.ts'
import { open } from '../events/spool-harness.ts'
import { accessEvent } from '../support/access-event.ts'

export const NOON = Date.UTC(2026, 5, 1, 12)
export const HOUR_MS = 3_600_000
export const ALWAYS = { since: 0, until: NOON + 1000 * HOUR_MS }

export function record(spool: Spool, event: GatehouseEvent): Promise<void> {
  return new Promise((resolve, reject) =>
    spool.append(event, 'strict', (failure) =>
      failure === undefined ? resolve() : reject(failure),
    ),
  )
}

/** Event `i` happened `i` minutes after noon. */
export function nthEvent(i: number, changes: Partial<AccessEvent> = {}): AccessEvent {
  return accessEvent({ id: `d-${i}`, at: NOON + i * 60_000, ...changes })
}

export interface IndexedSpool {
  readonly spool: Spool
  readonly spoolDir: string
  readonly dir: string
}

export async function spoolOf(
  t: TestContext,
  events: readonly GatehouseEvent[],
  limits?: { readonly maxSegmentBytes: number },
): Promise<IndexedSpool> {
  const { spool, dir: spoolDir } = await open(t, limits === undefined ? {} : { limits })
  await Promise.all(events.map((event) => record(spool, event)))
  return { spool, spoolDir, dir: join(spoolDir, '..', 'index') }
}

/** Opened and caught up. */
export async function caughtUp(
  t: TestContext,
  { dir, spoolDir }: Pick<IndexedSpool, 'dir' | 'spoolDir'>,
): Promise<IndexWriter> {
  const writer = await openIndexWriter({ dir, spoolDir })
  t.after(() => writer.close())
  while ((await writer.step()) > 0);
  return writer
}
