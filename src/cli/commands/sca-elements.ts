/** Elements of customers, as the bank's staff sees and changes them: codes with which customers enrol, what they have, and an end to it. */
import { connectTo, type ControlOutcome, type ElementsView } from '../../app/index.ts'
import { GatehouseError, type JsonObject } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { table } from '../table.ts'

/** A line of what became of it that holds a code. */
const CODE = /^([a-z-]+) ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})$/

const enrolCommand: Command = {
  name: 'sca enrol',
  summary:
    'Make codes with which a customer enrols elements by himself, one for each: printed once, and kept nowhere. The channel is the one by which the bank sends them.',
  usage:
    'CUSTOMER --factor KIND... [--channel post|branch|email|message|app] [--days N] [--recovery] --reason TEXT [--as NAME]',
  examples: [
    'gatehouse sca enrol cust-4711 --factor passcode --factor transaction-code --reason "new customer"',
    'gatehouse sca enrol cust-4711 --factor passcode --channel branch --days 1 --recovery --reason "identity card seen"',
  ],
  options: {
    ...CONFIG_OPTION,
    ...OPERATOR_OPTIONS,
    factor: { type: 'string', multiple: true },
    channel: { type: 'string' },
    days: { type: 'string' },
    recovery: { type: 'boolean' },
  },
  arguments: [1, 1],
  async run(context, args) {
    needReason(args)
    const subject = args.positionals[0] ?? ''
    const [channel, days] = [args.text('channel'), args.text('days')]
    const outcome = await connectTo(configPath(context, args)).control('sca-enrol', {
      ...operatorOf(context, args),
      proposal: {
        subject,
        kinds: args.texts('factor'),
        recovers: args.flag('recovery'),
        ...(channel === undefined ? {} : { channel }),
        ...(days === undefined ? {} : { days: Number(days) }),
      },
    })
    if (!args.flag('json')) return printOutcome(context, args, outcome, 'codes for')
    context.out(JSON.stringify({ ...outcome, ...codesIn(outcome) }, null, 2))
    return outcome.code === null ? EXIT.ok : EXIT.invalid
  },
}

function codesIn({ details }: ControlOutcome): JsonObject {
  const codes = details.flatMap((line) => {
    const [, kind, code] = CODE.exec(line) ?? []
    return kind === undefined || code === undefined ? [] : [{ kind, code }]
  })
  return { codes, details: details.filter((line) => !CODE.test(line)) }
}

const elementsCommand: Command = {
  name: 'sca elements',
  summary: 'What a customer has enrolled, what was removed, and codes that wait; no secrets.',
  usage: 'CUSTOMER',
  examples: ['gatehouse sca elements cust-4711', 'gatehouse sca elements cust-4711 --json'],
  options: CONFIG_OPTION,
  arguments: [1, 1],
  async run(context, args) {
    const view = await connectTo(configPath(context, args)).sca.elements(args.positionals[0] ?? '')
    if (args.flag('json')) context.out(JSON.stringify(view, null, 2))
    else for (const line of elementLines(view, context)) context.out(line)
    return EXIT.ok
  },
}

function elementLines(view: ElementsView, { style, columns }: CliContext): readonly string[] {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  const word = view.blocked
    ? style.bad('blocked')
    : view.canAuthenticate
      ? style.good('can authenticate')
      : style.warn('cannot authenticate')
  const accepted = new Set<string>(view.factors)
  const rows = [
    ...view.elements.map(({ id, kind, label = '', createdAt, usedAt }) => [
      id,
      kind,
      label,
      accepted.has(kind) ? 'in use' : 'not accepted',
      `since ${day(createdAt)}`,
      usedAt === null ? 'never used' : `used ${day(usedAt)}`,
    ]),
    ...view.removed.map(({ id, kind, createdAt, endedAt }) => [
      id,
      kind,
      '',
      'removed',
      `since ${day(createdAt)}`,
      `until ${day(endedAt)}`,
    ]),
    ...view.codes.map(({ kind, channel, recovers, sentAt, until }) => [
      '',
      kind,
      `by ${channel}`,
      recovers ? 'recovery code' : 'code',
      `since ${day(sentAt)}`,
      `until ${day(until)}`,
    ]),
  ]
  return [`${style.strong(view.subject)}  ${word}`, ...table(rows, columns, '  ')]
}

const revokeCommand: Command = {
  name: 'sca revoke',
  summary:
    'Remove an element of a customer at once, or all of them and the codes that wait: lost, stolen, or no longer his. What it held is destroyed.',
  usage: 'CUSTOMER [ELEMENT | --all] --reason TEXT [--as NAME]',
  examples: [
    'gatehouse sca revoke cust-4711 pQ3vX0c4b2mB7d1hT9yZ8w --reason "reported lost"',
    'gatehouse sca revoke cust-4711 --all --reason "account taken over, case 2026-117"',
  ],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS, all: { type: 'boolean' } },
  arguments: [1, 2],
  async run(context, args) {
    needReason(args)
    const [subject = '', element = ''] = args.positionals
    const outcome = await connectTo(configPath(context, args)).control('sca-revoke', {
      ...operatorOf(context, args),
      proposal: { subject, element, all: args.flag('all') },
    })
    return printOutcome(context, args, outcome, 'elements')
  },
}

function needReason(args: CommandArguments): void {
  if ((args.text('reason') ?? '').trim() === '')
    throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
}

export const scaElementCommands: readonly Command[] = [enrolCommand, elementsCommand, revokeCommand]
