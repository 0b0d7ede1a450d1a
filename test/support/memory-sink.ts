/** A sink that keeps events in an array and fails when told to. */
import type { AccessEvent, EventSink, GatehouseEvent } from '../../src/events/index.ts'

export class MemorySink implements EventSink {
  readonly appended: { readonly event: GatehouseEvent; readonly durability: string }[] = []
  failure: Error | undefined
  /** When set, records wait until `release`. */
  held: (() => void)[] | undefined

  append(
    event: GatehouseEvent,
    durability: 'strict' | 'buffered',
    done: (failure: Error | undefined) => void,
  ): void {
    // A copy as the spool would make it: what is not JSON shows, and later changes do not.
    const copy = JSON.parse(JSON.stringify(event)) as GatehouseEvent // sound: a GatehouseEvent is plain JSON
    const settle = (): void => {
      if (this.failure === undefined) this.appended.push({ event: copy, durability })
      done(this.failure)
    }
    if (this.held === undefined) queueMicrotask(settle)
    else this.held.push(settle)
  }

  get access(): AccessEvent[] {
    return this.appended.flatMap(({ event }) => (event.kind === 'access' ? [event] : []))
  }
}
