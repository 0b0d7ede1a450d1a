/**
 * One check of `gatehouse fsck`: looks at one kind of data, changes nothing, names the place of each finding. It runs beside a live instance;
 * what it could not look at is said, never passed over.
 */
import type { GatehouseConfig } from '../../config/index.ts'

export type CheckName = 'spool' | 'store' | 'feed' | 'index' | 'plans'

export interface Finding {
  /** `0000000002.seg:4096`, `feed/consents/c1.json:3:7`, `table event, row 7`. */
  readonly place: string
  readonly what: string
  readonly mend: string | null
}

export interface CheckResult {
  readonly name: CheckName
  /** What it saw: `12,000 events in 3 segments`. */
  readonly looked: string
  readonly findings: readonly Finding[]
  /** What it did not look at, and why. */
  readonly skipped: readonly string[]
}

export interface CheckParts {
  readonly config: GatehouseConfig
  /** Told now and then how far it is. */
  readonly progress: (done: number, total: number) => void
}

export type Check = (parts: CheckParts) => Promise<CheckResult>
