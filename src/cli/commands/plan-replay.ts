/** `gatehouse plan --replay`: what the configuration would have done to recorded traffic. */
import {
  type Assembly,
  parseRange,
  replayReport,
  type ReplayAnswer,
  type ReplayGroup,
} from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import type { CliContext, CommandArguments } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { startProgress } from '../progress.ts'
import { table } from '../table.ts'
import { pickApis } from './objectives.ts'

const FAIL_ON = 'newly-denied'
/** Rows shown of each kind; `--json` has them all. */
const SHOWN = 20

/** The exit code that the replay asks for; `undefined`: whatever the plan itself says. */
export async function replayPlan(
  context: CliContext,
  args: CommandArguments,
  assembly: Assembly,
): Promise<ExitCode | undefined> {
  const failOn = args.text('fail-on')
  if (failOn !== undefined && failOn !== FAIL_ON)
    throw new GatehouseError('GH_CLI_USAGE', `--fail-on takes ${FAIL_ON} here.`)
  const text = args.text('replay')
  if (text === undefined) {
    if (failOn !== undefined) throw new GatehouseError('GH_CLI_USAGE', '--fail-on needs --replay.')
    return undefined
  }
  const range = parseRange(text, context.now())
  const api = args.positionals[0]
  pickApis(assembly.apis, api)
  const progress = startProgress(context, 'replaying events')
  let report: ReplayAnswer
  try {
    report = await replayReport(assembly, {
      range,
      api,
      signal: context.signal,
      progress: (done, total) => progress.at(done, total),
    })
  } catch (error) {
    if (!context.signal.aborted) throw error
    context.say('Interrupted: nothing was changed, and what was read so far says nothing.')
    return EXIT.interrupted
  } finally {
    progress.end()
  }
  if (args.flag('json')) context.out(JSON.stringify(report, null, 2))
  else for (const line of lines(report, context)) context.out(line)
  return failOn !== undefined && report.newlyDenied.length > 0 ? EXIT.findings : EXIT.ok
}

function lines(report: ReplayAnswer, { style, columns }: CliContext): string[] {
  const { unchanged } = report
  const of = report.api === null ? '' : ` of ${report.api}`
  const span = `${report.from ?? 'the first event'} to ${report.to ?? 'now'}`
  const output = [
    `${style.strong('Replay')}  ${count(report.decisions, 'decision')}${of}, ${span}, under ${report.draft.slice(0, 19)}`,
    ...table(
      [
        ['newly denied', String(sum(report.newlyDenied)), ''],
        ['newly allowed', String(sum(report.newlyAllowed)), ''],
        ['unchanged', String(unchanged.allowed), 'allowed'],
        [
          '',
          String(unchanged.denied),
          unchanged.deniedOtherwise === 0
            ? 'denied'
            : `denied, ${unchanged.deniedOtherwise} of them by another rule`,
        ],
        ['cannot be decided', String(sum(report.undecidable)), ''],
      ],
      columns,
      '  ',
    ),
  ]
  if (report.decisions === 0)
    output.push(
      '',
      'No decision was recorded in this time. Call the gateway, or name another range.',
    )
  if (report.refusedEarly > 0)
    output.push(
      `  ${count(report.refusedEarly, 'request')} refused before there was one: no policy changes that.`,
    )
  if (report.planNotKept > 0)
    output.push(
      `  ${count(report.planNotKept, 'decision')} under plans that are no longer kept: less of them can be told.`,
    )
  output.push(...section('Newly denied', report.newlyDenied, columns))
  output.push(...section('Newly allowed, and what refused them', report.newlyAllowed, columns))
  output.push(...section('No longer trimmed', report.noLongerTrimmed, columns))
  output.push(...section('Cannot be decided', report.undecidable, columns))
  output.push(
    ...section(
      'Allowed as before; what leaves of the answer cannot be told',
      report.answerUndecidable,
      columns,
    ),
  )
  if (report.watched.length > 0)
    output.push(
      '',
      'Rules that only watch, and what they have seen',
      ...table(
        report.watched.map((rule) => [
          rule.api,
          rule.rule,
          rule.mode + (rule.fraction === null ? '' : ` ${rule.fraction}%`),
          `${count(rule.requests, 'request')} of ${count(rule.clients, 'client')}`,
          rule.wouldDeny === 0
            ? 'would refuse none'
            : `would refuse ${rule.wouldDeny} of ${count(rule.wouldDenyClients, 'client')}, such as ${rule.example ?? ''}`,
          rule.unknown === 0 ? '' : `${rule.unknown} cannot be told`,
        ]),
        columns,
        '  ',
      ),
    )
  const example = report.newlyDenied[0]?.example ?? report.newlyAllowed[0]?.example
  if (example !== undefined) output.push('', `What happened then: gatehouse explain ${example}`)
  return output
}

function section(title: string, groups: readonly ReplayGroup[], columns: number): string[] {
  if (groups.length === 0) return []
  const rows = groups
    .slice(0, SHOWN)
    .map((group) => [
      String(group.count),
      group.client ?? '-',
      [group.api, group.operation].filter((one) => one !== null).join(' ') || '-',
      group.rule,
      group.code,
      `${when(group.firstSeen)} to ${when(group.lastSeen)}`,
      group.example,
    ])
  const more = groups.length - SHOWN
  return [
    '',
    `${title} (${sum(groups)})`,
    ...table(rows, columns, '  '),
    ...(more > 0 ? [`  and ${more} more groups: --json has them all`] : []),
  ]
}

function when(at: number): string {
  return new Date(at).toISOString().slice(0, 19)
}
function sum(groups: readonly ReplayGroup[]): number {
  return groups.reduce((total, group) => total + group.count, 0)
}
function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
