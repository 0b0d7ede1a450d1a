import { resolve } from 'node:path'
import {
  type ApiRecord,
  dryRunReport,
  exportInventory,
  exportInventoryCsv,
  importFile,
  type ImportResult,
  inventoryOf,
  keepImported,
  type OperationRecord,
} from '../../app/index.ts'
import { GatehouseError, nearest } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath, printDiagnostics, shownPath } from '../config-path.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'
import { pickApis } from './objectives.ts'

export const inventoryImportCommand: Command = {
  name: 'inventory import',
  summary:
    'Read a specification: what is sound is imported, what is not is listed with pointer and line.',
  usage: 'FILE [--name NAME] [--dry-run]',
  examples: [
    'gatehouse inventory import account-info.yaml --dry-run',
    'gatehouse inventory import account-info.yaml --name accounts',
  ],
  options: { ...CONFIG_OPTION, 'dry-run': { type: 'boolean' }, name: { type: 'string' } },
  arguments: [1, 1],
  async run(context, args) {
    const path = args.positionals[0] ?? ''
    const result = importFile(resolve(context.cwd, path), path)
    if (args.flag('json')) context.out(JSON.stringify(dryRunReport(result), null, 2))
    else summary(context, path, result)
    if (result.spec === undefined) return EXIT.invalid
    if (args.flag('dry-run')) return EXIT.ok
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    await keepImported(config, args.text('name') ?? nameFrom(result.spec.source.title), result.spec)
    context.say(`Kept in the inventory of ${shownPath(context.cwd, configPath(context, args))}.`)
    return EXIT.ok
  },
}

function nameFrom(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'api'
  )
}

function summary(context: CliContext, path: string, { spec, diagnostics }: ImportResult): void {
  printDiagnostics(context, diagnostics, context.out)
  if (spec === undefined) return
  for (const line of table(operationRows(spec.operations, context), context.columns))
    context.out(line)
  const unsound = spec.operations.filter((one) => one.unsound).length
  context.out(
    `${context.style.good('read')} ${path}: ${spec.source.title} ${spec.source.version} (${spec.source.format}), ${spec.operations.length} operations, ` +
      `${diagnostics.length} problems${unsound === 0 ? '' : `, ${unsound} operations with an unsound part that is refused at run time`}`,
  )
}

export const inventoryListCommand: Command = {
  name: 'inventory list',
  summary: 'The APIs that are known, and where the knowledge is from.',
  usage: '',
  examples: ['gatehouse inventory list', 'gatehouse inventory list --json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const records = await load(context, args)
    if (records === undefined) return EXIT.invalid
    if (args.flag('json')) {
      context.out(
        JSON.stringify(
          records.map(({ spec, ...rest }) => ({
            ...rest,
            source: spec.source,
            basePath: spec.basePath,
            operations: spec.operations.length,
            problems: spec.problems.length,
          })),
          null,
          2,
        ),
      )
      return EXIT.ok
    }
    const rows = records.map((record) => [
      context.style.strong(record.name),
      `${record.spec.operations.length} operations`,
      `${record.spec.problems.length} problems`,
      record.roles.join(', '),
      record.owner ?? context.style.warn('no owner'),
      `${record.spec.source.title} ${record.spec.source.version}`,
    ])
    for (const line of table(rows, context.columns)) context.out(line)
    return EXIT.ok
  },
}

export const inventoryShowCommand: Command = {
  name: 'inventory show',
  summary:
    'One API, operation by operation: security, role, data classes and the evidence for them.',
  usage: '[API] [--operation ID]',
  examples: [
    'gatehouse inventory show accounts',
    'gatehouse inventory show accounts --operation GetAccounts',
  ],
  options: { ...CONFIG_OPTION, operation: { type: 'string' } },
  arguments: [0, 1],
  async run(context, args) {
    const records = await load(context, args)
    if (records === undefined) return EXIT.invalid
    const named = pickApis(
      records.map((record) => ({ ...record, config: { name: record.name } })),
      args.positionals[0],
    )
    const wanted = args.text('operation')
    if (wanted !== undefined && !named.some((record) => matching(record, wanted).length > 0))
      throw unknownOperation(
        wanted,
        named.flatMap((record) => record.spec.operations),
      )
    const shown = named.map(({ config: _, ...record }) => record)
    if (args.flag('json'))
      context.out(
        JSON.stringify(
          wanted === undefined ? shown : shown.flatMap((record) => matching(record, wanted)),
          null,
          2,
        ),
      )
    else
      for (const record of shown) for (const line of one(record, wanted, context)) context.out(line)
    return EXIT.ok
  },
}

