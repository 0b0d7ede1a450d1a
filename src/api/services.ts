/** What the management API shows of a running instance. `app` implements it; every member only reads. */
import type { StoredEvent } from '../events/index.ts'
import type { CompiledPolicy } from '../policy/index.ts'

export interface ApiServices {
  status(): InstanceStatus
  /** The policy that runs, without schema programs. */
  policy(): Pick<CompiledPolicy, 'effective' | 'findings'> & { readonly digest: string }
  /** Every observation of the store. */
  observations(): Promise<readonly unknown[]>
  inventory(): Promise<readonly unknown[]>
  /** Events after a position, oldest first. */
  events(query: EventQuery): Promise<readonly StoredEvent[]>
  /** `undefined`: no event has this id. */
  explain(id: string): Promise<Explanation | undefined>
}

export interface InstanceStatus {
  readonly version: string
  readonly pid: number
  readonly startedAt: number
  readonly address: string
  readonly plan: string
  readonly apis: readonly {
    readonly name: string
    readonly state: 'active' | 'closed'
    readonly reason: string | null
  }[]
  readonly feed: {
    readonly ageMs: number
    readonly mistakes: readonly string[]
  }
  readonly events: { readonly lastSeq: number }
}

export interface EventQuery {
  /** Position of the last event seen; 0 for the oldest; `undefined` for only the newest `limit`. */
  readonly after: number | undefined
  readonly limit: number
  readonly api: string | undefined
  readonly client: string | undefined
  readonly outcome: string | undefined
}

/** Why a decision was what it was, in words. */
export interface Explanation {
  readonly id: string
  readonly at: string
  /** One sentence: who asked what, and what became of it. */
  readonly sentence: string
  readonly outcome: string
  readonly status: number
  readonly code: string | null
  readonly title: string | null
  /** The rule that decided, with the control it serves and where it was set. */
  readonly rule: {
    readonly name: string
    readonly control: string
    readonly controlTitle: string
    readonly origin: string
    readonly detail: string
  } | null
  /** Every rule of the operation in order. */
  readonly rules: readonly {
    readonly name: string
    readonly control: string
    readonly origin: string
    readonly result: 'passed' | 'denied' | 'observed' | 'not reached' | 'off'
  }[]
  readonly facts: readonly { readonly name: string; readonly value: string }[]
  /** What the third party's developer, or the bank, can do about it. */
  readonly mend: string | null
  readonly record: {
    readonly partition: number
    readonly seq: number
    readonly hash: string
    readonly plan: string
  }
}
