import { connectTo } from '../../app/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'

export const reloadCommand: Command = {
  name: 'reload',
  summary:
    'Put the configuration as it stands in force without losing a request; with mistakes in it the last good one stays.',
  usage: '[--reason TEXT] [--as NAME]',
  examples: ['gatehouse reload', 'gatehouse reload --reason "CHG-1234: new consent rule"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [0, 0],
  async run(context, args) {
    const instance = connectTo(configPath(context, args))
    const outcome = await instance.control('reload', operatorOf(context, args))
    return printOutcome(context, args, outcome, 'plan')
  },
}
