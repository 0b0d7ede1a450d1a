/** Who asks the running gateway for a change, and what became of it. */
import type { ControlOutcome } from '../app/index.ts'
import { errorEntry, type JsonObject } from '../lib/index.ts'
import type { CliContext, CommandArguments } from './command.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

export const OPERATOR_OPTIONS = {
  as: { type: 'string' },
  reason: { type: 'string' },
} as const

/** The name of the operating system's user unless another is given; the user id goes with it, so that the record has both. */
export function operatorOf({ user }: CliContext, args: CommandArguments): JsonObject {
  const reason = args.text('reason')
  return {
    who: args.text('as') ?? user.name,
    uid: user.uid,
    ...(reason === undefined ? {} : { reason }),
  }
}

export function printOutcome(
  context: CliContext,
  args: CommandArguments,
  outcome: ControlOutcome,
  what: string,
): ExitCode {
  const { style, say, out } = context
  const { code, details, before, after, event } = outcome
  if (args.flag('json')) out(JSON.stringify(outcome, null, 2))
  else if (code !== null) {
    const { title, mend } = errorEntry(code)
    say(`${style.bad(code)} ${title}`)
    for (const line of details) say(`  ${line}`)
    if (mend !== undefined) say(mend)
  } else {
    const word = outcome.outcome === 'done' ? style.good('done') : 'unchanged'
    out(`${word}  ${what} ${after ?? before ?? 'off'}`)
    for (const line of details) out(`  ${line}`)
    if (event !== null) out(style.faint(`recorded as ${event}`))
  }
  return code === null ? EXIT.ok : exitCodeOf(code)
}

function exitCodeOf(code: NonNullable<ControlOutcome['code']>): ExitCode {
  switch (code) {
    case 'GH_CONTROL_UNRECORDED':
      return EXIT.io
    case 'GH_CONTROL_BUSY':
    case 'GH_GATEWAY_LISTEN_FAILED':
    case 'GH_CONTROL_KEYS_MISSING':
    case 'GH_SCA_BANK_UNREACHABLE':
    case 'GH_IDENTITY_CUSTOMERS_UNREACHABLE':
      return EXIT.unavailable
    case 'GH_CONTROL_FAILED':
      return EXIT.error
    default:
      return EXIT.invalid
  }
}
