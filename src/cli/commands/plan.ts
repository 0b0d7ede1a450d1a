import { planReport, type PlanReport } from '../../app/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { shownPath } from '../config-path.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { errorEntry } from '../../lib/index.ts'
import { severityText } from '../severity.ts'
import { table, wrap } from '../table.ts'
import { pickApis } from './objectives.ts'

export const planCommand: Command = {
  name: 'plan',
  summary:
    'The effective policy, the origin of every rule, the difference to what runs, what stays unmet.',
  usage: '[API]',
  examples: [
    'gatehouse plan',
    'gatehouse plan accounts --json',
    'gatehouse plan && echo nothing would change',
  ],
  options: CONFIG_OPTION,
  arguments: [0, 1],
  async run(context, args) {
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return EXIT.invalid
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

function lines(report: PlanReport, context: CliContext): string[] {
  const { style, columns } = context
  const output: string[] = []
  for (const api of report.effective) {
    const state = api.state === 'active' ? style.good('active') : style.bad('CLOSED (answers 503)')
    output.push(`${style.strong(api.api)}  ${state}  template ${api.template}`)
    output.push(
      ...table(
        api.rules.map((rule) => [
          rule.rule,
          rule.mode + (rule.fraction === null ? '' : ` ${rule.fraction}%`),
          `${rule.operations}/${rule.of}`,
          `${rule.origin.level} ${rule.origin.source}`,
          rule.summary,
        ]),
        columns,
        '  ',
      ),
    )
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
