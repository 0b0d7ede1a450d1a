import { type PostureReport, postureReport } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { severityText } from '../severity.ts'
import { table } from '../table.ts'
import { pickApis } from './objectives.ts'

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
type Severity = (typeof SEVERITIES)[number]

export const postureCommand: Command = {
  name: 'posture',
  summary: 'Where you stand: required controls against what is configured and what was seen.',
  usage: '[API] [--fail-on critical|high|medium|low]',
  examples: ['gatehouse posture', 'gatehouse posture accounts', 'gatehouse posture --fail-on high'],
  options: { ...CONFIG_OPTION, 'fail-on': { type: 'string' } },
  arguments: [0, 1],
  async run(context, args) {
    const threshold = severity(args.text('fail-on'))
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return EXIT.invalid
    const names = pickApis(assembly.apis, args.positionals[0]).map((api) => api.config.name)
    const report = await postureReport(assembly, names, context.now())
    if (args.flag('json')) context.out(JSON.stringify(report, null, 2))
    else
      for (const line of lines(
        report,
        args.positionals[0] !== undefined || names.length === 1,
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

function severity(text: string | undefined): Severity | undefined {
  const found = SEVERITIES.find((one) => one === text)
  if (text !== undefined && found === undefined)
    throw new GatehouseError('GH_CLI_USAGE', `--fail-on takes ${SEVERITIES.join(', ')}.`)
  return found
}

function lines(report: PostureReport, inFull: boolean, { style, columns }: CliContext): string[] {
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
