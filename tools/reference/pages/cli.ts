import {
  COMMANDS,
  COMMON_OPTIONS,
  EXIT,
  EXIT_WORDS,
  OPTION_CHOICES,
  OPTION_WORDS,
} from '../../../src/cli/index.ts'
import { code, markdownTable, page, type Page } from '../page.ts'

export const cli: Page = {
  file: 'cli.md',
  render: () =>
    page(
      'Command line',
      'Data go to stdout, messages and progress to stderr. Every command knows `--help` and `--json`; the shape of each JSON output is in `schemas/cli/`. Colour and progress are for terminals only and end with `NO_COLOR` or `TERM=dumb`. `gatehouse completion` prints scripts for bash, zsh and fish.',
      '## Exit codes',
      markdownTable(
        ['code', 'name', 'when'],
        Object.entries(EXIT).map(([name, number]) => [
          String(number),
          name,
          EXIT_WORDS[name as keyof typeof EXIT], // sound: the keys of EXIT are its own
        ]),
      ),
      '## Commands',
      ...COMMANDS.flatMap((command) => [
        `### gatehouse ${command.name}`,
        command.summary,
        [
          '```sh',
          `gatehouse ${[command.name, command.usage].filter((part) => part !== '').join(' ')}`,
          '```',
        ].join('\n'),
        ...options(command.options),
        ['Examples:', '', '```sh', ...command.examples, '```'].join('\n'),
      ]),
    ),
}

function options(own: (typeof COMMANDS)[number]['options']): string[] {
  const rows = Object.entries(own)
    .filter(([name]) => !(name in COMMON_OPTIONS))
    .map(([name, { short, type }]) => {
      const choices = OPTION_CHOICES.get(name)
      return [
        [
          code(`--${name}${type === 'string' ? ' VALUE' : ''}`),
          ...(short === undefined ? [] : [code(`-${short}`)]),
        ].join(', '),
        [OPTION_WORDS.get(name) ?? '', choices === undefined ? '' : `(${choices.join(', ')})`]
          .join(' ')
          .trim(),
      ]
    })
  return rows.length === 0 ? [] : [markdownTable(['option', 'meaning'], rows)]
}
