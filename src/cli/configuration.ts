/** Finds and reads the configuration a command means, and prints what is wrong with it in the form that editors know. */
import { relative, resolve } from 'node:path'
import {
  assemble,
  type Assembly,
  CONFIG_NAME,
  type GatehouseConfig,
  readConfig,
} from '../app/index.ts'
import { type Diagnostic, formatDiagnostic } from '../lib/index.ts'
import type { CliContext, CommandArguments } from './command.ts'

/** Path as the user would write it: `--config`, else the given argument, else `gatehouse.yaml` here. */
export function configPath(
  context: CliContext,
  args: CommandArguments,
  positional?: string,
): string {
  return resolve(context.cwd, args.text('config') ?? positional ?? CONFIG_NAME)
}

/** Paths below the working directory are shown relative to it: shorter to read, and they can be clicked. */
export function shownPath(cwd: string, path: string): string {
  const shown = relative(cwd, path)
  return shown.startsWith('..') ? path : shown
}

export function printDiagnostics(context: CliContext, diagnostics: readonly Diagnostic[]): void {
  for (const item of diagnostics) {
    const place = {
      ...item.place,
      file: shownPath(context.cwd, resolve(context.cwd, item.place.file)),
    }
    context.say(formatDiagnostic({ ...item, place }))
  }
}

/** The checked configuration, or `undefined` after its mistakes were printed. */
export function loadConfig(
  context: CliContext,
  args: CommandArguments,
  positional?: string,
): GatehouseConfig | undefined {
  const { config, diagnostics } = readConfig(configPath(context, args, positional), context.env)
  printDiagnostics(context, diagnostics)
  return config
}

export function loadAssembly(
  context: CliContext,
  args: CommandArguments,
  positional?: string,
): Assembly | undefined {
  const config = loadConfig(context, args, positional)
  return config === undefined ? undefined : assemble(config)
}
