/** Consents of the authorization server in a running instance, and the bank's word on them. */
import { connectTo } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { table } from '../table.ts'

const USE_WORDS: Readonly<Record<'used' | 'under-way' | 'in-doubt', string>> = {
  used: 'paid',
  'under-way': 'at the bank',
  'in-doubt': 'in doubt: whether the bank took the payment is not known',
}

const showCommand: Command = {
  name: 'consents show',
  summary:
    'How a consent of the authorization server stands and came to be so; customers and accounts are not told.',
  usage: 'ID',
  examples: ['gatehouse consents show 9f2c…', 'gatehouse consents show 9f2c… --json'],
  options: CONFIG_OPTION,
  arguments: [1, 1],
  async run(context, args) {
    const view = await connectTo(configPath(context, args)).consent(args.positionals[0] ?? '')
    if (args.flag('json')) {
      context.out(JSON.stringify(view, null, 2))
      return EXIT.ok
    }
    const { style, columns, out } = context
    const time = (at: number): string => new Date(at).toISOString()
    const word = view.status === 'authorised' ? style.good(view.status) : style.bad(view.status)
    out(`${style.strong(view.id)}  ${word}  ${view.client}  ${style.faint(view.regime)}`)
    const facts = [
      ['purpose', view.purpose],
      ['permissions', view.permissions.join(', ')],
      ['accounts', String(view.accounts)],
      ['payments', String(view.payments)],
      ['ends', view.expiresAt === null ? 'it does not say' : time(view.expiresAt)],
    ]
    const uses = view.uses.map(({ at, state, decision }) => [
      time(at),
      USE_WORDS[state],
      `gatehouse explain ${decision}`,
    ])
    const steps = view.history.map(({ at, to, by, why }) => [time(at), to, `by ${by}`, why])
    const tables = [facts, steps, uses].filter(({ length }) => length > 0)
    for (const [at, rows] of tables.entries()) {
      if (at > 0) out('')
      for (const line of table(rows, columns, '  ')) out(line)
    }
    return EXIT.ok
  },
}

const endCommand: Command = {
  name: 'consents end',
  summary:
    'End a consent of the authorization server for the bank: every gateway refuses it within a second, its tokens and its grant go.',
  usage: 'ID --reason TEXT [--as NAME]',
  examples: ['gatehouse consents end 9f2c… --reason "fraud, INC-82"'],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [1, 1],
  async run(context, args) {
    if ((args.text('reason') ?? '').trim() === '')
      throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
    const consent = args.positionals[0] ?? ''
    const outcome = await connectTo(configPath(context, args)).control('consent-end', {
      ...operatorOf(context, args),
      consent,
    })
    return printOutcome(context, args, outcome, `consent ${consent}`)
  },
}

export const consentCommands: readonly Command[] = [showCommand, endCommand]
