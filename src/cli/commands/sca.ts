/** Strong customer authentication: evidence of one decision, statistics of a period, fraud and its rates. */
import {
  connectTo,
  ebaCsv,
  ebaReport,
  minorUnitsOf,
  type RatesView,
  readScaReport,
  rebuildScaReport,
  reportCsv,
  type ScaRecord,
  type ScaReport,
  worthLines,
} from '../../app/index.ts'
import { amountText, GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OPERATOR_OPTIONS, operatorOf, printOutcome } from '../operator.ts'
import { startProgress } from '../progress.ts'
import { table } from '../table.ts'
import { scaElementCommands } from './sca-elements.ts'
import { scaExemptionsCommand } from './sca-exemptions.ts'
import { scaRegistersCommand } from './sca-registers.ts'

const explainCommand: Command = {
  name: 'sca explain',
  summary: 'Why an act was exempt, required or refused: clause, counters, evidence, decided again.',
  usage: 'ID',
  examples: ['gatehouse sca explain 7d1f0c1e-5b1d-4c8e-9a44-0f1d2c3b4a59'],
  options: CONFIG_OPTION,
  arguments: [1, 1],
  async run(context, args) {
    const found = await connectTo(configPath(context, args)).sca.decision(args.positionals[0] ?? '')
    if (args.flag('json')) context.out(JSON.stringify(found, null, 2))
    else for (const line of explainLines(found, context)) context.out(line)
    return found.replayed === 'different' ? EXIT.findings : EXIT.ok
  },
}

function explainLines({ decision, evidence, replayed }: ScaRecord, context: CliContext): string[] {
  const { style, columns } = context
  const { payer, act, monitored, payeeCheck } = evidence.context
  const word = decision.outcome === 'exempt' ? style.good('exempt') : style.warn(decision.outcome)
  const by = evidence.decision.outcome === 'exempt' ? evidence.decision.by : undefined
  const unchecked = by?.checked === 'unchecked' ? ' (clause unchecked)' : ''
  const counters = act.kind === 'contactless-payment' ? payer.contactless : payer.lowValue
  return [
    `${style.strong(decision.id)}  ${word}  ${by === undefined ? '' : `${by.exemption}, ${by.article}${unchecked}`}`.trimEnd(),
    ...table(
      [
        ['when', new Date(decision.at).toISOString()],
        ['act', `${act.kind}${'amount' in act ? ` of ${act.amount.agreed}` : ''}`],
        ...worthLines({ evidence }).map((line) => [...line]),
        ['counters before it', `${counters.count} payments, ${counters.sum} minor units`],
        ['monitored', monitored ? 'yes' : 'no'],
        ...(payeeCheck === undefined ? [] : [['payee check', payeeCheck.result]]),
        ...evidence.decision.tried.map(({ exemption, article, why }) => [
          exemption,
          `${article}: ${why ?? 'holds'}`,
        ]),
        ...('why' in evidence.decision ? [['why', evidence.decision.why]] : []),
        ['authentication', decision.authentication === '' ? 'none' : authenticationOf(decision)],
        ['became', decision.state],
        [
          'rules',
          evidence.rules === null ? 'none' : `${evidence.rules.id} ${evidence.rules.version}`,
        ],
        ['decided again', replayed === 'same' ? style.good('the same') : style.bad(replayed)],
      ],
      columns,
    ),
  ]
}

function authenticationOf({
  authentication,
  method,
  factors,
  duration_ms: took,
}: ScaRecord['decision']): string {
  return `${authentication} by ${method}${factors === '' ? '' : ` (${factors})`} in ${took ?? 0} ms`
}

