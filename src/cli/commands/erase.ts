import { userInfo } from 'node:os'
import { connectTo, erasePerson, feedRecords } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { configPath } from '../config-path.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'

const MIN_REASON = 5

export const eraseCommand: Command = {
  name: 'erase',
  summary:
    'Destroy the keys of one person: no event can be told to be of that person any more. Cannot be undone.',
  usage: '--person SUBJECT --reason TEXT [--consent ID]... [--by NAME]',
  examples: [
    'gatehouse erase --person customer-4711 --reason "Art. 17 request of 2026-11-20"',
    'gatehouse erase --person customer-4711 --consent c-2024-17 --by dpo --reason "Art. 17 request"',
  ],
  options: {
    ...CONFIG_OPTION,
    person: { type: 'string' },
    consent: { type: 'string', multiple: true },
    reason: { type: 'string' },
    by: { type: 'string' },
  },
  arguments: [0, 0],
  async run(context, args) {
    process.umask(0o077)
    const subject = args.text('person') ?? ''
    const reason = args.text('reason')?.trim() ?? ''
    if (subject === '')
      throw new GatehouseError('GH_CLI_USAGE', 'erase needs --person, the "sub" of the customer.')
    if (reason.length < MIN_REASON)
      throw new GatehouseError('GH_CLI_USAGE', 'erase needs --reason: the proof says why.')
    if (reason.includes(subject))
      throw new GatehouseError(
        'GH_CLI_USAGE',
        'the reason is kept for ever: it must not name the person.',
      )
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const { records } = await feedRecords(config)
    const theirs = records
      .filter(({ kind, record }) => kind === 'consent' && record['subject'] === subject)
      .map(({ key }) => key)
    // Only a running instance knows under which keyed hashes elements stand: without one nobody is erased by halves.
    const names =
      config.sca === null ? [] : await connectTo(configPath(context, args)).sca.names(subject)
    const erased = erasePerson(config.dataDir, {
      subject,
      consents: [...theirs, ...args.texts('consent')],
      names,
      by: args.text('by') ?? userInfo().username,
      reason,
      now: context.now(),
    })
    if (args.flag('json')) context.out(JSON.stringify({ erased: erased ?? null }))
    else if (erased === undefined) context.out('nothing left to destroy')
    else
      context.out(
        `${erased.places.length} keys destroyed${erased.places.length === 0 ? '' : `: ${erased.places.join(', ')}`}  (erasures.jsonl)`,
      )
    if (erased?.names !== undefined)
      context.say('Elements, codes and attempts of this person go from the store within a second.')
    if (theirs.length > 0)
      context.say(
        `${context.style.warn('note')} The feed still holds ${theirs.length} consents of this person: end and remove them where they come from.`,
      )
    return EXIT.ok
  },
}
