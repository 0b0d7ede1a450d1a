import {
  type Control,
  findControls,
  lookUpControl,
  ownControls,
  regime,
  type UnknownName,
} from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfigIfThere } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { severityText } from '../severity.ts'
import { table, wrap } from '../table.ts'

export const controlsCommand: Command = {
  name: 'controls',
  summary: "What can be required of an API: the catalogue of controls, and the bank's own.",
  usage: '[ID] [--regime REGIME] [--owasp API3:2019]',
  examples: [
    'gatehouse controls',
    'gatehouse controls object-authz',
    'gatehouse controls --regime eu-rts-sca',
    'gatehouse controls --owasp API3:2019 --json',
  ],
  options: { ...CONFIG_OPTION, regime: { type: 'string' }, owasp: { type: 'string' } },
  arguments: [0, 1],
  run(context, args) {
    const config = loadConfigIfThere(context, args)
    if (config === 'invalid') return Promise.resolve(EXIT.invalid)
    const own = ownControls(config)
    const [id] = args.positionals
    const query = { regime: args.text('regime'), owasp: args.text('owasp') }
    if (id !== undefined) {
      const found = lookUpControl(id, own)
      if (!found.ok) throw unknown(found.error)
      if (args.flag('json')) context.out(JSON.stringify(found.value, null, 2))
      else for (const line of one(found.value, context)) context.out(line)
      return Promise.resolve(EXIT.ok)
    }
    const found = findControls(
      {
        ...(query.regime === undefined ? {} : { regime: query.regime }),
        ...(query.owasp === undefined ? {} : { owasp: query.owasp }),
      },
      own,
    )
    if (!found.ok) throw unknown(found.error)
    if (args.flag('json')) context.out(JSON.stringify(found.value, null, 2))
    else for (const line of list(found.value, context)) context.out(line)
    return Promise.resolve(EXIT.ok)
  },
}

function unknown(error: UnknownName): GatehouseError {
  const near = error.nearest === undefined ? '' : ` Did you mean "${error.nearest}"?`
  const allowed = error.allowed.length > 40 ? 'see "gatehouse controls"' : error.allowed.join(', ')
  return new GatehouseError(
    'GH_CLI_USAGE',
    `There is no ${error.kind} "${error.name}".${near} Known: ${allowed}.`,
  )
}

function list(found: readonly Control[], { style, columns }: CliContext): string[] {
  return [
    ...table(
      found.map((control) => [
        style.strong(control.id),
        control.category,
        severityText(control.severityIfMissing, style),
        control.file === undefined ? control.title : `${control.title} (own, ${control.file})`,
      ]),
      columns,
    ),
    '',
    `${found.length} controls. "gatehouse controls ID" tells all about one.`,
  ]
}

function one(control: Control, { style, columns }: CliContext): string[] {
  const { references } = control
  const clauses = references.regulations.map((entry) => [
    regime(entry.regime)?.name ?? entry.regime,
    entry.clause,
    entry.checked === 'text'
      ? 'checked against the text'
      : `UNCHECKED: known from ${entry.checked}`,
  ])
  return [
    `${style.strong(control.id)}  ${control.title}`,
    ...wrap(control.intent, columns),
    '',
    ...table(
      [
        ['Own control of', control.file ?? ''],
        ['Category', control.category],
        [
          'If missing',
          `${severityText(control.severityIfMissing, style)}; counters ${control.counters.join(', ')}`,
        ],
        ['Policy field', control.enforce.policyField],
        ['Expectation', control.enforce.expectation],
        [
          'Evidence',
          `${control.evidence.kinds.join(', ')}; fresh for ${control.evidence.freshnessDays} days`,
        ],
        ['Seen in traffic', control.observe],
        ['Test from outside', control.testFromOutside],
        ['OWASP API', [...references.owaspApi2019, ...references.owaspApi2023].join(', ')],
        ['NIST 800-53 r5', references.nist80053r5.join(', ')],
        ['ASVS 5 (ids)', references.asvs5.map((entry) => entry.id).join(', ')],
      ].filter((row) => row[1] !== ''),
      columns,
      '  ',
    ),
    '',
    'Required when',
    ...control.requiredWhen.map((when) => `  ${conditions(when)}: ${when.because}`),
    ...(clauses.length === 0
      ? []
      : [
          '',
          'Clauses it supports (a gateway control supports a clause, it seldom satisfies it alone)',
          ...table(clauses, columns, '  '),
        ]),
  ]
}

function conditions(when: Control['requiredWhen'][number]): string {
  const parts = Object.entries(when)
    .filter(([name]) => name !== 'because')
    .map(
      ([name, value]) =>
        `${name} ${Array.isArray(value) ? value.join(' | ') : JSON.stringify(value)}`,
    )
  return parts.length === 0 ? 'always' : parts.join(' and ')
}
