import { connectTo } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'

export const observeAllCommand: Command = {
  name: 'observe-all',
  summary:
    'Kill switch: for a while refusals are only observed, of some APIs or all; mandates refuse all the same. --end lifts it.',
  usage: '[API…] --reason TEXT --for TIME [--as NAME] | --end [--as NAME]',
  examples: [
    'gatehouse observe-all accounts --reason "INC-77: consents refused by mistake" --for 30m',
    'gatehouse observe-all --reason "INC-78" --for 1h',
    'gatehouse observe-all --end --reason "INC-77 is over"',
  ],
  options: {
    ...CONFIG_OPTION,
    ...OPERATOR_OPTIONS,
    for: { type: 'string' },
    end: { type: 'boolean' },
  },
  arguments: [0, 1_000],
  async run(context, args) {
    const instance = connectTo(configPath(context, args))
    const operator = operatorOf(context, args)
    if (args.flag('end')) {
      if (args.text('for') !== undefined || args.positionals.length > 0)
        throw new GatehouseError(
          'GH_CLI_USAGE',
          '--end lifts the whole switch: it takes neither --for nor an API.',
        )
      return printOutcome(
        context,
        args,
        await instance.control('observe-all-end', operator),
        'observe-all',
      )
    }
    const time = args.text('for')
    const outcome = await instance.control('observe-all', {
      ...operator,
      ...(args.positionals.length === 0 ? {} : { apis: args.positionals }),
      ...(time === undefined ? {} : { forSeconds: seconds(time) }),
    })
    return printOutcome(context, args, outcome, 'observe-all for')
  },
}

const UNITS = { s: 1, m: 60, h: 3_600 } as const

/** `90s`, `30m`, `2h`: a number without a unit could be read as any of them. */
function seconds(text: string): number {
  const match = /^(\d{1,6})([smh])$/.exec(text)
  if (match === null)
    throw new GatehouseError('GH_CLI_USAGE', '--for takes a time such as 30m, 2h or 90s.')
  // Sound: the pattern allows these three.
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}
