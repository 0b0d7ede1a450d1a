import { connectTo, type Explanation } from '../../app/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Why a decision was what it was: the rule, where it was set, and the facts.',
  usage: 'DECISION-ID',
  examples: ['gatehouse explain 01JD3V8Q6W2T5K9M4N7P1R0XYZ'],
  options: CONFIG_OPTION,
  arguments: [1, 1],
  async run(context, args) {
    const explanation = await connectTo(configPath(context, args)).explain(
      args.positionals[0] ?? '',
    )
    if (args.flag('json')) context.out(JSON.stringify(explanation, null, 2))
    else for (const line of lines(explanation, context)) context.out(line)
    return EXIT.ok
  },
}

function lines(explanation: Explanation, { style, columns }: CliContext): string[] {
  const { rule, rules, facts, record } = explanation
  const marks = {
    passed: style.good('passed'),
    denied: style.bad('DENIED'),
    observed: style.warn('observed only'),
    'not reached': style.faint('not reached'),
    off: style.faint('off'),
  }
  return [
    style.strong(explanation.sentence),
    `  ${explanation.at}  decision ${explanation.id}`,
    ...(rule === null
      ? []
      : [
          '',
          'The rule that decided',
          ...table(
            [
              ['Rule', rule.name],
              ['Set by', rule.origin],
              [
                'Control',
                `${rule.control}${rule.controlTitle === '' ? '' : `: ${rule.controlTitle}`}`,
              ],
              ['Found', rule.detail],
            ],
            columns,
            '  ',
          ),
        ]),
    ...(facts.length === 0
      ? []
      : [
          '',
          'The facts',
          ...table(
            facts.map((fact) => [fact.name, fact.value]),
            columns,
            '  ',
          ),
        ]),
    ...(rules.length === 0
      ? []
      : [
          '',
          'All rules of the operation, in order',
          ...table(
            rules.map((one) => [marks[one.result], one.name, one.origin]),
            columns,
            '  ',
          ),
        ]),
    ...(explanation.mend === null ? [] : ['', explanation.mend]),
    '',
    style.faint(
      `event ${record.partition}/${record.seq}, hash ${record.hash.slice(0, 16)}…${record.plan === '' ? '' : `, plan ${record.plan.slice(0, 19)}…`}`,
    ),
  ]
}
