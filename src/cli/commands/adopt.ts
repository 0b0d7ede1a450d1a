import { randomUUID } from 'node:crypto'
import { type Adoption, proposeAdoption, replaceFile } from '../../app/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { printDiagnostics, shownPath } from '../config-path.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table, wrap } from '../table.ts'

/** Codes named in one line; --json has them all. */
const SHOWN_CODES = 8

export const adoptCommand: Command = {
  name: 'adopt',
  summary:
    'The template that meets the objectives of an API, as a change to review; --write makes it.',
  usage: 'API|SPECIFICATION [--write]',
  examples: [
    'gatehouse adopt accounts',
    'gatehouse adopt specs/payments.yaml',
    'gatehouse adopt accounts --write',
    'gatehouse adopt accounts --json',
  ],
  options: { ...CONFIG_OPTION, write: { type: 'boolean' } },
  arguments: [1, 1],
  run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return Promise.resolve(EXIT.invalid)
    const { adoption, mistakes } = proposeAdoption(config, args.positionals[0] ?? '', {
      cwd: context.cwd,
      variables: context.env,
    })
    const pending = adoption.diff !== ''
    const written = pending && mistakes.length === 0 && args.flag('write')
    if (written) replaceFile(config.file, adoption.text.before, adoption.text.after, randomUUID())
    const { text: _, ...shown } = adoption
    if (args.flag('json'))
      context.out(JSON.stringify({ ...shown, pending, written, mistakes }, null, 2))
    else for (const line of lines(adoption, context)) context.out(line)
    if (mistakes.length > 0) {
      printDiagnostics(context, mistakes)
      context.say('With this change the configuration would not be in order, so it is not written.')
      return Promise.resolve(EXIT.invalid)
    }
    if (pending && adoption.before === null)
      context.say(
        `${context.style.warn('note')} "upstream" of ${adoption.api} is a placeholder: set the address of the bank's own API.`,
      )
    if (written)
      context.say(
        `Wrote ${shownPath(context.cwd, config.file)}. See: gatehouse plan ${adoption.api}`,
      )
    return Promise.resolve(pending && !written ? EXIT.changes : EXIT.ok)
  },
}

function lines(adoption: Adoption, { style, columns }: CliContext): string[] {
  const { api, before, template, title, meets, remaining, denied, served, diff } = adoption
  const untold = adoption.permissions.filter(({ codes }) => codes.length === 0)
  const named = (words: readonly string[]): string[] =>
    wrap(words.join(', ') || 'none', columns - 4).map((line) => `    ${line}`)
  const now = remaining.filter((one) => !one.later && !one.elsewhere)
  const elsewhere = remaining.filter((one) => one.elsewhere).map(({ control }) => control)
  const later = remaining.filter((one) => one.later).map(({ control }) => control)
  return [
    `${style.strong(api)}  ${before === null ? 'new' : before} → ${style.good(template)}  ${title}`,
    `  Enforces (${meets.length} of ${meets.length + remaining.length} required controls)`,
    ...named(meets),
    ...(now.length === 0
      ? []
      : [
          `  Remain (${now.length})`,
          ...table(
            now.map(({ control, why }) => [control, why]),
            columns,
            '    ',
          ),
        ]),
    ...(later.length === 0
      ? []
      : [`  Remain, and no rule of this version enforces them (${later.length})`, ...named(later)]),
    ...(elsewhere.length === 0
      ? []
      : [
          `  Remain, and are not for a gateway to enforce (${elsewhere.length})`,
          ...named(elsewhere),
        ]),
    `  Served: ${served} operations. Denied: ${denied.length}`,
    ...table(
      denied.map(({ operation, why }) => [operation, why]),
      columns,
      '    ',
    ),
    ...(untold.length === 0
      ? []
      : [
          `  Add to ${api} what a consent must hold for each of these (any one of the codes); the specification does not tell:`,
          '    permissions:',
          ...untold.map(
            ({ operation, candidates }) =>
              `      ${JSON.stringify(operation)}: [CODE]${candidates.length === 0 ? '' : `   # it names ${candidates.slice(0, SHOWN_CODES).join(', ')}${candidates.length > SHOWN_CODES ? ', …' : ''}`}`,
          ),
        ]),
    '',
    ...(diff === '' ? ['Adopted already: nothing to change.'] : diff.trimEnd().split('\n')),
  ]
}
