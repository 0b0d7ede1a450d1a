import {
  assemble,
  feedMistakes,
  type PolicyTestReport,
  policyTestReport,
  readConfig,
  unusableSpecs,
} from '../../app/index.ts'
import { type Diagnostic, formatDiagnostic, GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath, printDiagnostics, shownPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

export const checkCommand: Command = {
  name: 'check',
  summary:
    'Validate a configuration without starting anything, and run its policy tests: every mistake in one run.',
  usage: '[FILE] [--only tests]',
  examples: [
    'gatehouse check',
    'gatehouse check bank/gatehouse.yaml',
    'gatehouse check --json',
    'gatehouse check --only tests',
  ],
  options: { ...CONFIG_OPTION, only: { type: 'string' } },
  arguments: [0, 1],
  async run(context, args) {
    const path = configPath(context, args, args.positionals[0])
    const only = args.text('only')
    if (only !== undefined && only !== 'tests')
      throw new GatehouseError('GH_CLI_USAGE', '--only takes tests.')
    const { config, diagnostics, specFiles } = readConfig(path, context.env)
    const shown = { context, json: args.flag('json'), path }
    if (config === undefined) {
      const mistakes = [...diagnostics, ...unusableSpecs(specFiles)]
      return report({ ...shown, mistakes, notes: [], problems: [], tests: null })
    }
    const assembly = assemble(config)
    const tests = await policyTestReport(assembly)
    if (only === 'tests')
      return report({ ...shown, mistakes: tests.mistakes, notes: [], problems: [], tests })
    const { policy, diagnostics: specMistakes, apis } = assembly
    const said = (closes: boolean): Diagnostic[] =>
      policy.findings
        .filter((finding) => finding.closes === closes && (closes || finding.severity !== 'low'))
        .map(({ code, text, place }) => ({ code, message: text, place }))
    const problems = apis.flatMap((api) => api.record.spec.problems)
    const mistakes = [
      ...specMistakes,
      ...said(true),
      ...(await feedMistakes(config)),
      ...tests.mistakes,
    ]
    return report({ ...shown, mistakes, notes: said(false), problems, tests })
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
  /** `null`: the configuration is not such that a test could be run. */
  readonly tests: PolicyTestReport | null
}

/** Mistakes make the check fail; notes do not; problems of a specification are refused at run time and only counted here. */
function report({
  context,
  json,
  path,
  mistakes,
  notes,
  problems,
  tests,
}: Shown): typeof EXIT.ok | typeof EXIT.invalid | typeof EXIT.findings {
  const failures = tests?.failures ?? []
  const results = tests?.results ?? []
  if (json) {
    const plain = (item: Diagnostic): object => ({ ...item, text: formatDiagnostic(item) })
    context.out(
      JSON.stringify(
        {
          ok: mistakes.length === 0 && failures.length === 0,
          mistakes: mistakes.map(plain),
          notes: notes.map(plain),
          problems: problems.map(plain),
          tests:
            tests === null ? null : { files: tests.files, results, failures: failures.map(plain) },
        },
        null,
        2,
      ),
    )
  } else {
    printDiagnostics(context, mistakes, context.out)
    printDiagnostics(context, notes, (line) => context.say(`${context.style.warn('note')} ${line}`))
    printDiagnostics(context, failures, context.out)
    const name = shownPath(context.cwd, path)
    if (results.length > 0) {
      const passed = results.filter((result) => result.passed).length
      const word =
        passed === results.length ? context.style.good('ok') : context.style.bad('failed')
      context.out(`${word} ${passed} of ${results.length} policy tests hold.`)
    }
    const noted =
      problems.length === 0
        ? ''
        : ` ${problems.length} problems in specifications are refused at run time (gatehouse inventory show).`
    if (mistakes.length === 0 && failures.length === 0)
      context.out(`${context.style.good('ok')} ${name}: no mistakes.${noted}`)
    else if (mistakes.length > 0)
      context.say(
        `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'} in ${name}.`,
      )
  }
  if (mistakes.length > 0) return EXIT.invalid
  return failures.length === 0 ? EXIT.ok : EXIT.findings
}
