/** Exemptions of strong customer authentication: which are in force, and how they come and go. Two persons put one into force. */
import { connectTo, type ExemptionsView, minorUnitsOf, parseTime } from '../../app/index.ts'
import { GatehouseError, type JsonObject } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { table } from '../table.ts'

const VERBS = ['list', 'propose', 'approve', 'stop'] as const
type Verb = (typeof VERBS)[number]

export const scaExemptionsCommand: Command = {
  name: 'sca exemptions',
  summary:
    'Exemptions and the monitoring they rest on: off until one person proposes and another approves, with the day of the next audit (RTS Art. 2, 3).',
  usage: '[list | propose NAME | approve NAME | stop NAME]',
  examples: [
    'gatehouse sca exemptions list --json',
    'gatehouse sca exemptions propose monitoring --engine "watch 4.2" --audit-due 2027-11-01 --reason "RTS Art. 2"',
    'gatehouse sca exemptions propose low-value --counter payments --amount 20.00 --audit-due 2027-11-01 --reason "minutes of 2026-11-02"',
    'gatehouse sca exemptions approve low-value --as ben --reason "read and agreed"',
    'gatehouse sca exemptions stop low-value --reason "INC-90"',
  ],
  options: {
    ...CONFIG_OPTION,
    ...OPERATOR_OPTIONS,
    begin: { type: 'string' },
    'audit-due': { type: 'string' },
    counter: { type: 'string' },
    amount: { type: 'string' },
    'max-score': { type: 'string' },
    authority: { type: 'string' },
    engine: { type: 'string' },
  },
  arguments: [0, 2],
  async run(context, args) {
    const verb = verbOf(args.positionals[0] ?? 'list')
    const client = connectTo(configPath(context, args))
    if (verb === 'list') return list(await client.sca.exemptions(), context, args)
    const name = args.positionals[1]
    if (name === undefined)
      throw new GatehouseError(
        'GH_CLI_USAGE',
        `${verb} needs the name of an exemption, or monitoring.`,
      )
    if ((args.text('reason') ?? '').trim() === '')
      throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
    const proposal =
      verb === 'propose'
        ? { name, ...settingsOf(await client.sca.exemptions(), context, args) }
        : { name }
    const outcome = await client.control(`sca-${verb}`, {
      ...operatorOf(context, args),
      proposal,
    })
    return printOutcome(context, args, outcome, name)
  },
}

function verbOf(word: string): Verb {
  const verb = VERBS.find((one) => one === word)
  if (verb === undefined)
    throw new GatehouseError('GH_CLI_USAGE', `"${word}" is none of ${VERBS.join(', ')}.`)
  return verb
}

/** As the instance takes it: times and amounts as whole numbers; it judges the rest. */
function settingsOf(
  { rules }: ExemptionsView,
  context: CliContext,
  args: CommandArguments,
): JsonObject {
  const now = context.now()
  const due = args.text('audit-due')
  const begin = args.text('begin')
  const amount = args.text('amount')
  const counter = args.text('counter')
  const score = args.text('max-score')
  const authority = args.text('authority')
  const engine = args.text('engine')
  return {
    from: begin === undefined ? now : parseTime(begin, now),
    ...(due === undefined ? {} : { until: parseTime(due, now) }),
    ...(counter === undefined ? {} : { counts: counter }),
    ...(amount === undefined ? {} : { bankMax: minorUnitsOf(amount, rules?.currency ?? '') }),
    ...(score === undefined ? {} : { maxScore: Number(score) }),
    ...(authority === undefined ? {} : { authorityReference: authority }),
    ...(engine === undefined ? {} : { engine }),
  }
}

function list(view: ExemptionsView, context: CliContext, args: CommandArguments): ExitCode {
  const { out, style, columns } = context
  if (args.flag('json')) out(JSON.stringify(view, null, 2))
  else {
    const { rules, exemptions, ceilings, entity, jurisdiction } = view
    out(
      `${style.strong(entity)}  ${jurisdiction}  ${rules === null ? style.bad('no sourced rules: nothing is exempt') : `${rules.id} ${rules.version}`}`,
    )
    const rows = exemptions.map(({ name, article, checked, state, inForce, proposed }) => [
      name,
      article + (checked === 'unchecked' ? ' (unchecked)' : ''),
      state === 'in-force' ? style.good(state) : style.warn(state),
      [
        inForce === null
          ? ''
          : `${inForce.proposedBy} and ${inForce.decidedBy ?? ''}, audit due ${day(inForce.until)}`,
        inForce?.settings.bankMax === undefined
          ? ''
          : `bank's own limit ${inForce.settings.bankMax} (stricter than the law)`,
        proposed === null ? '' : `proposed by ${proposed.proposedBy}, waits for another person`,
      ]
        .filter((part) => part !== '')
        .join('; '),
    ])
    for (const line of table(rows, columns)) out(line)
    out(
      `risk analysis up to: card ${ceilings.card}, credit transfer ${ceilings['credit-transfer']} minor units`,
    )
  }
  return EXIT.ok
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
