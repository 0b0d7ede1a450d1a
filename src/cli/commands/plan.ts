import { DEFAULT_RANGE, type EffectiveRule, planReport, type PlanReport } from '../../app/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { shownPath } from '../config-path.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { errorEntry } from '../../lib/index.ts'
import { severityText } from '../severity.ts'
import { table, wrap } from '../table.ts'
import { pickApis } from './objectives.ts'
import { replayPlan } from './plan-replay.ts'

export const planCommand: Command = {
  name: 'plan',
  summary:
    'The effective policy, the origin of every rule, the difference to what runs, what stays unmet.',
  usage: '[API] [--replay [RANGE] [--fail-on newly-denied]]',
  examples: [
    'gatehouse plan',
    'gatehouse plan accounts --json',
    'gatehouse plan && echo nothing would change',
    'gatehouse plan --replay --config draft.yaml',
    'gatehouse plan --replay 7d --fail-on newly-denied',
    'gatehouse plan accounts --replay all',
    'gatehouse plan --replay 2026-11-01..2026-11-02 --json',
  ],
  options: { ...CONFIG_OPTION, replay: { type: 'string' }, 'fail-on': { type: 'string' } },
  optionalValues: { replay: DEFAULT_RANGE },
  arguments: [0, 1],
  async run(context, args) {
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return EXIT.invalid
    const replayed = await replayPlan(context, args, assembly)
    if (replayed !== undefined) return replayed
    const names = pickApis(assembly.apis, args.positionals[0]).map((api) => api.config.name)
    const report = await planReport(assembly)
    const shown = {
      ...report,
      effective: report.effective.filter((one) => names.includes(one.api)),
      findings: report.findings.filter((one) => names.includes(one.api)),
    }
    if (args.flag('json')) context.out(JSON.stringify(shown, null, 2))
    else for (const line of lines(shown, context)) context.out(line)
    return report.differences.length > 0 ? EXIT.changes : EXIT.ok
  },
}

function ruleRow(rule: EffectiveRule): string[] {
  return [
    rule.rule,
    rule.mode + (rule.fraction === null ? '' : ` ${rule.fraction}%`),
    `${rule.operations}/${rule.of}`,
    `${rule.origin.level} ${rule.origin.source}`,
    rule.summary,
  ]
}

/** Parameters that the configuration set, with how far they may still move, and what was loosened by whose leave. All are in --json. */
function parameterLines(api: PlanReport['effective'][number], columns: number): string[] {
  const all = [
    ...api.rules.map((rule) => ({ on: '', levels: ['mandate', 'class', 'api'], rule })),
    ...api.operations.flatMap(({ operation, rules }) =>
      rules.map((rule) => ({ on: ` of ${operation}`, levels: ['operation'], rule })),
    ),
  ]
  const params = all.flatMap(({ on, levels, rule }) =>
    rule.params
      .filter(({ origin }) => origin !== undefined && levels.includes(origin.level))
      .map(({ name, value, origin, bound }) => [
        `${rule.rule}${on}`,
        `${name} ${JSON.stringify(value)}`,
        `${origin?.level ?? ''} ${origin?.source ?? ''}`,
        bound === undefined ? '' : `levels below: ${bound}`,
      ]),
  )
  const weakened = all.flatMap(({ on, rule }) =>
    rule.weakened.map(({ what, source, approvedBy }) => [
      `${what}${on}`,
      source,
      approvedBy === null ? 'no second person approved it' : `approved by ${approvedBy}`,
    ]),
  )
  return [
    ...(params.length === 0
      ? []
      : ['', '  Parameters that this configuration sets', ...table(params, columns, '    ')]),
    ...(weakened.length === 0 ? [] : ['', '  Loosened', ...table(weakened, columns, '    ')]),
  ]
}

function lines(report: PlanReport, context: CliContext): string[] {
  const { style, columns } = context
  const output: string[] = []
  for (const api of report.effective) {
    const state = api.state === 'active' ? style.good('active') : style.bad('CLOSED (answers 503)')
    const ofClass = api.class === null ? '' : `  class ${api.class}`
    output.push(
      `${style.strong(api.api)}  ${state}  template ${api.template}${ofClass}`,
      ...table(api.rules.map(ruleRow), columns, '  '),
    )
    for (const { operation, rules } of api.operations)
      if (rules.length > 0)
        output.push(
          `  Only ${operation}`,
          ...table(
            rules.map((rule) => ruleRow(rule).filter((_, column) => column !== 2)),
            columns,
            '    ',
          ),
        )
    output.push(...parameterLines(api, columns))
    const gaps = api.unmet.filter((gap) => gap.later !== true)
    if (gaps.length > 0) {
      output.push('', `  Required and not enforced by this policy (${gaps.length})`)
      output.push(
        ...table(
          gaps.map((gap) => [gap.control, `${gap.why} (required: ${gap.because})`]),
          columns,
          '    ',
        ),
      )
    }
    const later = api.unmet.filter((gap) => gap.later === true).map((gap) => gap.control)
    if (later.length > 0)
      output.push(
        '',
        `  Required, and no rule of this version enforces it (${later.length}; why: gatehouse objectives ${api.api} --why CONTROL)`,
        ...wrap(later.join(', '), columns - 4).map((line) => `    ${line}`),
      )
    output.push('')
  }
  if (report.findings.length > 0) {
    output.push('Findings')
    for (const finding of report.findings) {
      const { file, line, column } = finding.place
      output.push(
        `  ${severityText(finding.severity, style)} ${finding.api}: ${finding.code} ${finding.text} (${shownPath(context.cwd, file)}:${line}:${column})`,
      )
      const { mend } = errorEntry(finding.code)
      if (mend !== undefined) output.push(`    ${mend}`)
    }
    output.push('')
  }
  output.push(
    report.running === null
      ? `Nothing runs yet: starting would activate ${report.digest.slice(0, 19)}.`
      : `Running: ${report.running.slice(0, 19)}. This configuration: ${report.digest.slice(0, 19)}.`,
  )
  if (report.running !== null) {
    output.push(
      ...(report.differences.length === 0
        ? ['No difference.']
        : report.differences.map((text) => `  ${text}`)),
    )
  }
  return output
}
