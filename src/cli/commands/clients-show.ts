/** One third party in a running instance: what it may do, what became of it, and what it did last. */
import { type ClientView, connectTo } from '../../app/index.ts'
import type { JsonObject } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

export const showCommand: Command = {
  name: 'clients show',
  summary: 'What a third party may do, what became of it, and what it did last.',
  usage: 'ID',
  examples: ['gatehouse clients show budget-buddy', 'gatehouse clients show budget-buddy --json'],
  options: CONFIG_OPTION,
  arguments: [1, 1],
  async run(context, args) {
    const view = await connectTo(configPath(context, args)).client(args.positionals[0] ?? '')
    if (args.flag('json')) context.out(JSON.stringify(view, null, 2))
    else for (const line of clientLines(view, context)) context.out(line)
    return EXIT.ok
  },
}

/** For people; the newest first. */
export function clientLines(
  view: ClientView,
  { style, columns }: Pick<CliContext, 'style' | 'columns'>,
): string[] {
  const { id, name, status, origin, details, history } = view
  const word = status === 'active' ? style.good(status) : style.bad(status)
  const chapter = (title: string, rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : ['', style.strong(title), ...table(rows, columns, '  ')]
  // A decision has an event when it is made and, where the bank was asked, one with the answer: the last says it all.
  const decisions = [...new Map(view.lastEvents.map((event) => [event.id, event])).values()]
  return [
    `${style.strong(id)}  ${word}  ${name}  ${style.faint(origin)}`,
    ...chapter(
      'What it may do',
      Object.entries(details).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : (listed(value) ?? JSON.stringify(value)),
      ]),
    ),
    ...chapter(
      'What became of it',
      history.flatMap(({ at, what, by, reason, record }) => [
        [time(at), what, `by ${by}`, reason ?? ''],
        ...recordRows(record),
      ]),
    ),
    ...chapter(
      'What it did last',
      decisions
        .toReversed()
        .map(({ at, operation, outcome, code, id: decision }) => [
          time(at),
          outcome,
          operation,
          code ?? '',
          style.faint(decision),
        ]),
    ),
    ...(decisions.some(({ code }) => code !== null)
      ? ['', 'Why one was refused: gatehouse explain DECISION-ID, the last column.']
      : []),
  ]
}

/** Of a suspension, what the law asks to be kept (PSD2 Art. 68). */
function recordRows(record: JsonObject | null): string[][] {
  const told = record?.['customerNotice']
  if (record === null || typeof told !== 'string') return []
  const said = (name: string): string => {
    const value = record[name]
    return typeof value === 'string' ? value : 'not known'
  }
  return [
    ['', '', 'customers', told],
    ['', '', 'authority', `${said('authority')}: the draft for it (${said('law')}) is in --json`],
  ]
}

function listed(value: JsonObject[string]): string | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? value.join(', ')
    : undefined
}

function time(at: number): string {
  return new Date(at).toISOString()
}
