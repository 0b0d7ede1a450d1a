/** Reads the configuration a command means, and prints what is wrong with it. */
import {
  assemble,
  type Assembly,
  type GatehouseConfig,
  hasConfig,
  readConfig,
} from '../app/index.ts'
import type { CliContext, CommandArguments } from './command.ts'
import { configPath, printDiagnostics } from './config-path.ts'

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

/** For commands that are of use without a configuration: `undefined` where none was asked for and none stands. */
export function loadConfigIfThere(
  context: CliContext,
  args: CommandArguments,
): GatehouseConfig | undefined | 'invalid' {
  if (args.text('config') === undefined && !hasConfig(configPath(context, args))) return undefined
  return loadConfig(context, args) ?? 'invalid'
}

export function loadAssembly(
  context: CliContext,
  args: CommandArguments,
  positional?: string,
): Assembly | undefined {
  const config = loadConfig(context, args, positional)
  return config === undefined ? undefined : assemble(config)
}
