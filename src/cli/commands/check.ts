import { assemble, feedMistakes, readConfig, unusableSpecs } from '../../app/index.ts'
import { type Diagnostic, formatDiagnostic } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath, printDiagnostics, shownPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'Validate a configuration without starting anything: every mistake in one run.',
  usage: '[FILE]',
  examples: ['gatehouse check', 'gatehouse check bank/gatehouse.yaml', 'gatehouse check --json'],
  options: CONFIG_OPTION,
  arguments: [0, 1],
  async run(context, args) {
    const path = configPath(context, args, args.positionals[0])
    const { config, diagnostics, specFiles } = readConfig(path, context.env)
    const shown = { context, json: args.flag('json'), path }
    if (config === undefined) {
      const mistakes = [...diagnostics, ...unusableSpecs(specFiles)]
      return report({ ...shown, mistakes, notes: [], problems: [] })
    }
    const { policy, diagnostics: specMistakes, apis } = assemble(config)
    const said = (closes: boolean): Diagnostic[] =>
      policy.findings
        .filter((finding) => finding.closes === closes && (closes || finding.severity !== 'low'))
        .map(({ code, text, place }) => ({ code, message: text, place }))
    const problems = apis.flatMap((api) => api.record.spec.problems)
    const mistakes = [...specMistakes, ...said(true), ...(await feedMistakes(config))]
    return report({ ...shown, mistakes, notes: said(false), problems })
  },
}

interface Shown {
  readonly context: CliContext
  readonly json: boolean
  readonly path: string
  readonly mistakes: readonly Diagnostic[]
  /** What is allowed and worth knowing: a rule that an API loosened, an object that nothing compares. */
  readonly notes: readonly Diagnostic[]
  readonly problems: readonly Diagnostic[]
}

/** Mistakes make the check fail; notes do not; problems of a specification are refused at run time and only counted here. */
function report({
  context,
  json,
  path,
  mistakes,
  notes,
  problems,
}: Shown): typeof EXIT.ok | typeof EXIT.invalid {
  if (json) {
    const plain = (item: Diagnostic): object => ({ ...item, text: formatDiagnostic(item) })
    context.out(
      JSON.stringify(
        {
          ok: mistakes.length === 0,
          mistakes: mistakes.map(plain),
          notes: notes.map(plain),
          problems: problems.map(plain),
        },
        null,
        2,
      ),
    )
  } else {
    printDiagnostics(context, mistakes, context.out)
    printDiagnostics(context, notes, (line) => context.say(`${context.style.warn('note')} ${line}`))
    const name = shownPath(context.cwd, path)
    const noted =
      problems.length === 0
        ? ''
        : ` ${problems.length} problems in specifications are refused at run time (gatehouse inventory show).`
    if (mistakes.length === 0)
      context.out(`${context.style.good('ok')} ${name}: no mistakes.${noted}`)
    else
      context.say(
        `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'} in ${name}.`,
      )
  }
  return mistakes.length === 0 ? EXIT.ok : EXIT.invalid
}
