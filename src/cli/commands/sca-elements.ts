/** Elements of customers, as the bank's staff sees and changes them: codes with which customers enrol (one proposes, another approves), what they have, and an end to it. */
import { connectTo, type ControlOutcome, type ElementsView } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { table } from '../table.ts'

/** Lines of what became of it: one that holds a code, one of a code that was sent. */
const CODE = /^([a-z-]+) by ([a-z]+) ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})$/
const SENT = /^([a-z-]+) sent by ([a-z]+)$/

const enrolCommand: Command = {
  name: 'sca enrol',
  summary:
    'Propose codes with which a customer enrols elements by himself, one for each. Another person approves them, and only then they are made. The first channel brings what is known, the second what is had; a passkey, which is both, has a code by each.',
  usage:
    'CUSTOMER --factor KIND... [--channel post|branch|email|message|app]... [--days N] [--recovery] [--identity TEXT] --reason TEXT [--as NAME]',
  examples: [
    'gatehouse sca enrol cust-4711 --factor passcode --factor transaction-code --channel post --channel message --reason "new customer"',
    'gatehouse sca enrol cust-4711 --factor passkey --channel branch --identity "identity card seen" --days 1 --recovery --reason "lost telephone"',
  ],
  options: {
    ...CONFIG_OPTION,
    ...OPERATOR_OPTIONS,
    factor: { type: 'string', multiple: true },
    channel: { type: 'string', multiple: true },
    days: { type: 'string' },
    recovery: { type: 'boolean' },
    identity: { type: 'string' },
  },
  arguments: [1, 1],
  async run(context, args) {
    needReason(args)
    const [channels, days, identity] = [
      args.texts('channel'),
      args.text('days'),
      args.text('identity'),
    ]
    const outcome = await connectTo(configPath(context, args)).control('sca-enrol', {
      ...operatorOf(context, args),
      proposal: {
        subject: args.positionals[0] ?? '',
        kinds: args.texts('factor'),
        recovers: args.flag('recovery'),
        ...(channels.length === 0 ? {} : { channels }),
        ...(days === undefined ? {} : { days: Number(days) }),
        ...(identity === undefined ? {} : { identity }),
      },
    })
    return printOutcome(context, args, outcome, 'codes')
  },
}

const approveCommand: Command = {
  name: 'sca enrol-approve',
  summary:
    'Approve codes that another person proposed for a customer ("sca elements" shows them). They go to the sender of the bank (sca.sender); without one they are printed, this once, to be handed over. They are kept nowhere.',
  usage: 'CUSTOMER [--reason TEXT] [--as NAME]',
  examples: ['gatehouse sca enrol-approve cust-4711 --as "Ines Moreau"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [1, 1],
  async run(context, args) {
    const outcome = await connectTo(configPath(context, args)).control('sca-enrol-approve', {
      ...operatorOf(context, args),
      proposal: { subject: args.positionals[0] ?? '' },
    })
    if (!args.flag('json')) return printOutcome(context, args, outcome, 'codes for')
    return printOutcome(context, args, { ...outcome, ...codesIn(outcome) }, 'codes for')
  },
}

function codesIn({ details }: ControlOutcome) {
  const codes = details.flatMap((line) => {
    const [, kind, channel, code] = CODE.exec(line) ?? []
    return kind === undefined ? [] : [{ kind, channel, code }]
  })
  const sent = details.flatMap((line) => {
    const [, kind, channel] = SENT.exec(line) ?? []
    return kind === undefined ? [] : [{ kind, channel }]
  })
  return { codes, sent, details: details.filter((line) => !CODE.test(line) && !SENT.test(line)) }
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
    ...view.codes.map(({ kind, channel, second, recovers, sentAt, until }) => [
      '',
      kind,
      `by ${channel}${second === undefined ? '' : ` and ${second}`}`,
      recovers ? 'recovery code' : 'code',
      `since ${day(sentAt)}`,
      `until ${day(until)}`,
    ]),
  ]
  return [
    `${style.strong(view.subject)}  ${word}`,
    ...table(rows, columns, '  '),
    ...proposalLines(view.proposed),
  ]
}

/** All that the second person needs to know. */
function proposalLines(proposed: ElementsView['proposed']): readonly string[] {
  if (proposed === null) return []
  const { kinds, channels, recovers, identity, who, reason, until } = proposed
  return [
    `  proposed by ${who}, to be approved by another until ${new Date(until).toISOString().slice(0, 10)}: ${reason}`,
    `    ${recovers ? 'recovery codes' : 'codes'} for ${kinds.join(' ')}, by ${channels.join(' and ')}`,
    ...(identity === undefined ? [] : [`    who he is: ${identity}`]),
  ]
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

export const scaElementCommands: readonly Command[] = [
  enrolCommand,
  approveCommand,
  elementsCommand,
  revokeCommand,
]
