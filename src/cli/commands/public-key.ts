import { readInstallationKey } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'

export const publicKeyCommand: Command = {
  name: 'public-key',
  summary:
    'The public key of this installation, with which anybody can verify the plans that it signed.',
  usage: '',
  examples: ['gatehouse public-key', 'gatehouse public-key > installation.pem'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return Promise.resolve(EXIT.invalid)
    const key = readInstallationKey(config.dataDir)
    if (key === undefined)
      throw new GatehouseError('GH_CLI_IO', 'no key was made yet: the first start makes it')
    if (args.flag('json')) context.out(JSON.stringify({ id: key.id, publicKey: key.publicPem }))
    else context.out(key.publicPem.trimEnd())
    return Promise.resolve(EXIT.ok)
  },
}
