import {
  askForHold,
  type Hold,
  parseTime,
  type RetentionReport,
  retentionReport,
} from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf } from '../operator.ts'
import { table } from '../table.ts'

export const retentionCommand: Command = {
  name: 'retention',
  summary:
    'What is kept and for how long, what would go next, what holds it, and proof of what went.',
  usage: '[--dry-run]',
  examples: ['gatehouse retention', 'gatehouse retention --dry-run --json'],
  options: { ...CONFIG_OPTION, 'dry-run': { type: 'boolean' } },
  arguments: [0, 0],
  async run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const report = await retentionReport(config, context.now())
    if (args.flag('json')) context.out(JSON.stringify(report))
    else for (const line of lines(report, args.flag('dry-run'), context)) context.out(line)
    return EXIT.ok
  },
}

export const retentionHoldCommand: Command = {
  name: 'retention hold',
  summary:
    'Keep everything until a day, for a reason: litigation, an inquiry. Nothing is deleted meanwhile.',
  usage: '--until DAY --reason TEXT [--as NAME]',
  examples: ['gatehouse retention hold --until 2027-06-30 --reason "inquiry 2026/17"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS, until: { type: 'string' } },
  arguments: [0, 0],
  async run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const now = context.now()
    const until = parseTime(required(args.text('until'), 'until'), now)
    const reason = required(args.text('reason'), 'reason')
    const hold = await askForHold(config, 'hold', { ...operatorOf(context, args), reason, until })
    context.out(args.flag('json') ? JSON.stringify(hold) : holdLine(hold))
    return EXIT.ok
  },
}

export const retentionReleaseCommand: Command = {
  name: 'retention release',
  summary: 'End a hold before its day. The hold itself stays on record.',
  usage: 'HOLD --reason TEXT [--as NAME]',
  examples: ['gatehouse retention release hold-1f2e3d4c --reason "the inquiry is closed"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [1, 1],
  async run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const reason = required(args.text('reason'), 'reason')
    const id = args.positionals[0] ?? ''
    const asked = { ...operatorOf(context, args), reason, hold: id }
    const hold = await askForHold(config, 'hold-release', asked)
    context.out(args.flag('json') ? JSON.stringify(hold) : holdLine(hold))
    return EXIT.ok
  },
}

function required(text: string | undefined, name: string): string {
  if (text === undefined || text.trim() === '')
    throw new GatehouseError('GH_CLI_USAGE', `It needs --${name}.`)
  return text
}

function holdLine({ id, until, reason, by, released }: Hold): string {
  const end = Number.isFinite(until) ? new Date(until).toISOString().slice(0, 16) : 'for ever'
  const ended = released === null ? '' : `, released by ${released.by}: ${released.reason}`
  return `${id}  until ${end}  ${reason} (${by}${ended})`
}

function lines(
  { policy, holds, events }: RetentionReport,
  inFull: boolean,
  { style, columns }: CliContext,
): string[] {
  const kept = Object.entries(policy).map(([kind, days]) => `${kind} ${days}d`)
  const output = [`Kept: ${kept.join(', ')}`]
  for (const hold of holds)
    output.push(`${hold.inForce ? style.warn('HOLD') : style.faint('hold')} ${holdLine(hold)}`)
  if (events === null) return [...output, 'Nothing was recorded yet.']
  const { wouldGo, heldBy, deletions } = events
  const records = wouldGo.reduce((sum, one) => sum + one.records, 0)
  const held = holds.some((hold) => hold.inForce) ? ', but a hold is in force' : ''
  output.push(
    `Events ${events.first} to ${events.last} are there.`,
    `${records} events in ${wouldGo.length} segments are older than ${events.before} and would go${held}.`,
  )
  if (heldBy !== null) output.push(`Others wait until ${heldBy} has read them.`)
  if (inFull)
    output.push(
      ...table(
        wouldGo.map((one) => [
          `segment ${one.ordinal}`,
          `events ${one.firstSeq}-${one.lastSeq}`,
          `${one.bytes} bytes`,
          one.lastAt === null ? '' : `newest ${new Date(one.lastAt).toISOString()}`,
        ]),
        columns,
        '  ',
      ),
    )
  if (deletions.length > 0) output.push(`Deleted with proof, up to event ${events.deletedTo}:`)
  for (const one of deletions)
    output.push(
      `  ${new Date(one.at).toISOString()}  events ${one.firstSeq}-${one.lastSeq}  ${one.policy}, ${one.by}  ${style.faint(one.id)}`,
    )
  return output
}
