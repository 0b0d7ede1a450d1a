import { CHECK_NAMES, type CheckResult, runFsck } from '../../app/index.ts'
import { GatehouseError, nearest } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { type Progress, startProgress } from '../progress.ts'

export const fsckCommand: Command = {
  name: 'fsck',
  summary:
    'Whether everything on disk is as it was written; each finding with its place. Reads only.',
  usage: `[${CHECK_NAMES.join('|')}]...`,
  examples: ['gatehouse fsck', 'gatehouse fsck spool --json', 'gatehouse fsck index plans'],
  options: CONFIG_OPTION,
  arguments: [0, CHECK_NAMES.length],
  async run(context, args) {
    const names = wanted(args)
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    let progress: Progress | undefined
    let shown = ''
    const report = await runFsck(config, names, (name, done, total) => {
      if (name !== shown) {
        progress?.end()
        progress = startProgress(context, `checking ${name}`)
        shown = name
      }
      progress?.at(done, total)
    }).finally(() => progress?.end())
    if (args.flag('json')) context.out(JSON.stringify(report))
    else for (const line of report.results.flatMap((one) => lines(one, context))) context.out(line)
    return report.sound ? EXIT.ok : EXIT.findings
  },
}

function wanted({ positionals }: CommandArguments) {
  const names = positionals.map((word) => {
    const name = CHECK_NAMES.find((one) => one === word)
    if (name !== undefined) return name
    const near = nearest(word, CHECK_NAMES)
    throw new GatehouseError(
      'GH_CLI_USAGE',
      `fsck looks at ${CHECK_NAMES.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    )
  })
  return names.length === 0 ? CHECK_NAMES : names
}

function lines(result: CheckResult, { style }: CliContext): string[] {
  const { name, looked, findings, skipped } = result
  const mark = findings.length === 0 ? style.good('sound') : style.bad('DAMAGED')
  return [
    `${mark} ${style.strong(name)}  ${looked}`,
    ...findings.flatMap(({ place, what, mend }) => [
      `  ${style.bad(place)}  ${what}`,
      ...(mend === null ? [] : [`    ${mend}`]),
    ]),
    ...skipped.map((what) => `  ${style.faint(`not looked at: ${what}`)}`),
  ]
}
