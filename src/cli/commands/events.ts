import { setTimeout as delay } from 'node:timers/promises'
import { connectTo, type StoredEvent, toOcsf, version } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

const POLL_MS = 400
const PAGE = 500

export const eventsTailCommand: Command = {
  name: 'events tail',
  summary: 'What happens now: one line per decision, oldest first, until Ctrl-C.',
  usage: '[--api API] [--client CLIENT] [--outcome OUTCOME] [--lines N] [--no-follow] [--ocsf]',
  examples: [
    'gatehouse events tail',
    'gatehouse events tail --outcome denied',
    'gatehouse events tail --lines 50 --no-follow --json',
    'gatehouse events tail --ocsf',
  ],
  options: {
    ...CONFIG_OPTION,
    api: { type: 'string' },
    client: { type: 'string' },
    outcome: { type: 'string' },
    lines: { type: 'string', short: 'n' },
    'no-follow': { type: 'boolean' },
    ocsf: { type: 'boolean' },
  },
  arguments: [0, 0],
  async run(context, args) {
    const instance = connectTo(configPath(context, args))
    const filter = {
      api: args.text('api'),
      client: args.text('client'),
      outcome: args.text('outcome'),
    }
    const show = (found: readonly StoredEvent[]): void => {
      for (const stored of found) {
        const { event } = stored
        if (args.flag('ocsf')) {
          const said = toOcsf(event, version)
          if (said !== undefined) context.out(JSON.stringify(said))
        } else context.out(args.flag('json') ? JSON.stringify(stored) : eventLine(stored, context))
      }
    }
    const limit = lineCount(args.text('lines') ?? '20')
    const lastSeqNow = async (): Promise<number> => (await instance.status()).events.lastSeq
    let shownTo = await lastSeqNow()
    show((await instance.events({ ...filter, limit })).filter((one) => one.seq <= shownTo))
    if (args.flag('no-follow')) return EXIT.ok
    while (!context.signal.aborted) {
      await delay(POLL_MS, undefined, { signal: context.signal }).catch(() => undefined)
      if (context.signal.aborted) break
      const upTo = await lastSeqNow()
      while (shownTo < upTo) {
        const page = await instance.events({ ...filter, after: shownTo, limit: PAGE })
        show(page.filter((one) => one.seq <= upTo))
        // A full page may have more behind it.
        shownTo = page.length < PAGE ? upTo : Math.min(upTo, page.at(-1)?.seq ?? upTo)
      }
    }
    return EXIT.ok
  },
}

function lineCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw new GatehouseError('GH_CLI_USAGE', '--lines takes a whole number from 1 to 1000.')
  return count
}

/** One event on one line; the day too where more than today is shown. */
export function eventLine(
  { event }: StoredEvent,
  { style }: Pick<CliContext, 'style'>,
  withDay = false,
): string {
  const time = new Date(event.at).toISOString().slice(withDay ? 0 : 11, 23)
  switch (event.kind) {
    case 'access': {
      const outcome = {
        allowed: style.good('allowed'),
        trimmed: style.good('trimmed'),
        denied: style.bad('DENIED '),
        failed: style.warn('failed '),
      }[event.outcome]
      const what = `${event.method} ${event.route ?? '(no such operation)'}`
      const why =
        event.code ??
        (event.response === null
          ? ''
          : trimmed(event.response.removedFields, event.response.removedRows))
      return `${time}  ${outcome} ${event.status === 0 ? '---' : event.status}  ${(event.client ?? '-').padEnd(16)} ${what}  ${why}  ${style.faint(event.id)}`
    }
    case 'refused':
      return `${time}  ${style.bad('REFUSED')} ---  ${event.peer.padEnd(16)} ${event.code} (${event.cause})  ${style.faint(event.id)}`
    case 'notice':
      return `${time}  ${style.strong('notice ')}      ${event.what}: ${event.detail}`
    case 'control':
      return `${time}  ${style.strong('control')}      ${event.who}: ${event.action} ${event.outcome}${event.code === null ? '' : ` ${event.code}`}${event.reason === null ? '' : ` (${event.reason})`}`
    case 'identity': {
      const { client, action, error, before, after, outcome } = event
      const word = outcome === 'done' ? style.good('done   ') : style.bad('REFUSED')
      const change = after === null || after === before ? '' : `${before ?? 'new'} → ${after}`
      return `${time}  ${word} ---  ${(client ?? '-').padEnd(16)} ${action}  ${error ?? change}  ${style.faint(event.id)}`
    }
    case 'sca': {
      const word = event.code === null ? style.strong('sca    ') : style.bad('REFUSED')
      return `${time}  ${word} ---  ${event.act.padEnd(16)} ${event.what} ${event.exemption ?? event.outcome}  ${event.code ?? ''}  ${style.faint(event.decision)}`
    }
    default:
      return event satisfies never
  }
}

function trimmed(fields: number, rows: number): string {
  return fields + rows === 0 ? '' : `${fields} fields, ${rows} rows held back`
}
