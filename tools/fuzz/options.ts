/** Arguments of `npm run fuzz`. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export interface FuzzOptions {
  readonly only: readonly string[]
  readonly runs: number
  readonly seed: number
  readonly processes: number
  readonly json: boolean
}

export const USAGE = `Usage: npm run fuzz -- [--only NAME]... [--runs N] [--seed N] [--processes N] [--json]
  --only NAME     one suite; may be given again
  --runs N        cases of each suite (1000000, or GATEHOUSE_FUZZ_RUNS)
  --seed N        beginning of chance (the time, and printed)
  --processes N   suites at a time (one per processor)
  --json          one line of JSON at the end, on stdout`

/** A sentence when something is wrong. */
export function fuzzOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  now: number,
  known: readonly string[],
): FuzzOptions | string {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        runs: { type: 'string' },
        seed: { type: 'string' },
        processes: { type: 'string' },
        json: { type: 'boolean' },
      },
    }))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const stranger = values.only?.find((name) => !known.includes(name))
  if (stranger !== undefined) return `No suite is called ${stranger}: ${known.join(', ')}`
  const runs = whole(values.runs ?? env['GATEHOUSE_FUZZ_RUNS'] ?? '1000000')
  const seed = whole(values.seed ?? env['GATEHOUSE_FUZZ_SEED'] ?? String(now % 2 ** 31))
  const processes = whole(values.processes ?? String(availableParallelism()))
  if (runs === undefined || seed === undefined || processes === undefined)
    return '--runs, --seed and --processes take whole numbers from 1.'
  return { only: values.only ?? known, runs, seed, processes, json: values.json ?? false }
}

function whole(text: string): number | undefined {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= 1 ? value : undefined
}
