/** One shape for every command: a file in `commands/` exports one of these, `main.ts` lists them. */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { ExitCode } from './exit-codes.ts'
import type { Style } from './style.ts'

export interface Command {
  /** `inventory import`: one or two words. */
  readonly name: string
  readonly summary: string
  /** Arguments after the name: `FILE [--dry-run]`. */
  readonly usage: string
  readonly examples: readonly string[]
  readonly options: ParseArgsOptionsConfig
  /** Options whose value may be left out, and what they mean then. */
  readonly optionalValues?: Readonly<Record<string, string>>
  /** How many positional arguments it takes, at least and at most. */
  readonly arguments: readonly [min: number, max: number]
  run(context: CliContext, args: CommandArguments): Promise<ExitCode>
}

export interface CommandArguments {
  readonly positionals: readonly string[]
  /** The text of a string option. */
  text(name: string): string | undefined
  /** All texts of a repeatable string option. */
  texts(name: string): readonly string[]
  flag(name: string): boolean
}

/** What a command may touch of the outside. stdout is data, stderr is messages. */
export interface CliContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (line: string) => void
  readonly say: (line: string) => void
  readonly style: Style
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number
  /** Writes to the terminal on stderr as it stands, for progress; absent where no person watches. */
  readonly draw: ((text: string) => void) | undefined
  readonly now: () => number
  /** Calls back at each SIGHUP until the function returned is called; the signal ends the process where nobody listens. */
  readonly onHangUp: (listener: () => void) => () => void
  /** Who runs this, as the operating system says. */
  readonly user: { readonly name: string; readonly uid: number | null }
  /** Aborted at the first Ctrl-C. */
  readonly signal: AbortSignal
}

/** Options that every command knows. */
export const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig

/** Option of the commands that read a configuration. */
export const CONFIG_OPTION = {
  config: { type: 'string', short: 'c' },
} as const satisfies ParseArgsOptionsConfig
