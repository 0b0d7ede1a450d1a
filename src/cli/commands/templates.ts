import { compareTemplates, templateReports, type TemplateReport } from '../../app/index.ts'
import { GatehouseError, nearest } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { shownPath } from '../config-path.ts'
import { loadConfigIfThere } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table, wrap } from '../table.ts'

export const templatesCommand: Command = {
  name: 'templates',
  summary: 'Policy templates that an API may link to, with their versions; one in full.',
  usage: '[NAME]',
  examples: [
    'gatehouse templates',
    'gatehouse templates ais',
    'gatehouse templates pis@1.0.0 --json',
  ],
  options: CONFIG_OPTION,
  arguments: [0, 1],
  run(context, args) {
    const config = loadConfigIfThere(context, args)
    if (config === 'invalid') return Promise.resolve(EXIT.invalid)
    const all = templateReports(config)
    const [name] = args.positionals
    const found =
      name === undefined
        ? all
        : all.filter((one) => name === one.name || name === `${one.name}@${one.version}`)
    if (name !== undefined && found.length === 0) {
      const near = nearest(
        name,
        all.map((one) => one.name),
      )
      throw new GatehouseError(
        'GH_POLICY_TEMPLATE_UNKNOWN',
        `${JSON.stringify(name)}; there are ${all.map((one) => `${one.name}@${one.version}`).join(', ')}${near === undefined ? '' : `. Did you mean ${near}?`}`,
      )
    }
    if (args.flag('json')) context.out(JSON.stringify(found, null, 2))
    else
      for (const line of name === undefined
        ? list(found, context)
        : found.flatMap((one) => full(one, context)))
        context.out(line)
    return Promise.resolve(EXIT.ok)
  },
}

export const templatesDiffCommand: Command = {
  name: 'templates diff',
  summary: 'What one template, or version of one, has otherwise than another.',
  usage: 'A B',
  examples: [
    'gatehouse templates diff ais@1.0.0 ais@1.1.0',
    'gatehouse templates diff pis cbpii --json',
  ],
  options: CONFIG_OPTION,
  arguments: [2, 2],
  run(context, args) {
    const config = loadConfigIfThere(context, args)
    if (config === 'invalid') return Promise.resolve(EXIT.invalid)
    const [before = '', after = ''] = args.positionals
    const differences = compareTemplates(config, [before, after])
    if (args.flag('json')) context.out(JSON.stringify(differences, null, 2))
    else if (differences.length === 0) context.out('No difference.')
    else
      for (const line of table(
        differences.map(({ what, before: was, after: is, effect }) => [
          what,
          `${was} → ${is}`,
          effect === 'looser' ? context.style.warn('LOOSER') : effect,
        ]),
        context.columns,
      ))
        context.out(line)
    return Promise.resolve(differences.length === 0 ? EXIT.ok : EXIT.changes)
  },
}

/** The configuration that is named or stands here; without one, the product's own templates are all there are. */

function list(found: readonly TemplateReport[], { style, columns }: CliContext): string[] {
  return [
    ...table(
      found.map((one) => [
        style.strong(`${one.name}@${one.version}`),
        one.digest.slice(0, 19),
        one.newer === null ? '' : style.warn(`newer: ${one.newer}`),
        one.usedBy.join(', '),
        one.title,
      ]),
      columns,
    ),
    '',
    `${found.length} templates. "gatehouse templates NAME" shows one in full.`,
  ]
}

function full(one: TemplateReport, { style, columns, cwd }: CliContext): string[] {
  const { document } = one
  const { serves } = document
  return [
    `${style.strong(`${one.name}@${one.version}`)}  ${one.title}`,
    ...table(
      [
        ['Link', `${one.name}@${one.version}#${one.digest}`],
        ['For', one.roles.join(', ')],
        [
          'Serves',
          [
            serves.methods.join(' '),
            ...(serves.only === undefined ? [] : [`only ${serves.only}`]),
            ...(serves.also ?? []).map((act) => `also ${act}`),
            ...(serves.notRoles.length === 0 ? [] : [`no ${serves.notRoles.join(', ')}`]),
          ].join('; '),
        ],
        ['Audit', document.audit],
        [
          'Feed',
          `at most ${document.feedAllowanceMs / 1000} s old${document.degradable ? '; may run degraded' : ''}`,
        ],
        ['Extends', one.extends.map((link) => link.slice(0, link.indexOf('#') + 20)).join(', ')],
        ['From', one.file === null ? 'the product' : shownPath(cwd, one.file)],
        ['Used by', one.usedBy.join(', ')],
      ].filter(([, value]) => value !== ''),
      columns,
      '  ',
    ),
    ...(document.sources ?? []).flatMap(({ title, version, clauses, checked }) =>
      wrap(
        `${checked === 'text' ? 'Read' : 'Unchecked'}: ${title}, ${version}: ${clauses}`,
        columns - 4,
      ).map((line, at) => (at === 0 ? `  ${line}` : `    ${line}`)),
    ),
    '',
    ...Object.entries(document.rules).flatMap(([name, { mode, fraction, params, bounds }]) => [
      `  ${style.strong(name)}  ${mode}${fraction === undefined ? '' : ` ${fraction}%`}`,
      ...wrap(words(params), columns - 6).map((line) => `      ${line}`),
      ...wrap(
        bounds === undefined
          ? ''
          : `levels below: ${words({ ...(bounds.mode === undefined ? {} : { mode: bounds.mode }), ...bounds.params })}`,
        columns - 6,
      ).map((line) => `      ${line}`),
    ]),
    '',
  ]
}

function words(values: Readonly<Record<string, unknown>>): string {
  const shown = (value: unknown): string =>
    Array.isArray(value)
      ? value.join(' ') || 'none'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  return Object.entries(values)
    .map(([key, value]) => `${key} ${shown(value)}`)
    .join('; ')
}
