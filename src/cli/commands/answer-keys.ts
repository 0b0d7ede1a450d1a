import { answerKeySet } from '../../app/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'

export const answerKeysCommand: Command = {
  name: 'answer keys',
  summary:
    'The public keys (JWKS) of signed answers, for the directory; empty where answers are not signed.',
  usage: '',
  examples: ['gatehouse answer keys', 'gatehouse answer keys --json > answer-jwks.json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return Promise.resolve(EXIT.invalid)
    const set = answerKeySet(config)
    context.out(args.flag('json') ? JSON.stringify(set) : JSON.stringify(set, null, 2))
    return Promise.resolve(EXIT.ok)
  },
}