export const inventoryExportCommand: Command = {
  name: 'inventory export',
  summary: 'The whole inventory as stable JSON, or CSV for a spreadsheet.',
  usage: '[--format json|csv]',
  examples: [
    'gatehouse inventory export > inventory.json',
    'gatehouse inventory export --format csv',
  ],
  options: { ...CONFIG_OPTION, format: { type: 'string' } },
  arguments: [0, 0],
  async run(context, args) {
    const format = args.text('format') ?? 'json'
    if (format !== 'json' && format !== 'csv')
      throw new GatehouseError('GH_CLI_USAGE', '--format takes json or csv.')
    const records = await load(context, args)
    if (records === undefined) return EXIT.invalid
    context.out(
      (format === 'json' ? exportInventory(records) : exportInventoryCsv(records)).trimEnd(),
    )
    return EXIT.ok
  },
}

async function load(
  context: CliContext,
  args: Parameters<Command['run']>[1],
): Promise<readonly ApiRecord[] | undefined> {
  const config = loadConfig(context, args)
  return config === undefined ? undefined : inventoryOf(config)
}

function unknownOperation(wanted: string, operations: readonly OperationRecord[]): GatehouseError {
  const near = nearest(
    wanted,
    operations.flatMap(({ operationId, method, path }) => [
      ...(operationId === null ? [] : [operationId]),
      `${method} ${path}`,
    ]),
  )
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`
  return new GatehouseError(
    'GH_CLI_USAGE',
    `No operation is called ${JSON.stringify(wanted)}; give an operationId or "GET /path".${hint}`,
  )
}

function matching(record: ApiRecord, id: string): readonly OperationRecord[] {
  return record.spec.operations.filter(
    (one) => one.operationId === id || `${one.method} ${one.path}` === id,
  )
}

function one(record: ApiRecord, wanted: string | undefined, context: CliContext): string[] {
  const { style, columns } = context
  const operations = wanted === undefined ? record.spec.operations : matching(record, wanted)
  const head = [
    `${style.strong(record.name)}  ${record.spec.source.title} ${record.spec.source.version}, base path ${record.spec.basePath || '/'}`,
    `  data: ${record.dataClasses.join(', ')}`,
  ]
  if (wanted !== undefined) {
    return [
      ...head,
      ...operations.flatMap((operation) => [
        `  ${operation.method} ${operation.path}  ${operation.operationId ?? ''}  line ${operation.line}`,
        ...table(
          operation.dataClasses.map((item) => [
            item.dataClass,
            item.confidence,
            item.at,
            item.rule,
          ]),
          columns,
          '    ',
        ),
      ]),
    ]
  }
  const rows = operationRows(operations, context)
  return [...head, ...table(rows, columns, '  '), ...problemLines(record, context), '']
}

function operationRows(operations: readonly OperationRecord[], { style }: CliContext): string[][] {
  return operations.map((operation) => [
    `${operation.method} ${operation.path}`,
    operation.role,
    securityText(operation),
    operation.unsound ? style.warn('unsound part refused') : '',
    [
      ...new Set(
        operation.dataClasses
          .filter((item) => item.confidence !== 'low')
          .map((item) => item.dataClass),
      ),
    ].join(', '),
  ])
}

function securityText({ security }: OperationRecord): string {
  if (security === null) return 'none declared'
  if (security.length === 0) return 'open'
  return security
    .map(
      (way) =>
        Object.entries(way)
          .map(
            ([scheme, scopes]) => `${scheme}${scopes.length === 0 ? '' : ` (${scopes.join(' ')})`}`,
          )
          .join(' + ') || 'open',
    )
    .join(' or ')
}

function problemLines({ spec }: ApiRecord, { style, cwd }: CliContext): string[] {
  return spec.problems.map(
    (item) =>
      `  ${shownPath(cwd, item.place.file)}:${item.place.line}:${item.place.column}: ${style.warn(item.code)} ${item.message}${item.pointer === undefined ? '' : ` (#${item.pointer})`}`,
  )
}
