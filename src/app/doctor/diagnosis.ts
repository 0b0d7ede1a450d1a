/** What `gatehouse doctor` says of one thing: how it is, by what it was seen, and what mends it. */
import type { RunningStatus } from './instance-checks.ts'
import type { Assembly } from '../assemble.ts'

export type Health = 'ok' | 'warn' | 'fail'

export interface Diagnosis {
  readonly name: string
  readonly result: Health
  /** What was measured or found, with its unit. */
  readonly evidence: string
  readonly mend: string | null
}

export interface DoctorParts {
  readonly assembly: Assembly
  /** The instance that runs on this data directory, if one does. */
  readonly running: RunningStatus | undefined
  readonly now: () => number
}

/** One thing looked at. A check that throws has failed: the doctor goes on. */
export type Examination = (parts: DoctorParts) => Promise<Diagnosis> | Diagnosis

export function healthy(name: string, evidence: string): Diagnosis {
  return { name, result: 'ok', evidence, mend: null }
}

export function ailing(
  name: string,
  result: 'warn' | 'fail',
  evidence: string,
  mend: string,
): Diagnosis {
  return { name, result, evidence, mend }
}
