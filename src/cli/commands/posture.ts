import {
  parseTime,
  type PastPosture,
  postureAt,
  type PostureReport,
  postureReport,
} from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { loadAssembly, loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { severityText } from '../severity.ts'
import { table } from '../table.ts'
import { pickApis } from './objectives.ts'

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
type Severity = (typeof SEVERITIES)[number]

export const postureCommand: Command = {
  name: 'posture',
  summary: 'Where you stand: required controls against what is configured and what was seen.',
  usage: '[API] [--at TIME] [--fail-on critical|high|medium|low]',
  examples: [
    'gatehouse posture',
    'gatehouse posture accounts',
    'gatehouse posture --fail-on high',
    'gatehouse posture accounts --at 2026-10-31',
  ],
  options: { ...CONFIG_OPTION, 'fail-on': { type: 'string' }, at: { type: 'string' } },
  arguments: [0, 1],
  async run(context, args) {
    const threshold = severity(args.text('fail-on'))
    const report = await gathered(context, args)
    if (report === undefined) return EXIT.invalid
    if (args.flag('json')) context.out(JSON.stringify(report, null, 2))
    else
      for (const line of lines(
        report,
        args.positionals[0] !== undefined || report.apis.length === 1,
        context,
      ))
        context.out(line)
    if (threshold === undefined || !report.failsOn(threshold)) return EXIT.ok
    context.say(
      `${context.style.bad('GH_POSTURE_THRESHOLD')} A gap of severity ${threshold} or worse is open.`,
    )
    return EXIT.findings
  },
}

/** `undefined` after the mistakes of the configuration were printed. */
async function gathered(
  context: CliContext,
  args: CommandArguments,
): Promise<PostureReport | PastPosture | undefined> {
  const [name] = args.positionals
  const at = args.text('at')
  if (at !== undefined) {
    const config = loadConfig(context, args)
    const now = context.now()
    return config === undefined ? undefined : postureAt(config, name, parseTime(at, now), now)
  }
  const assembly = loadAssembly(context, args)
  if (assembly === undefined) return undefined
  const names = pickApis(assembly.apis, name).map((api) => api.config.name)
  return postureReport(assembly, names, context.now())
}

function severity(text: string | undefined): Severity | undefined {
  const found = SEVERITIES.find((one) => one === text)
  if (text !== undefined && found === undefined)
    throw new GatehouseError('GH_CLI_USAGE', `--fail-on takes ${SEVERITIES.join(', ')}.`)
  return found
}

function lines(
  report: PostureReport | PastPosture,
  inFull: boolean,
  { style, columns }: CliContext,
): string[] {
  const output: string[] = []
  for (const api of report.apis) {
    output.push(
      `${style.strong(api.api)}  ${Object.entries(api.counts)
        .filter(([, count]) => count > 0)
        .map(([state, count]) => `${count} ${state}`)
        .join(', ')}`,
    )
    output.push('  Worst open gap per consequence')
    output.push(
      ...table(
        api.worst.map((one) => [
          one.consequence,
          one.gap === null ? style.good('none open') : severityText(one.gap.severity, style),
          one.gap === null ? '' : `${one.gap.control}: ${one.gap.text}`,
        ]),
        columns,
        '    ',
      ),
    )
    if (inFull) {
      output.push('  Every required control')
      output.push(
        ...table(
          api.states.map((one) => [one.control, stateText(one.state, style), one.text]),
          columns,
          '    ',
        ),
      )
    }
    output.push(`  ${api.waiting}`, '')
  }
  if ('unknown' in report) {
    for (const { api, because } of report.unknown)
      output.push(`${style.strong(api)}  ${style.warn('unknown')}: ${because}`, '')
    output.push(`As it was at ${report.at}, judged by what was known and in force then.`)
    return output
  }
  output.push(
    report.live
      ? `Evidence as of ${report.at}.`
      : `Nothing runs: evidence as it was left, judged at ${report.at}.`,
  )
  return output
}

function stateText(state: string, style: CliContext['style']): string {
  if (state === 'met') return style.good(state)
  if (state === 'not-met') return style.bad(state)
  return state === 'partial' || state === 'unknown' ? style.warn(state) : state
}
