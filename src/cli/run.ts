/** From words to an exit code. Users see a code, a sentence and a mend; a stack trace only with GATEHOUSE_DEBUG=1. */
import { errorEntry, GatehouseError } from '../lib/index.ts'
import { parseInvocation } from './arguments.ts'
import type { CliContext, Command } from './command.ts'
import { upCommand } from './commands/up.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { commandHelp, groupHelp, overview } from './help.ts'

const VERSION_WORDS = new Set(['--version', '-V', 'version'])

export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    const [first] = argv
    // `up` loads alone: after a crash it must be back soon, and the rest is loaded while it reads its files.
    const commands = first === 'up' ? [upCommand] : (await import('./commands/index.ts')).COMMANDS
    if (
      first === undefined ||
      first === '--help' ||
      first === '-h' ||
      (first === 'help' && argv.length === 1)
    ) {
      for (const line of overview(commands, context)) context.out(line)
      return EXIT.ok
    }
    if (VERSION_WORDS.has(first)) {
      const { version } = await import('../app/index.ts')
      context.out(version)
      return EXIT.ok
    }
    const group = helpedGroup(commands, argv)
    if (group.length > 0) {
      for (const line of groupHelp(group, context)) context.out(line)
      return EXIT.ok
    }
    const { command, args } = parseInvocation(
      commands,
      // Before a `--`, behind which every word is an argument.
      first === 'help' ? [...argv.slice(1).filter((word) => word !== '--'), '--help'] : argv,
    )
    if (args.flag('help')) {
      for (const line of commandHelp(command, context)) context.out(line)
      return EXIT.ok
    }
    return await command.run(context, args)
  } catch (error) {
    return report(error, context)
  }
}

/** `inventory --help`, `help inventory`: the commands that begin with the word, if it is none by itself. */
function helpedGroup(commands: readonly Command[], argv: readonly string[]): readonly Command[] {
  const words = argv.filter((word) => word !== 'help' && word !== '--help' && word !== '-h')
  if (words.length !== 1 || words.length === argv.length) return []
  if (commands.some(({ name }) => name === words[0])) return []
  return commands.filter(({ name }) => name.startsWith(`${words[0]} `))
}

function report(error: unknown, context: CliContext): ExitCode {
  if (error instanceof GatehouseError) {
    const { title, mend } = errorEntry(error.code)
    const detail = error.message === title ? title : `${title}: ${error.message}`
    context.say(
      `${context.style.bad(error.code)} ${error.code === 'GH_CLI_USAGE' ? error.message : detail}`,
    )
    if (mend !== undefined) context.say(mend)
    if (context.env['GATEHOUSE_DEBUG'] === '1' && error.stack !== undefined)
      context.say(error.stack)
    return exitCodeOf(error)
  }
  const text = error instanceof Error ? error.message : String(error)
  if (isSystemError(error)) {
    const { title, mend } = errorEntry('GH_CLI_IO')
    context.say(`${context.style.bad('GH_CLI_IO')} ${title}: ${text}`)
    if (mend !== undefined) context.say(mend)
    return EXIT.io
  }
  context.say(
    `${context.style.bad('GH_CLI_INTERNAL')} ${errorEntry('GH_CLI_INTERNAL').title}: ${text}`,
  )
  context.say('GATEHOUSE_DEBUG=1 shows where; please report it.')
  if (context.env['GATEHOUSE_DEBUG'] === '1' && error instanceof Error && error.stack !== undefined)
    context.say(error.stack)
  return EXIT.error
}

/** What the operating system refused, to us or to SQLite: a missing right, a full disk, a disk that fails. Not our mistake. */
function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return false
  return (
    error.code === 'ERR_SQLITE_ERROR' || ('syscall' in error && /^E[A-Z0-9]+$/.test(error.code))
  )
}

function exitCodeOf(error: GatehouseError): ExitCode {
  switch (error.code) {
    case 'GH_CLI_USAGE':
    case 'GH_GATEWAY_CERTIFICATE_MALFORMED':
    case 'GH_CLI_FILE_EXISTS':
    case 'GH_CONFIG_UNREADABLE':
    case 'GH_CONFIG_NO_SPECIFICATION':
    case 'GH_INVENTORY_UNREADABLE':
    case 'GH_FEED_RECORD_INVALID':
    case 'GH_STORE_ADDRESS':
    case 'GH_BACKUP_DAMAGED':
    case 'GH_BACKUP_KEYS':
    case 'GH_BACKUP_NEWER':
    case 'GH_BACKUP_TARGET':
    case 'GH_CONFIG_SECRET_REFERENCE':
    case 'GH_AUDIT_TIME_INVALID':
    case 'GH_AUDIT_QUERY_INVALID':
    case 'GH_AUDIT_QUERY_TOO_WIDE':
    case 'GH_AUDIT_HOLD_INVALID':
    case 'GH_SCA_PERIOD':
    // Ids that were typed: as where a change is refused for one (`operator.ts`).
    case 'GH_EVENTS_NOT_FOUND':
    case 'GH_CONTROL_CLIENT_UNKNOWN':
    case 'GH_CONTROL_CONSENT_UNKNOWN':
    case 'GH_SCA_DECISION_UNKNOWN':
      return EXIT.invalid
    case 'GH_CLI_NOT_RUNNING':
    case 'GH_STORE_LOCKED':
    case 'GH_STORE_UNAVAILABLE':
    case 'GH_STORE_BUSY':
    case 'GH_STORE_REFUSED':
    case 'GH_EVENTS_SPOOL_LOCKED':
    case 'GH_GATEWAY_LISTEN_FAILED':
    case 'GH_AUDIT_INDEX_MISSING':
    case 'GH_AUDIT_INDEX_NOT_READY':
      return EXIT.unavailable
    case 'GH_EVENTS_SPOOL_FAILED':
    case 'GH_EVENTS_SPOOL_CORRUPT':
    case 'GH_FEED_UNREADABLE':
    case 'GH_STORE_CORRUPT':
    case 'GH_STORE_FAILED':
    case 'GH_STORE_IN_DOUBT':
    case 'GH_STORE_NOT_DURABLE':
      return EXIT.io
    default:
      return EXIT.error
  }
}
