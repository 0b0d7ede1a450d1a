/** What passes between the store and its writer worker. */
import type { ErrorCode } from '../lib/index.ts'
import type { Migration } from './migration.ts'

export interface Job {
  readonly id: number
  readonly module: string
  readonly name: string
  readonly arg: unknown
  /** Its caller waits for a sync of its own, or for none. */
  readonly buffered: boolean
}
export type Request =
  /** The first, and once. */
  | { readonly kind: 'open'; readonly database: string; readonly migrations: readonly Migration[] }
  | { readonly kind: 'run'; readonly jobs: readonly Job[] }
  | { readonly kind: 'close' }

export type Outcome =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly detail: string }
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'done'; readonly outcomes: readonly Outcome[] }
