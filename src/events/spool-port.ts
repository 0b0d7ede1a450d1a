/** What producers and consumers see of the durable spool. */
import type { GatehouseEvent } from './access-event.ts'

export interface EventSink {
  /**
   * `strict`: resolves when the record is synced. `buffered`: calls back (same turn of the event loop, batched) when the operating system
   * has it; synced within 1 s. A failure is `GH_EVENTS_SPOOL_FAILED`: the caller answers 503. `done` is called exactly once, never
   * synchronously from inside `append`.
   */
  append(
    event: GatehouseEvent,
    durability: 'strict' | 'buffered',
    done: (failure: Error | undefined) => void,
  ): void
}

export interface StoredEvent {
  readonly partition: number
  /** Consecutive from 1 within the partition. */
  readonly seq: number
  /** SHA-256 of (previous hash ‖ payload), lower-case hex. */
  readonly hash: string
  readonly event: GatehouseEvent
}

/** A durable, named position in the spool. Read, handle, then commit: an event is seen at least once. */
export interface EventConsumer {
  /** Up to `limit` events after the committed offset that the operating system already has; empty when caught up. */
  read(limit: number): Promise<readonly StoredEvent[]>
  /** Durable when it resolves. */
  commit(last: StoredEvent): Promise<void>
}
