import {
  askEvents,
  dataDirOf,
  type EventAnswer,
  type EventQuestion,
  toOcsf,
  version,
} from '../../app/index.ts'
import { GROUPINGS, MAX_PAGE } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { startProgress } from '../progress.ts'
import { table } from '../table.ts'
import { eventLine } from './events.ts'

const SHOWN_OPERATIONS = 3
const FILTERS = ['client', 'api', 'operation', 'code', 'rule', 'outcome', 'subject', 'consent']
const TEXTS = [...FILTERS, 'since', 'until', 'after', 'by']

export const eventsQueryCommand: Command = {
  name: 'events query',
  summary: 'What happened: events by client, customer, consent, rule and time, or counts of them.',
  usage:
    '[--client C] [--api A] [--operation O] [--subject S|--consent C] [--outcome O] [--code GH_…] [--rule R] [--since T] [--until T] [--limit N] [--after POSITION] [--count|--by client|api|operation|code|outcome|hour] [--ocsf]',
  examples: [
    'gatehouse events query --client tpp-a --since 2h',
    'gatehouse events query --outcome denied --since 7d --by client',
    'gatehouse events query --consent urn-bank-123 --since 2026-10-01 --until 2026-11-01',
    'gatehouse events query --code GH_GATEWAY_TOKEN_EXPIRED --count',
  ],
  options: {
    ...CONFIG_OPTION,
    ...Object.fromEntries(TEXTS.map((name) => [name, { type: 'string' as const }])),
    limit: { type: 'string' },
    count: { type: 'boolean' },
    ocsf: { type: 'boolean' },
  },
  arguments: [0, 0],
  async run(context, args) {
    const question = questionOf(args)
    const answer = await asked(context, dataDirOf(configPath(context, args)), question)
    if (answer === undefined) return EXIT.interrupted
    if (args.flag('ocsf') && answer.kind === 'page')
      for (const { event } of answer.events) {
        const said = toOcsf(event, version)
        if (said !== undefined) context.out(JSON.stringify(said))
      }
    else if (args.flag('json')) context.out(JSON.stringify(answer))
    else for (const line of linesOf(answer, context)) context.out(line)
    remark(answer, context)
    return EXIT.ok
  },
}

/** Waits, bounded, for an index that is being made; `undefined`: interrupted meanwhile. */
async function asked(
  context: CliContext,
  dataDir: string,
  question: EventQuestion,
): Promise<Awaited<ReturnType<typeof askEvents>> | undefined> {
  const progress = startProgress(context, 'making the event index')
  let said = false
  try {
    return await askEvents({ dataDir }, question, context.now(), {
      signal: context.signal,
      waiting(done, total) {
        if (!said && context.draw === undefined)
          context.say('The event index is being made from the spool; waiting for it.')
        said = true
        progress.at(done, total)
      },
    })
  } catch (error) {
    if (!context.signal.aborted) throw error
    return undefined
  } finally {
    progress.end()
  }
}

/** @throws GH_CLI_USAGE */
function questionOf(args: CommandArguments): EventQuestion {
  const given = TEXTS.flatMap((name) => {
    const text = args.text(name)
    if (text === '') throw new GatehouseError('GH_CLI_USAGE', `--${name} needs a value.`)
    return text === undefined ? [] : [[name, text] as const]
  })
  const by = args.text('by')
  if (by !== undefined && !GROUPINGS.some((one) => one === by))
    throw new GatehouseError('GH_CLI_USAGE', `--by takes ${GROUPINGS.join(', ')}.`)
  const counts = args.flag('count') || by !== undefined
  if (args.flag('count') && by !== undefined)
    throw new GatehouseError('GH_CLI_USAGE', 'Either --count or --by.')
  if (counts && (args.flag('ocsf') || args.text('after') !== undefined))
    throw new GatehouseError('GH_CLI_USAGE', '--ocsf and --after are for events, not for counts.')
  const limit = args.text('limit')
  return {
    ...Object.fromEntries(given),
    ...(limit === undefined ? {} : { limit: limitOf(limit) }),
    ...(args.flag('count') ? { count: true } : {}),
  }
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw new GatehouseError('GH_CLI_USAGE', `--limit takes a whole number from 1 to ${MAX_PAGE}.`)
  return limit
}

function linesOf(answer: EventAnswer, context: CliContext): string[] {
  switch (answer.kind) {
    case 'page':
      return answer.events.map((stored) => eventLine(stored, context, true))
    case 'count':
      return [String(answer.count)]
    case 'groups':
      return groupLines(answer, context)
    default:
      return answer satisfies never
  }
}

function groupLines(
  answer: Extract<EventAnswer, { readonly kind: 'groups' }>,
  { style, columns }: CliContext,
): string[] {
  const head = [answer.by, 'events', 'denied', 'failed', 'first seen', 'last seen', 'operations']
  const rows = answer.groups.map((group) => [
    group.key ?? '-',
    String(group.count),
    `${group.denied} (${Math.round(group.deniedRatio * 100)} %)`,
    String(group.failed),
    group.firstSeen.slice(0, 19),
    group.lastSeen.slice(0, 19),
    [
      ...group.operations
        .slice(0, SHOWN_OPERATIONS)
        .map(({ operation, count }) => `${operation ?? '-'} ${count}`),
      ...(group.distinctOperations > SHOWN_OPERATIONS
        ? [`and ${group.distinctOperations - SHOWN_OPERATIONS} more`]
        : []),
    ].join(', '),
  ])
  return table([head.map((name) => style.strong(name)), ...rows], columns)
}

/** What the reader must know of the answer: more behind it, events that are gone, an index that is behind. */
function remark(answer: EventAnswer, { say }: CliContext): void {
  if (answer.kind === 'page') {
    if (answer.next !== null) say(`There are more: go on with --after ${answer.next}`)
    if (answer.unreadable > 0)
      say(`${answer.unreadable} more were there and are no longer in the spool.`)
  }
  const behind = answer.index.spoolSeq - answer.index.indexedSeq
  if (behind > 0) say(`The index is ${behind} events behind the spool.`)
}
