import {
  type AssembledApi,
  diffObjectives,
  type Objective,
  type ObjectiveChange,
  type ObjectiveEntry,
  objectiveLog,
  whyControl,
} from '../../app/index.ts'
import { GatehouseError, nearest } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

const LEVELS = ['none', 'low', 'moderate', 'high']

export const objectivesCommand: Command = {
  name: 'objectives',
  summary: 'What each API must meet, with the rule, clause and reason of every number and control.',
  usage: '[API] [--why CONTROL] [--history]',
  examples: [
    'gatehouse objectives',
    'gatehouse objectives accounts',
    'gatehouse objectives accounts --why object-authz',
  ],
  options: { ...CONFIG_OPTION, why: { type: 'string' }, history: { type: 'boolean' } },
  arguments: [0, 1],
  run(context, args) {
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return Promise.resolve(EXIT.invalid)
    const found = pickApis(assembly.apis, args.positionals[0])
    const why = args.text('why')
    const log = objectiveLog(assembly.config.dataDir)
    if (args.flag('history')) {
      const entries = found.flatMap((api) => log.history(api.config.name))
      if (args.flag('json')) context.out(JSON.stringify(entries, null, 2))
      else for (const line of historyLines(entries, context)) context.out(line)
      return Promise.resolve(EXIT.ok)
    }
    if (args.flag('json')) {
      const shown = found.map(({ objective }) =>
        why === undefined ? objective : { api: objective.api, ...whyControl(objective, why) },
      )
      context.out(JSON.stringify(shown, null, 2))
    } else {
      for (const api of found) {
        const lines =
          why === undefined
            ? [
                ...one(api, context),
                ...sinceLines(api.objective, log.history(api.config.name), context),
                '',
              ]
            : whyLines(api.objective, why, context)
        for (const line of lines) context.out(line)
      }
    }
    return Promise.resolve(
      found.some(({ objective }) => objective.conflicts.length > 0) ? EXIT.findings : EXIT.ok,
    )
  },
}

/** The named API, or all. @throws GH_CLI_USAGE */
export function pickApis<T extends { readonly config: { readonly name: string } }>(
  apis: readonly T[],
  name: string | undefined,
): readonly T[] {
  if (name === undefined) return apis
  const found = apis.filter((api) => api.config.name === name)
  if (found.length > 0) return found
  const names = apis.map((api) => api.config.name)
  const near = nearest(name, names)
  throw new GatehouseError(
    'GH_CLI_USAGE',
    `There is no API "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} The configuration has ${names.join(', ')}.`,
  )
}

function one({ objective, undeclared }: AssembledApi, { style, columns }: CliContext): string[] {
  const { levels, profile } = objective
  const approval =
    objective.approval === null
      ? style.warn('not approved')
      : `approved by ${objective.approval.by} on ${objective.approval.on}`
  return [
    `${style.strong(objective.api)}  tier ${style.strong(objective.tier)}, assurance ${LEVELS[objective.assurance]}  (version ${objective.version.slice(0, 19)}, ${approval})`,
    ...table(
      [
        ['Confidentiality', LEVELS[levels.C] ?? ''],
        ['Integrity', LEVELS[levels.I] ?? ''],
        ['Availability', LEVELS[levels.A] ?? ''],
        ['Authenticity', LEVELS[levels.Au] ?? ''],
        [
          'From',
          `roles ${profile.roles.join(', ')}; data ${profile.dataClasses.join(', ')}; ${profile.exposure}; ${profile.jurisdictions.join(', ')}; harm ${profile.seriousHarmWithin}`,
        ],
        [
          'Regimes',
          objective.regimes
            .map((regime) => `${regime.id}${regime.basis === 'law' ? '' : ' (as reference)'}`)
            .join(', '),
        ],
        ['Service', numbers(objective.service)],
        ['Protection', numbers(objective.protection)],
        [
          'Required',
          `${objective.required.length} controls: ${objective.required.map((item) => item.control).join(', ')}`,
        ],
        ...(undeclared.length === 0
          ? []
          : [['Undeclared', `the specification also shows ${undeclared.join(', ')}`]]),
      ],
      columns,
      '  ',
    ),
    ...objective.conflicts.map((conflict) => `  ${style.bad(conflict.code)} ${conflict.text}`),
    '  Because',
    ...table(
      objective.because.map((reason) => [reason.rule, reason.text]),
      columns,
      '    ',
    ),
  ]
}

function historyLines(entries: readonly ObjectiveEntry[], { columns }: CliContext): string[] {
  if (entries.length === 0) return ['Nothing ran yet, so no objective was ever in force.']
  return table(
    entries.map(({ at, objective }) => [
      new Date(at).toISOString(),
      objective.api,
      objective.version.slice(0, 19),
      `tier ${objective.tier}, ${objective.required.length} controls`,
      objective.approval === null
        ? 'not approved'
        : `approved by ${objective.approval.by} on ${objective.approval.on}`,
    ]),
    columns,
  )
}

/** What became different since the version that ran last; an approval does not pass from one version to the next. */
function sinceLines(
  objective: Objective,
  history: readonly ObjectiveEntry[],
  { style, columns }: CliContext,
): string[] {
  const last = history.at(-1)
  if (last === undefined) return ['  Never in force yet.']
  const since = `In force since ${new Date(last.at).toISOString()}`
  if (last.objective.version === objective.version) return [`  ${since}.`]
  const changes = diffObjectives(last.objective, objective)
  const { approval } = last.objective
  const stale =
    approval !== null &&
    approval.by === objective.approval?.by &&
    approval.on === objective.approval.on
  return [
    `  ${since}: version ${last.objective.version.slice(0, 19)}. This one differs in ${changes.length} places.`,
    ...table(changes.map(changeRow), columns, '    '),
    ...(stale
      ? [style.warn('  The approval is the one of the earlier version: have this one approved.')]
      : []),
  ]
}

function changeRow({ path, before, after }: ObjectiveChange): string[] {
  const text = (value: unknown): string =>
    value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
  return [path, `${text(before)} → ${text(after)}`]
}

function numbers(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) =>
      typeof value === 'number' || typeof value === 'string' ? [`${name} ${value}`] : [],
    )
    .join(', ')
}

function whyLines(objective: Objective, id: string, { style, columns }: CliContext): string[] {
  const why = whyControl(objective, id)
  switch (why.kind) {
    case 'unknown':
      throw new GatehouseError(
        'GH_CLI_USAGE',
        `There is no control "${id}".${why.nearest === undefined ? '' : ` Did you mean "${why.nearest}"?`}`,
      )
    case 'not-required':
      return [
        `${style.strong(objective.api)}: ${id} is not required.`,
        ...why.entries.map(
          (entry) =>
            `  "${entry.because}" does not hold: ${entry.failed.map((one) => `${one.condition} is ${one.has}, not ${one.needs}`).join('; ')}`,
        ),
      ]
    case 'required':
      return [
        `${style.strong(objective.api)}: ${style.strong(id)} is required: ${why.required.because}.`,
        `  ${why.control.title}. ${why.control.intent}`,
        ...(why.rules.length === 0 ? [] : ['  The rules it rests on']),
        ...table(
          why.rules.map((reason) => [reason.rule, reason.text]),
          columns,
          '    ',
        ),
        ...(why.required.clauses.length === 0 ? [] : ['  The clauses it supports']),
        ...table(
          why.required.clauses.map((clause) => [
            clause.regime,
            clause.clause,
            clause.checked === 'text' ? 'checked' : `UNCHECKED (${clause.checked})`,
          ]),
          columns,
          '    ',
        ),
        '',
      ]
    default:
      return why satisfies never
  }
}
