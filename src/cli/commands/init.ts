import { resolve } from 'node:path'
import { initFolder } from '../../app/index.ts'
import type { Command } from '../command.ts'
import { printDiagnostics, shownPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

export const initCommand: Command = {
  name: 'init',
  summary: 'Write a commented gatehouse.yaml for a folder that holds specifications.',
  usage: '[DIR]',
  examples: ['gatehouse init', 'gatehouse init my-apis'],
  options: {},
  arguments: [0, 1],
  run(context, args) {
    const result = initFolder(resolve(context.cwd, args.positionals[0] ?? '.'))
    printDiagnostics(context, result.skipped)
    const shown = shownPath(context.cwd, result.file)
    if (args.flag('json')) context.out(JSON.stringify(result, null, 2))
    else {
      context.out(`${context.style.good('wrote')} ${shown}`)
      for (const spec of result.specs) {
        context.out(
          `  ${shownPath(context.cwd, spec.file)}: ${spec.title} ${spec.version}, ${spec.operations} operations → template ${spec.suggestedTemplate}`,
        )
        for (const reason of spec.why) context.out(`    ${reason}`)
        for (const { template, operations } of spec.others)
          context.out(
            `    ${context.style.warn('denied')} ${operations} for template ${template}: divide the specification, or name it in another entry with a basePath of its own`,
          )
      }
      context.out(`Set "upstream" of each API, then: gatehouse check ${shown}`)
    }
    return Promise.resolve(EXIT.ok)
  },
}
