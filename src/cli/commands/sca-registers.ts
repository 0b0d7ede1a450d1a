/** What a customer's exemptions rest on, as the bank's staff sees and changes it. What the customer enters himself needs his authentication, and is not made here. */
import { connectTo, type RegistersView } from '../../app/index.ts'
import { GatehouseError, type JsonObject } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { readAccountsFile } from '../accounts-file.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { table } from '../table.ts'

const VERBS = ['list', 'strike', 'end-series', 'own-accounts', 'give', 'take'] as const
type Verb = (typeof VERBS)[number]

export const scaRegistersCommand: Command = {
  name: 'sca registers',
  summary:
    'What exemptions of a customer rest on: trusted payees, series, own accounts, corporate processes (RTS Art. 13, 14, 15, 17). Staff takes entries away, says which accounts are his (a file of one a line), and gives or takes a process.',
  usage:
    '[list CUSTOMER | strike CUSTOMER ENTRY | end-series CUSTOMER SERIES | own-accounts CUSTOMER FILE | give CUSTOMER PROCESS | take CUSTOMER PROCESS]',
  examples: [
    'gatehouse sca registers list cust-4711 --json',
    'gatehouse sca registers strike cust-4711 pQ3vX0c4b2mB7d1hT9yZ8w --reason "fraud, case 2026-117"',
    'gatehouse sca registers end-series cust-4711 standing-order-12 --reason "ended in branch"',
    'gatehouse sca registers own-accounts cust-4711 accounts.txt --reason "master data of 2026-11-01"',
    'gatehouse sca registers give comp-12 host-to-host --reason "contract 2026-88, letter of the authority"',
  ],
  options: { ...CONFIG_OPTION, ...OPERATOR_OPTIONS },
  arguments: [2, 3],
  async run(context, args) {
    const [word = '', subject = '', what] = args.positionals
    const verb = verbOf(word)
    const client = connectTo(configPath(context, args))
    if (verb === 'list') {
      const view = await client.sca.registers(subject)
      if (args.flag('json')) context.out(JSON.stringify(view, null, 2))
      else for (const line of lines(subject, view, context)) context.out(line)
      return EXIT.ok
    }
    if (what === undefined)
      throw new GatehouseError('GH_CLI_USAGE', `${verb} needs ${NEEDS[verb]} after the customer.`)
    if ((args.text('reason') ?? '').trim() === '')
      throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
    const outcome = await client.control('sca-registers', {
      ...operatorOf(context, args),
      proposal: { subject, change: verb, ...saidOf(verb, what, context) },
    })
    return printOutcome(context, args, outcome, subject)
  },
}

const NEEDS: Readonly<Record<Exclude<Verb, 'list'>, string>> = {
  strike: 'the id of an entry',
  'end-series': 'the id of a series',
  'own-accounts': 'a file',
  give: 'the name of a process',
  take: 'the name of a process',
}

function verbOf(word: string): Verb {
  const verb = VERBS.find((one) => one === word)
  if (verb === undefined)
    throw new GatehouseError('GH_CLI_USAGE', `"${word}" is none of ${VERBS.join(', ')}.`)
  return verb
}

function saidOf(verb: Exclude<Verb, 'list'>, what: string, context: CliContext): JsonObject {
  if (verb === 'strike') return { entry: what }
  if (verb === 'end-series') return { series: what }
  return verb === 'own-accounts'
    ? { accounts: readAccountsFile(what, context.cwd) }
    : { process: what }
}

function lines(
  subject: string,
  { trustedPayees, series, ownAccounts, processes }: RegistersView,
  { style, columns }: CliContext,
): readonly string[] {
  const day = (at: number): string => `since ${new Date(at).toISOString().slice(0, 10)}`
  const rows = [
    ...trustedPayees.map(({ id, name, account, since }) => [
      'trusted payee',
      id,
      name,
      account,
      day(since),
    ]),
    ...series.map(({ id, amount, since }) => ['series', id, amount, '', day(since)]),
    ...(ownAccounts.since === null
      ? []
      : [['own accounts', '', String(ownAccounts.count), '', day(ownAccounts.since)]]),
    ...processes.map(({ name, by, since }) => ['process', '', name, `by ${by}`, day(since)]),
  ]
  const word = rows.length === 0 ? 'nothing is kept' : ''
  return [`${style.strong(subject)}  ${word}`.trimEnd(), ...table(rows, columns, '  ')]
}
