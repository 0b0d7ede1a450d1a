import { resolve } from 'node:path'
import { type ChangeKind, diffFiles, type SpecChange } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import type { CliContext, Command } from '../command.ts'
import { printDiagnostics } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

const KINDS = ['additive', 'breaking', 'security'] as const satisfies readonly ChangeKind[]

export const inventoryDiffCommand: Command = {
  name: 'inventory diff',
  summary:
    'Two versions of one API: what was added, what breaks a client, what matters to its security.',
  usage: 'OLD NEW [--fail-on KIND[,KIND]]',
  examples: [
    'gatehouse inventory diff accounts-v3.yaml accounts-v4.yaml',
    'gatehouse inventory diff old.json new.yaml --fail-on breaking,security --json',
  ],
  options: { 'fail-on': { type: 'string' } },
  arguments: [2, 2],
  async run(context, args) {
    const failOn = kindsOf(args.text('fail-on'))
    const [old = '', fresh = ''] = args.positionals
    const result = diffFiles([resolve(context.cwd, old), resolve(context.cwd, fresh)], [old, fresh])
    if (!result.ok) {
      printDiagnostics(context, result.diagnostics)
      return EXIT.invalid
    }
    const { changes, more } = result.difference
    if (args.flag('json')) context.out(JSON.stringify({ changes, more }, null, 2))
    else print(context, changes, more)
    if (changes.some(({ kinds }) => kinds.some((kind) => failOn.includes(kind))))
      return EXIT.findings
    return changes.length === 0 ? EXIT.ok : EXIT.changes
  },
}

function kindsOf(text: string | undefined): readonly ChangeKind[] {
  if (text === undefined) return []
  const named = text.split(',').map((one) => one.trim())
  const known = KINDS.filter((kind) => named.includes(kind))
  if (known.length !== new Set(named).size)
    throw new GatehouseError(
      'GH_CLI_USAGE',
      `--fail-on takes ${KINDS.join(', ')}, or several with commas.`,
    )
  return known
}

function print(context: CliContext, changes: readonly SpecChange[], more: number): void {
  const { style } = context
  let operation: string | null | undefined
  for (const change of changes) {
    if (change.operation !== operation) {
      operation = change.operation
      context.out(style.strong(operation ?? 'the API'))
    }
    const kinds = change.kinds.join(' ')
    const loud = change.kinds.includes('security') || change.kinds.includes('breaking')
    const place = change.after ?? change.before
    const where = place === null ? '' : `  ${place.file}:${place.line}:${place.column}`
    const what = [change.code, change.at, change.detail].filter((part) => part !== '').join('  ')
    context.out(`  ${loud ? style.warn(kinds) : style.good(kinds)}  ${what}${where}`)
  }
  const count = (kind: ChangeKind): number =>
    changes.filter(({ kinds }) => kinds.includes(kind)).length
  const rest = more === 0 ? '' : `, ${more} more are not listed`
  context.out(
    changes.length === 0
      ? 'No difference.'
      : `${changes.length} changes: ${KINDS.map((kind) => `${count(kind)} ${kind}`).join(', ')}${rest}.`,
  )
}