const reportCommand: Command = {
  name: 'sca report',
  summary:
    'Statistics of a quarter or half-year (RTS Art. 21): authenticated and exempt payments, fraud, how authentication went.',
  usage: '--quarter 2026Q4 [--eba] [--csv] [--rebuild]',
  examples: [
    'gatehouse sca report --quarter 2026Q4',
    'gatehouse sca report --quarter 2026Q4 --csv > 2026Q4.csv',
    'gatehouse sca report --quarter 2026H2 --eba',
    'gatehouse sca report --quarter 2026H2 --eba --csv > 2026H2-eba.csv',
    'gatehouse sca report --quarter 2026Q4 --rebuild',
  ],
  options: {
    ...CONFIG_OPTION,
    quarter: { type: 'string' },
    csv: { type: 'boolean' },
    eba: { type: 'boolean' },
    rebuild: { type: 'boolean' },
  },
  arguments: [0, 0],
  async run(context, args) {
    const quarter = args.text('quarter')
    if (quarter === undefined)
      throw new GatehouseError('GH_CLI_USAGE', '--quarter is needed, such as 2026Q4.')
    if (args.flag('csv') && args.flag('json'))
      throw new GatehouseError('GH_CLI_USAGE', 'Either --csv or --json.')
    const client = connectTo(configPath(context, args)).sca
    const report = await watched(context, 'adding up', (reading) =>
      readScaReport(client, quarter, reading),
    )
    if (report === undefined) return EXIT.interrupted
    print(report, context, args)
    if (!args.flag('rebuild')) return EXIT.ok
    const rebuilt = await watched(context, 'deciding again', (reading) =>
      rebuildScaReport(client, quarter, reading),
    )
    if (rebuilt === undefined) return EXIT.interrupted
    const { different, otherRules, records } = rebuilt
    const isSame = (one: ScaReport): boolean =>
      JSON.stringify(one) === JSON.stringify(rebuilt.report)
    let same = isSame(report)
    if (!same && different.length === 0) {
      // Payments go on: who adds up before and after one has two sums, and neither is wrong.
      const after = await watched(context, 'adding up again', (reading) =>
        readScaReport(client, quarter, reading),
      )
      if (after === undefined) return EXIT.interrupted
      same = isSame(after)
      if (!same && JSON.stringify(after) !== JSON.stringify(report)) {
        context.say('records came or changed while they were added up: ask again')
        return EXIT.error
      }
    }
    for (const id of different) context.say(`${context.style.bad('differs')} ${id}`)
    if (otherRules > 0)
      context.say(`${otherRules} decisions were made under other rules, and were not decided again`)
    context.say(
      same && different.length === 0
        ? `${context.style.good('rebuilt')} from the evidence of ${records} decisions, with no difference`
        : `${context.style.bad('GH_SCA_REBUILT_OTHERWISE')} the evidence of ${records} decisions says something else`,
    )
    return same && different.length === 0 ? EXIT.ok : EXIT.findings
  },
}

async function watched<T>(
  context: CliContext,
  label: string,
  work: (reading: Parameters<typeof readScaReport>[2]) => Promise<T>,
): Promise<T> {
  const progress = startProgress(context, label)
  try {
    return await work({
      signal: context.signal,
      progress: (records, share) => {
        progress.at(records, share > 0 ? Math.max(records, Math.round(records / share)) : undefined)
      },
    })
  } finally {
    progress.end()
  }
}

function print(report: ScaReport, context: CliContext, args: CommandArguments): void {
  if (args.flag('eba')) {
    const eba = ebaReport(report)
    if (!args.flag('csv')) context.out(JSON.stringify(eba, null, 2))
    else for (const line of ebaCsv(eba)) context.out(line)
  } else if (args.flag('csv')) for (const line of reportCsv(report)) context.out(line)
  else if (args.flag('json')) context.out(JSON.stringify(report, null, 2))
  else for (const line of reportLines(report, context)) context.out(line)
}

function reportLines(report: ScaReport, { style, columns }: CliContext): string[] {
  const { entity, period, timeZone, currency, payments, acts, authentication } = report
  return [
    `${style.strong(`${entity}, ${period.name}`)}  ${timeZone}, ${currency}`,
    ...(payments.length === 0
      ? ['no payment took place']
      : table(
          [
            ['type', 'how', 'payments', 'value', 'average', 'fraud ppm', 'article'],
            ...payments.map((one) => [
              one.type,
              one.how,
              String(one.payments),
              amountText(one.value, currency),
              one.average === null ? '-' : amountText(one.average, currency),
              String(one.fraudRatePpm ?? '-'),
              one.article,
            ]),
          ],
          columns,
        )),
    ...unvaluedLines(report),
    ...acts.map(({ act, outcome, exemption, count }) =>
      [act, outcome, exemption, String(count)].filter((one) => one !== '').join('  '),
    ),
    ...authentication.flatMap((one) => [
      `${one.act}: required ${one.required}, succeeded ${one.succeeded}, failed ${one.failed}, abandoned ${one.abandoned}, open ${one.open}`,
      ...one.methods.map(
        ({ method, count, averageMs, longestMs }) =>
          `  ${method}: ${count}, on average ${averageMs} ms, at most ${longestMs} ms`,
      ),
    ]),
  ]
}

