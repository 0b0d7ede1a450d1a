/** Clients, consents and revocations: the same three verbs over the files of the feed. */
import { resolve } from 'node:path'
import { endNow, feedRecords, type GatehouseConfig, keepRecord } from '../../app/index.ts'
import { type Diagnostic, GatehouseError, nearest, type Result } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { printDiagnostics, shownPath } from '../config-path.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { CONSENT_FILTERS, ownConsents } from '../own-consents.ts'
import { registeredClients } from '../registered-clients.ts'
import { table } from '../table.ts'

type Kind = 'client' | 'consent'

function listCommand(kind: Kind): Command {
  return {
    name: `${kind}s list`,
    summary: `The ${kind}s that count now, and the files with mistakes that do not.`,
    usage:
      kind === 'client'
        ? ''
        : '[--client ID] [--status STATUS] [--kind KIND] [--limit N] [--after ID]',
    examples: [
      `gatehouse ${kind}s list`,
      `gatehouse ${kind}s list --json`,
      ...(kind === 'client' ? [] : ['gatehouse consents list --client budget-buddy --limit 500']),
    ],
    options: kind === 'client' ? CONFIG_OPTION : { ...CONFIG_OPTION, ...CONSENT_FILTERS },
    arguments: [0, 0],
    async run(context, args) {
      const config = loadConfig(context, args)
      if (config === undefined) return EXIT.invalid
      const { records, diagnostics } = await feedRecords(config)
      const revoked = new Set(
        records.filter((one) => one.kind === 'revocation').map((one) => one.key),
      )
      const shown = records
        .filter((one) => one.kind === kind && (kind === 'client' || isAskedFor(one.record, args)))
        .map(({ key, file, record }) => ({
          ...record,
          id: key,
          revoked: revoked.has(`${kind}:${key}`),
          file: shownPath(context.cwd, file),
        }))
      printDiagnostics(context, diagnostics)
      const others = kind === 'client' ? registeredClients : ownConsents
      const all = [...shown, ...(await others(context, args, config, revoked))]
      if (args.flag('json')) context.out(JSON.stringify(all, null, 2))
      else
        for (const line of table(
          all.map((record) => row(kind, record, context)),
          context.columns,
        ))
          context.out(line)
      return EXIT.ok
    },
  }
}

/** Files come before everything else, and say of no kind. */
function isAskedFor(record: Readonly<Record<string, unknown>>, args: CommandArguments): boolean {
  if (args.text('kind') !== undefined || args.text('after') !== undefined) return false
  return ['client', 'status'].every((name) => {
    const wanted = args.text(name)
    return wanted === undefined || record[name] === wanted
  })
}

function row(
  kind: Kind,
  record: Readonly<Record<string, unknown>>,
  { style, now }: CliContext,
): string[] {
  const text = (name: string): string => (typeof record[name] === 'string' ? record[name] : '')
  const list = (name: string): string =>
    Array.isArray(record[name]) ? record[name].join(', ') : ''
  const status = record['revoked'] === true ? style.bad('revoked') : text('status')
  if (kind === 'client')
    return [
      style.strong(text('id')),
      status,
      text('name'),
      text('organizationIdentifier'),
      record['file'] === null ? 'registered' : 'file',
      text('reason'),
    ]
  const { expiresAt: ends, accountCount: count } = record
  const validity =
    typeof ends !== 'number'
      ? 'no end'
      : ends <= now()
        ? style.bad(`ended ${day(ends)}`)
        : `until ${day(ends)}`
  return [
    style.strong(text('id')),
    status,
    text('client'),
    validity,
    `${typeof count === 'number' ? count : list('accounts').split(', ').length} accounts`,
    list('permissions'),
  ]
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

function putCommand(kind: Kind): Command {
  return {
    name: `${kind}s put`,
    summary: `Keep the ${kind} of a JSON file (schemas/${kind}.schema.json); the gateway sees it within a second.`,
    usage: 'FILE',
    examples: [`gatehouse ${kind}s put new-${kind}.json`],
    options: CONFIG_OPTION,
    arguments: [1, 1],
    async run(context, args) {
      const config = loadConfig(context, args)
      if (config === undefined) return EXIT.invalid
      const file = args.positionals[0] ?? ''
      const kept = await keepRecord(config, kind, resolve(context.cwd, file))
      return done(context, args.flag('json'), kept, file)
    },
  }
}

/** What has a record of its own, and what is known only from tokens and handshakes. */
type Revocable = Kind | 'token' | 'grant' | 'certificate'
const ID_WORDS: Readonly<Record<Revocable, string>> = {
  client: 'ID',
  consent: 'ID',
  token: 'JTI',
  grant: 'ID',
  certificate: 'THUMBPRINT',
}

function revokeCommand(kind: Revocable): Command {
  const name = ID_WORDS[kind]
  return {
    name: `${kind}s revoke`,
    summary: `End a ${kind} at once, whatever its own record says.`,
    usage: `${name} --reason TEXT`,
    examples: [`gatehouse ${kind}s revoke ${name} --reason "customer asked"`],
    options: { ...CONFIG_OPTION, reason: { type: 'string' } },
    arguments: [1, 1],
    async run(context, args) {
      const reason = args.text('reason')
      if (reason === undefined || reason.trim() === '')
        throw new GatehouseError('GH_CLI_USAGE', '--reason is needed: somebody will ask why.')
      const config = loadConfig(context, args)
      if (config === undefined) return EXIT.invalid
      const id = args.positionals[0] ?? ''
      const ended = await endNow(config, kind, id, reason, context.now())
      if (ended.ok && (kind === 'client' || kind === 'consent'))
        await warnIfUnknown(context, config, kind, id)
      return done(context, args.flag('json'), ended)
    },
  }
}

/** A slip of the finger must not look like a revocation that worked. It is kept all the same: the record may come later. */
async function warnIfUnknown(
  context: CliContext,
  config: GatehouseConfig,
  kind: Kind,
  id: string,
): Promise<void> {
  const { records } = await feedRecords(config)
  const known = records.filter((one) => one.kind === kind).map((one) => one.key)
  if (known.includes(id)) return
  const near = nearest(id, known)
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  context.say(`${context.style.warn('note')} no ${kind} of the feed has this id.${hint}`)
}

/** `source` replaces the stand-in name that mistakes in an unwritten record carry. */
function done(
  context: CliContext,
  json: boolean,
  result: Result<string, readonly Diagnostic[]>,
  source?: string,
): ExitCode {
  if (!result.ok) {
    printDiagnostics(
      context,
      result.error.map((item) =>
        source === undefined ? item : { ...item, place: { ...item.place, file: source } },
      ),
    )
    return EXIT.invalid
  }
  const file = shownPath(context.cwd, result.value)
  context.out(json ? JSON.stringify({ file }) : `${context.style.good('wrote')} ${file}`)
  return EXIT.ok
}

export const feedCommands: readonly Command[] = [
  listCommand('client'),
  putCommand('client'),
  revokeCommand('client'),
  listCommand('consent'),
  putCommand('consent'),
  revokeCommand('consent'),
  revokeCommand('token'),
  revokeCommand('grant'),
  revokeCommand('certificate'),
]
