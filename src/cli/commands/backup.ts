import { makeBackup, readSecret, restoreBackup } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, type CommandArguments, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { startProgress } from '../progress.ts'
import { resolve } from 'node:path'

export const backupCommand: Command = {
  name: 'backup',
  summary:
    'Copy the whole installation into a new folder, while it runs. Keys go apart, or nowhere.',
  usage: 'FOLDER [--keys FILE [--passphrase FILE]]',
  examples: [
    'gatehouse backup backups/2026-11-28',
    'gatehouse backup backups/2026-11-28 --keys /media/safe/2026-11-28.keys --passphrase word.txt',
  ],
  options: { ...CONFIG_OPTION, keys: { type: 'string' }, passphrase: { type: 'string' } },
  arguments: [1, 1],
  async run(context, args) {
    process.umask(0o077)
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const to = resolve(context.cwd, args.positionals[0] ?? '')
    const keys = args.text('keys')
    const progress = startProgress(context, 'files')
    const manifest = await makeBackup(config, {
      to,
      keysFile: keys === undefined ? undefined : resolve(context.cwd, keys),
      passphrase: passphraseOf(context, args),
      now: context.now(),
      progress: (done, total) => progress.at(done, total),
    }).finally(() => progress.end())
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
    const { files, store, spool } = manifest
    if (args.flag('json'))
      context.out(
        JSON.stringify({
          backup: to,
          at: new Date(manifest.at).toISOString(),
          files: files.length,
          bytes,
          store,
          lastEvent: spool?.lastSeq ?? null,
          keys: keys === undefined ? null : resolve(context.cwd, keys),
        }),
      )
    else
      context.out(
        `${to}  ${files.length} files, ${bytes} bytes, ${spool?.lastSeq ?? 0} events, store: ${store ?? 'none'}`,
      )
    if (keys === undefined && manifest.keys.length > 0)
      context.say(
        `${context.style.warn('note')} The keys (${manifest.keys.map(({ name }) => name).join(', ')}) are not in it: nobody in it can be found again without them. --keys FILE writes them apart.`,
      )
    return EXIT.ok
  },
}

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Make an installation of a backup, in a folder that does not exist yet.',
  usage: 'BACKUP --to FOLDER (--keys FILE | --new-keys) [--erasures FILE]',
  examples: [
    'gatehouse restore backups/2026-11-28 --to .gatehouse --keys /media/safe/2026-11-28.keys',
    'gatehouse restore backups/2026-11-28 --to .gatehouse --new-keys',
  ],
  options: {
    ...CONFIG_OPTION,
    to: { type: 'string' },
    keys: { type: 'string' },
    passphrase: { type: 'string' },
    'new-keys': { type: 'boolean' },
    erasures: { type: 'string' },
  },
  arguments: [1, 1],
  async run(context, args) {
    process.umask(0o077)
    const to = args.text('to')
    if (to === undefined)
      throw new GatehouseError('GH_CLI_USAGE', 'restore needs --to FOLDER, the new data directory.')
    const keys = args.text('keys')
    if (keys !== undefined && args.flag('new-keys'))
      throw new GatehouseError('GH_CLI_USAGE', '--keys and --new-keys exclude each other.')
    const erasures = args.text('erasures')
    // Only a backup of a PostgreSQL store needs a configuration: it says where the database is.
    const config = args.text('config') === undefined ? undefined : loadConfig(context, args)
    if (args.text('config') !== undefined && config === undefined) return EXIT.invalid
    const progress = startProgress(context, 'files')
    const manifest = await restoreBackup({
      from: resolve(context.cwd, args.positionals[0] ?? ''),
      to: resolve(context.cwd, to),
      keys:
        keys !== undefined
          ? { file: resolve(context.cwd, keys), passphrase: passphraseOf(context, args) }
          : args.flag('new-keys')
            ? 'new'
            : undefined,
      erasures: erasures === undefined ? undefined : resolve(context.cwd, erasures),
      store: config?.store ?? null,
      now: context.now(),
      progress: (done, total) => progress.at(done, total),
    }).finally(() => progress.end())
    const at = new Date(manifest.at).toISOString()
    if (args.flag('json'))
      context.out(
        JSON.stringify({
          dataDir: resolve(context.cwd, to),
          at,
          files: manifest.files.length,
          store: manifest.store,
          lastEvent: manifest.spool?.lastSeq ?? null,
        }),
      )
    else
      context.out(
        `${resolve(context.cwd, to)}  as of ${at}, ${manifest.spool?.lastSeq ?? 0} events, store: ${manifest.store ?? 'none'}`,
      )
    return EXIT.ok
  },
}

/** A passphrase on the command line would be read by whoever lists processes, so it comes in a file. */
function passphraseOf(context: CliContext, args: CommandArguments): string | undefined {
  const file = args.text('passphrase')
  if (file === undefined) return undefined
  return readSecret({ file: resolve(context.cwd, file) })
}