/** What is in no sum, so that nobody takes the sums for all that was paid. */
function unvaluedLines({ payments, currency }: ScaReport): string[] {
  const counted = payments.filter(({ how, unvalued }) => how === 'all' && unvalued > 0)
  return counted.map(({ type, unvalued }) => {
    const many = unvalued === 1 ? '1 payment is' : `${unvalued} payments are`
    const why = currency === '' ? 'amounts had no measure' : `no rate to ${currency}`
    return `${type}: ${many} in no sum (${why}): the average is of the others, and the fraud rate at most what it says`
  })
}

const ratesCommand: Command = {
  name: 'sca rates',
  summary:
    'Fraud rates by quarter and over the last 90 days, and what they leave of risk analysis (RTS Art. 18 to 20).',
  usage: '',
  examples: ['gatehouse sca rates', 'gatehouse sca rates --json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const rates = await connectTo(configPath(context, args)).sca.rates()
    if (args.flag('json')) context.out(JSON.stringify(rates, null, 2))
    else for (const line of rateLines(rates, context)) context.out(line)
    return EXIT.ok
  },
}

function rateLines({ instruments }: RatesView, { style, columns }: CliContext): string[] {
  return instruments.flatMap(({ instrument, quarters, rolling, bands, duties }) => [
    style.strong(instrument),
    ...table(
      [
        ...quarters.map(({ quarter, ppm, total, whole }) => [
          `  ${quarter}`,
          `${ppm ?? '-'} ppm of ${total} minor units${whole ? '' : ' (not measured from its beginning)'}`,
        ]),
        [
          `  last ${rolling.days} days`,
          `${rolling.ppm ?? '-'} ppm of ${rolling.total} minor units`,
        ],
        ...bands.map(({ max, reference, state, since }) => [
          `  up to ${max}`,
          `${state}${since === null ? '' : ` since ${since}`}; reference ${reference} ppm`,
        ]),
      ],
      columns,
    ),
    ...duties.map(({ article, what }) => `  ${style.bad('duty')} ${article}: ${what}`),
  ])
}

const fraudCommand: Command = {
  name: 'sca fraud',
  summary:
    'Report that a payment was fraud, or correct it: unauthorised, manipulated (the payer was led to agree), or none.',
  usage: 'ID --fraud KIND [--amount 12.50] --reason TEXT [--as NAME]',
  examples: [
    'gatehouse sca fraud 7d1f0c1e --fraud unauthorised --reason "case 2026-117"',
    'gatehouse sca fraud 7d1f0c1e --fraud none --reason "the customer remembers"',
  ],
  options: {
    ...CONFIG_OPTION,
    ...OPERATOR_OPTIONS,
    fraud: { type: 'string' },
    amount: { type: 'string' },
  },
  arguments: [1, 1],
  async run(context, args): Promise<ExitCode> {
    const client = connectTo(configPath(context, args))
    const decision = args.positionals[0] ?? ''
    const amount = args.text('amount')
    const { rules } = amount === undefined ? { rules: null } : await client.sca.exemptions()
    const outcome = await client.control('sca-fraud', {
      ...operatorOf(context, args),
      proposal: {
        decision,
        kind: args.text('fraud') ?? '',
        ...(amount === undefined ? {} : { value: minorUnitsOf(amount, rules?.currency ?? '') }),
      },
    })
    return printOutcome(context, args, outcome, `fraud of ${decision}`)
  },
}

export const scaCommands: readonly Command[] = [
  explainCommand,
  reportCommand,
  scaExemptionsCommand,
  scaRegistersCommand,
  ratesCommand,
  fraudCommand,
  ...scaElementCommands,
]
