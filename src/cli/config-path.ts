/** Where the configuration is that a command means, and how places in it are shown. Loads nothing of the product. */
import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { CONFIG_NAME } from '../app/start/index.ts'
import { type Diagnostic, formatDiagnostic } from '../lib/index.ts'
import type { CliContext, CommandArguments } from './command.ts'

/** Path as the user would write it: `--config`, else the given argument, else `gatehouse.yaml` here; of a folder, the file in it. */
export function configPath(
  context: CliContext,
  args: CommandArguments,
  positional?: string,
): string {
  const path = resolve(context.cwd, args.text('config') ?? positional ?? CONFIG_NAME)
  const inside = join(path, CONFIG_NAME)
  return existsSync(inside) ? inside : path
}

/** Paths below the working directory are shown relative to it: shorter to read, and they can be clicked. */
export function shownPath(cwd: string, path: string): string {
  const shown = relative(cwd, path)
  return shown.startsWith('..') ? path : shown
}

/** One line each; on stderr, unless they are what was asked for. */
export function printDiagnostics(
  context: CliContext,
  diagnostics: readonly Diagnostic[],
  print = context.say,
): void {
  for (const item of diagnostics) {
    const place = {
      ...item.place,
      file: shownPath(context.cwd, resolve(context.cwd, item.place.file)),
    }
    print(formatDiagnostic({ ...item, place }))
  }
}
