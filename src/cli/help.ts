/** Help leads with examples: most readers copy one and go. */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { CliContext, Command } from './command.ts'
import { COMMON_OPTIONS } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { table } from './table.ts'

type Look = Pick<CliContext, 'style' | 'columns'>

export function overview(commands: readonly Command[], look: Look): string[] {
  return [
    `${look.style.strong('gatehouse')}  open-banking API security: objectives, inventory, policy, gateway, evidence`,
    '',
    'Start here',
    '  gatehouse init .                      write a commented gatehouse.yaml for your specifications',
    '  gatehouse check                       validate it without starting anything',
    '  gatehouse up                          run the gateway',
    '  gatehouse posture                     see where you stand',
    '',
    'Commands',
    ...table(
      commands.map((command) => [look.style.strong(command.name), command.summary]),
      look.columns,
      '  ',
    ),
    '',
    'Every command knows --help and --json. Exit codes:',
    ...table(
      Object.entries(EXIT).map(([name, code]) => [String(code), name]),
      look.columns,
      '  ',
    ),
  ]
}

export function commandHelp(command: Command, look: Look): string[] {
  const known: ParseArgsOptionsConfig = { ...command.options, ...COMMON_OPTIONS }
  const options = Object.entries(known)
  return [
    command.summary,
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
    'Usage',
    `  gatehouse ${[command.name, command.usage].filter((part) => part !== '').join(' ')}`,
    '',
    'Options',
    ...options.map(([name, option]) => {
      const short = option.short !== undefined ? `-${option.short}, ` : ''
      return `  ${short}--${name}${option.type === 'string' ? ' VALUE' : ''}`
    }),
  ].map((line) => (line.endsWith(':') ? look.style.strong(line) : line))
}
