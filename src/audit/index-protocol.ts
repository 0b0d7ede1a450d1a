/** What passes between the event index and its worker. */
import type { ErrorCode } from '../lib/index.ts'
import type { StoredEvent } from '../events/index.ts'
import type { EventFilter, Grouping, ListQuestion } from './event-question.ts'
import type { EventGroup } from './group-events.ts'
import type { EventPage, IndexProgress } from './index-answers.ts'

export interface IndexWorkerStart {
  readonly dir: string
  readonly spoolDir: string
}

/** Each kind of request, with what it is given and what it answers. */
export interface IndexCalls {
  /** Catches up with the spool, and forgets what was before the time given. */
  step: { readonly arg: { readonly before: number }; readonly answer: IndexProgress }
  list: { readonly arg: ListQuestion; readonly answer: EventPage }
  count: { readonly arg: EventFilter; readonly answer: number }
  group: {
    readonly arg: EventFilter & { readonly by: Grouping }
    readonly answer: readonly EventGroup[]
  }
  find: { readonly arg: string; readonly answer: StoredEvent | undefined }
  plans: { readonly arg: null; readonly answer: readonly string[] }
  close: { readonly arg: null; readonly answer: null }
}
export type IndexCall = keyof IndexCalls

export interface IndexRequest {
  readonly id: number
  readonly call: IndexCall
  readonly arg: unknown
}

export type IndexReply =
  | { readonly kind: 'ready'; readonly discarded: string | null }
  | { readonly kind: 'progress'; readonly progress: IndexProgress }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'failed'
      /** `null`: it could not be opened. */
      readonly id: number | null
      readonly code: ErrorCode
      readonly detail: string
    }
