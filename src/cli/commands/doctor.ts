import { runDoctor } from '../../app/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'What is wrong with this installation or its machine, and what mends it.',
  usage: '',
  examples: ['gatehouse doctor', 'gatehouse doctor --json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return EXIT.invalid
    const report = await runDoctor(assembly, context.now)
    const { style, columns } = context
    if (args.flag('json')) context.out(JSON.stringify(report))
    else {
      const marks = {
        ok: style.good('ok'),
        warn: style.warn('warn'),
        fail: style.bad('FAIL'),
      }
      const rows = report.diagnoses.map(({ name, result, evidence, mend }) => [
        marks[result],
        style.strong(name),
        mend === null ? evidence : `${evidence}. ${mend}`,
      ])
      for (const line of table(rows, columns)) context.out(line)
    }
    return report.sound ? EXIT.ok : EXIT.findings
  },
}
