import { type AuthorizationServerStatus, connectTo, type InstanceStatus } from '../../app/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

export const statusCommand: Command = {
  name: 'status',
  summary:
    'How the running gateway is: ready or why not, its APIs, its authorization server, what was reloaded last.',
  usage: '',
  examples: ['gatehouse status', 'gatehouse status --json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const instance = connectTo(configPath(context, args))
    const status = await instance.status()
    const authorizationServer = await instance.authorizationServer()
    if (args.flag('json')) context.out(JSON.stringify({ ...status, authorizationServer }, null, 2))
    else for (const line of lines(status, authorizationServer, context)) context.out(line)
    return EXIT.ok
  },
}

function lines(
  status: InstanceStatus,
  server: AuthorizationServerStatus | null,
  { style, columns, now }: CliContext,
): string[] {
  const { events, feed, lastReload, observeAll } = status
  const word = status.ready
    ? style.good('ready')
    : style.bad(`not ready: ${status.reasons.join(', ')}`)
  const rows: [string, string][] = [
    ['address', status.address],
    ['monitoring', status.monitoring ?? 'off'],
    ['process', `${status.pid}, version ${status.version}, up ${span(now() - status.startedAt)}`],
    ['plan', status.plan],
    [
      'feed',
      `${age(feed.ageMs)}${feed.mistakes.length === 0 ? '' : `, ${feed.mistakes.length} mistakes in its files`}`,
    ],
    [
      'events',
      `${events.lastSeq} recorded, ${events.waiting} on their way to the disk, ${events.held} held in memory${events.state === 'open' ? '' : `, spool ${events.state}`}${events.trouble === null ? '' : `; last trouble: ${events.trouble}`}`,
    ],
    ...status.issuers.map(({ issuer, keys, loadedAt }): [string, string] => [
      'issuer',
      `${issuer}: ${keys} keys, ${loadedAt === 0 ? 'never loaded' : `read ${span(now() - loadedAt)} ago`}`,
    ]),
    ...serverRows(server, now()),
    [
      'last reload',
      lastReload === null
        ? 'none since the start'
        : `${lastReload.outcome} ${span(now() - lastReload.at)} ago${lastReload.code === null ? '' : `: ${lastReload.code}`}`,
    ],
    [
      'observe-all',
      observeAll === null
        ? 'off'
        : style.warn(
            `ON for ${observeAll.apis.length === 0 ? 'every API' : observeAll.apis.join(', ')} until ${new Date(observeAll.until).toISOString()}: ${observeAll.who}: ${observeAll.reason}`,
          ),
    ],
    ...secretRows(status.secret, style),
  ]
  return [
    `${word}${status.phase === 'serving' ? '' : ` (${status.phase})`}`,
    ...table(rows, columns, '  '),
    ...(lastReload?.outcome === 'refused' ? lastReload.details.map((each) => `    ${each}`) : []),
    ...table(
      status.apis.map((api) => [
        style.strong(api.name),
        api.state === 'active' ? style.good('active') : style.bad('CLOSED'),
        api.observeAll ? style.warn('observe-all') : (api.reason ?? ''),
      ]),
      columns,
      '  ',
    ),
  ]
}

function serverRows(server: AuthorizationServerStatus | null, now: number): [string, string][] {
  if (server === null) return []
  const { issuer, address, keys, nextKeyAt, clients, consents, countedTo } = server
  const count = (number: number): string =>
    number < countedTo ? String(number) : `${countedTo} or more`
  const counted = (of: Readonly<Record<string, number>>): string[] =>
    Object.entries(of).map(([word, number]) => `${count(number)} ${word}`)
  const signing = keys
    .filter(({ signs }) => signs)
    .map(({ algorithm, createdAt }) => `${algorithm} ${span(now - createdAt)} old`)
  const next = nextKeyAt === null ? '' : `; the next is made on ${day(nextKeyAt)}`
  return [
    ['authorization server', `${issuer} at ${address}`],
    ['  keys', `${signing.join(', ')}${next}`],
    [
      '  clients',
      [`${clients.configured} of the configuration`, ...counted(clients.registered)].join(', '),
    ],
    ['  consents', counted(consents).join(', ') || 'none'],
  ]
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

const WAITS = {
  processes: 'a process runs, or ran minutes ago, that has another secret as its own',
  payloads: 'records are being sealed anew',
  browsers: 'browsers may carry something that is sealed under it, for a quarter of an hour',
} as const

/** Of the secret of the authorization server, by marks: which ones may be taken out of the configuration. */
function secretRows(
  secret: InstanceStatus['secret'],
  style: CliContext['style'],
): [string, string][] {
  if (secret === null) return []
  const { pass, waits } = secret
  const done =
    pass === null
      ? ''
      : `; ${pass.done} of ${pass.of} places, ${pass.resealed} records sealed anew${pass.unreadable === 0 ? '' : style.bad(`, ${pass.unreadable} that no secret opens`)}`
  return [
    [
      'secret',
      `${secret.secret}${secret.seals === secret.secret ? '' : style.warn(`, sealing under ${secret.seals} until every process has it`)}${done}`,
    ],
    ...secret.previous.map((each): [string, string] => [
      'previous secret',
      each.needed
        ? style.warn(`${each.secret} is needed${waits === null ? '' : `: ${WAITS[waits]}`}`)
        : style.good(`${each.secret} may be taken out of identity.previousSecrets`),
    ]),
  ]
}

function age(ms: number): string {
  return ms >= Number.MAX_SAFE_INTEGER ? 'never heard of' : `heard of ${span(ms)} ago`
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
