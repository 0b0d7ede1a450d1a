import { contextKeySet } from '../../app/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'

export const contextKeysCommand: Command = {
  name: 'context keys',
  summary:
    'The public keys (JWKS) with which a bank verifies the signed context; empty where nothing is signed.',
  usage: '',
  examples: ['gatehouse context keys', 'gatehouse context keys --json > gatehouse-jwks.json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return Promise.resolve(EXIT.invalid)
    const set = contextKeySet(config)
    context.out(args.flag('json') ? JSON.stringify(set) : JSON.stringify(set, null, 2))
    return Promise.resolve(EXIT.ok)
  },
}
