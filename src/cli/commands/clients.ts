/** Third parties in a running instance, and the bank's word on them. */
import { resolve } from 'node:path'
import { connectTo, readJsonObject } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { showCommand } from './clients-show.ts'

function decisionCommand(
  verb: 'suspend' | 'resume' | 'approve' | 'remove',
  summary: string,
  example: string,
): Command {
  const noticed = verb === 'suspend'
  return {
    name: `clients ${verb}`,
    summary,
    usage: `ID --reason TEXT${noticed ? ' --notice TEXT' : ''} [--as NAME]`,
    examples: [example],
    options: {
      ...CONFIG_OPTION,
      ...OPERATOR_OPTIONS,
      ...(noticed ? { notice: { type: 'string' } as const } : {}),
    },
    arguments: [1, 1],
    async run(context, args) {
      const notice = args.text('notice')
      if ((args.text('reason') ?? '').trim() === '')
        throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
      const outcome = await connectTo(configPath(context, args)).control(`client-${verb}`, {
        ...operatorOf(context, args),
        client: args.positionals[0] ?? '',
        ...(notice === undefined ? {} : { notice }),
      })
      return printOutcome(context, args, outcome, `client ${args.positionals[0] ?? ''}`)
    },
  }
}

const registerCommand: Command = {
  name: 'clients register',
  summary:
    'Register a client that the bank knows by itself, from a file of its metadata (RFC 7591).',
  usage: 'FILE --reason TEXT [--as NAME]',
  examples: ['gatehouse clients register partner.json --reason "contract 2026-17"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [1, 1],
  async run(context, args) {
    const file = args.positionals[0] ?? ''
    if ((args.text('reason') ?? '').trim() === '')
      throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
    const metadata = readJsonObject(resolve(context.cwd, file))
    const outcome = await connectTo(configPath(context, args)).control('client-register', {
      ...operatorOf(context, args),
      metadata,
    })
    return printOutcome(context, args, outcome, `client of ${file}`)
  },
}

export const clientCommands: readonly Command[] = [
  showCommand,
  registerCommand,
  decisionCommand(
    'suspend',
    'Deny a third party access at once, with the record that PSD2 Art. 68 asks for: --notice says how customers were told, or why not.',
    'gatehouse clients suspend budget-buddy --reason "stolen keys, INC-81" --notice "told in the app on 2026-11-29"',
  ),
  decisionCommand(
    'resume',
    'Give a suspended third party access back.',
    'gatehouse clients resume budget-buddy --reason "new keys, INC-81 is over"',
  ),
  decisionCommand(
    'approve',
    'Let a partner that registered and waits have access.',
    'gatehouse clients approve dK3v0o --reason "contract 2026-17"',
  ),
  decisionCommand(
    'remove',
    'Remove a third party for ever: its access, tokens and consents end, and its software may be registered anew. Cannot be undone.',
    'gatehouse clients remove dK3v0o --reason "its answer was lost, INC-90"',
  ),
]
