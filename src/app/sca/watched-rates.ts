/** The reference rates of the file, read again whenever it changes. What cannot be used leaves those of before in force, and says so; a day that is too old compares nothing. */
import { readFile, stat } from 'node:fs/promises'
import {
  type Clock,
  type Diagnostic,
  formatDiagnostic,
  type Result,
  type Scheduler,
} from '../../lib/index.ts'
import {
  MAX_RATE_AGE_MS,
  MAX_RATES_BYTES,
  type RatePort,
  readRates,
  type ReferenceRates,
} from '../../sca/index.ts'

export interface WatchedRates {
  readonly rate: RatePort
  /** Looked at for the first time. */
  readonly ready: Promise<void>
  /** Why the file cannot be used as it is, each with its place; and that its rates are too old. */
  problems(): readonly string[]
  stop(): void
}

/** Rates come once a day; a file that is half written is whole at the next look. */
export const RATES_CHECK_MS = 10_000

export function watchRates(
  { file, source }: { readonly file: string; readonly source: string },
  {
    clock,
    scheduler,
    say,
  }: {
    readonly clock: Clock
    readonly scheduler: Scheduler
    /** Told of what is the matter, once, and once all is well again. */
    readonly say: (text: string) => void
  },
): WatchedRates {
  let seen = ''
  let rates: ReferenceRates | undefined
  let mistakes: readonly Diagnostic[] = []
  let told = ''
  let looking = false

  function problems(): readonly string[] {
    const old = rates === undefined ? undefined : ageProblem(rates, file, clock.now())
    return [...mistakes.map(formatDiagnostic), ...(old === undefined ? [] : [old])]
  }

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      const stamp = await stampOf(file)
      // A day that has not come yet comes: what could not be used is read again.
      if (stamp !== seen || mistakes.length > 0) {
        const found = await readRatesFile(file, clock.now())
        seen = stamp
        if (found.ok) rates = found.value
        mistakes = found.ok ? [] : found.error
      }
    } finally {
      looking = false
    }
    const now = problems().join('; ')
    if (now === told) return
    const fallback = rates === undefined ? 'there are no rates' : 'those of before go on'
    say(
      now === ''
        ? 'the reference rates can be used again'
        : `${now} (${mistakes.length > 0 ? `${fallback}; ` : ''}a payment whose currency has no rate is exempt from nothing for its amount, and in no sum)`,
    )
    told = now
  }

  const ready = look()
  const stop = scheduler.every(RATES_CHECK_MS, () => void look())
  return {
    ready,
    problems,
    stop,
    async rate(asked) {
      await ready
      const found = rates?.rate(asked)
      return found && { ...found, source }
    },
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file)
    return `${mtimeMs}:${size}:${ino}`
  } catch {
    return 'gone'
  }
}

/** Never rejects. */
export async function readRatesFile(
  file: string,
  now: number,
): Promise<Result<ReferenceRates, readonly Diagnostic[]>> {
  const refused = (message: string, mend: string): Result<never, readonly Diagnostic[]> => {
    const place = { file, line: 1, column: 1 }
    return { ok: false, error: [{ code: 'GH_SCA_RATES', message, mend, place }] }
  }
  try {
    const { size } = await stat(file)
    if (size > MAX_RATES_BYTES)
      return refused(`It is larger than ${MAX_RATES_BYTES} bytes.`, 'Put the file of rates there.')
    return readRates(await readFile(file, 'utf8'), file, now)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
    return refused(`It cannot be read (${code}).`, 'Let the user of Gatehouse read it.')
  }
}

/** `undefined`: they are not too old. */
export function ageProblem(
  { newest }: ReferenceRates,
  file: string,
  now: number,
): string | undefined {
  return now - newest <= MAX_RATE_AGE_MS
    ? undefined
    : `${file}: the newest rates are of ${new Date(newest).toISOString().slice(0, 10)}, and compare nothing any more`
}
