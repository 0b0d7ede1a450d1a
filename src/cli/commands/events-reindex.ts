import { reindexEvents } from '../../app/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { startProgress } from '../progress.ts'

export const eventsReindexCommand: Command = {
  name: 'events reindex',
  summary: 'Make the event index again from the spool. A running instance does so by itself.',
  usage: '',
  examples: ['gatehouse events reindex', 'gatehouse events reindex --config bank/gatehouse.yaml'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const progress = startProgress(context, 'indexing events')
    const startedAt = context.now()
    const report = await reindexEvents(config, context.signal, progress.at).finally(progress.end)
    const seconds = Math.max(0.001, (context.now() - startedAt) / 1000)
    if (args.flag('json')) context.out(JSON.stringify(report))
    else if (report.complete)
      context.out(
        `${report.events.toLocaleString('en')} events indexed in ${seconds.toFixed(1)} s.`,
      )
    if (report.complete) return EXIT.ok
    context.say('Interrupted. What is done is kept: the next call or start goes on from there.')
    return EXIT.interrupted
  },
}
