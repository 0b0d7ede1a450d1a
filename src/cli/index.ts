export type { CliContext } from './command.ts'
export { COMMANDS } from './commands/index.ts'
export { type ExitCode } from './exit-codes.ts'
export { runCli } from './run.ts'
