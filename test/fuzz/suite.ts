/**
 * What a fuzz suite is: inputs that are plain JSON, so that one that failed can be kept in `corpus/` and tried again for ever, and one
 * check that must hold for each. `npm test` runs some thousands of cases of each, `npm run fuzz` a million.
 */
import * as fc from 'fast-check'
import type { Json } from '../support/json-mutation.ts'

/** Processor time that no case may take. A hundred are the promise; the compiler and the collector of the runtime are given the rest. */
const MAX_CASE_CPU_MS = 1_000
/** Cases between two looks at the clock and the signal. */
const CHUNK = 5_000

export interface Prepared<I> {
  readonly input: fc.Arbitrary<I>
  check(input: I): void | Promise<void>
  close?(): Promise<void> | void
}

export interface Suite {
  readonly name: string
  /** One sentence: what must hold. */
  readonly holds: string
  /** Cases in `npm test`. */
  readonly cases: number
  /** Cases in one input. */
  readonly batch: number
  prepare(): Promise<Prepared<Json>>
}

/** The input type is the suite's own business; outside it is JSON. */
export function defineSuite<I extends Json>(
  about: Pick<Suite, 'name' | 'holds'> & Partial<Pick<Suite, 'cases' | 'batch'>>,
  prepare: () => Promise<Prepared<I>> | Prepared<I>,
): Suite {
  return {
    cases: 10_000,
    batch: 1,
    ...about,
    // sound: inputs are made by the suite itself, or were, before they were kept
    prepare: async () => await prepare(),
  }
}

export interface Failure {
  readonly seed: number
  readonly input: Json
  readonly error: string
}

export interface Outcome {
  readonly cases: number
  readonly ms: number
  readonly failure: Failure | undefined
}

export interface RunOptions {
  readonly cases: number
  readonly seed: number
  readonly signal?: AbortSignal
  readonly progress?: (cases: number) => void
}

export async function runSuite(suite: Suite, options: RunOptions): Promise<Outcome> {
  const { cases, seed, signal, progress } = options
  const started = performance.now()
  const prepared = await suite.prepare()
  let done = 0
  let failure: Failure | undefined
  try {
    for (let chunk = 0; done < cases; chunk++) {
      if (signal?.aborted === true) break
      const numRuns = Math.ceil(Math.min(CHUNK, cases - done) / suite.batch)
      failure = await runChunk(prepared, seed + chunk, numRuns)
      done += numRuns * suite.batch
      if (failure !== undefined) break
      progress?.(done)
      // Let signals and messages in.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  } finally {
    await prepared.close?.()
  }
  return { cases: done, ms: performance.now() - started, failure }
}

/** A promise is only waited for where there is one: most checks are synchronous, and a million turns of the loop are not free. */
async function runChunk(
  { input, check }: Prepared<Json>,
  seed: number,
  numRuns: number,
): Promise<Failure | undefined> {
  const timed = async (one: Json): Promise<void> => {
    const started = process.cpuUsage()
    const result = check(one)
    if (result !== undefined) await result
    const { user, system } = process.cpuUsage(started)
    const ms = (user + system) / 1000
    if (ms > MAX_CASE_CPU_MS) throw new Error(`one case took ${Math.round(ms)} ms`)
  }
  const details = await fc.check(fc.asyncProperty(input, timed), {
    seed,
    numRuns,
    endOnFailure: false,
    interruptAfterTimeLimit: 600_000,
  })
  if (!details.failed || details.counterexample === null) return undefined
  const error = details.errorInstance
  return {
    seed,
    input: details.counterexample[0],
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}

/** Tries inputs that failed once. */
export async function replay(suite: Suite, inputs: readonly Json[]): Promise<void> {
  const prepared = await suite.prepare()
  try {
    for (const input of inputs) await prepared.check(input)
  } finally {
    await prepared.close?.()
  }
}
