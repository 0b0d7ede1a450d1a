import { assembleApart, preload } from '../../app/start/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { configPath, printDiagnostics } from '../config-path.ts'
import { EXIT } from '../exit-codes.ts'

export const upCommand: Command = {
  name: 'up',
  summary:
    'Run the gateway until Ctrl-C; SIGHUP reloads the configuration. An API whose policy does not compile answers 503, alone.',
  usage: '[FILE]',
  examples: ['gatehouse up', 'gatehouse up bank/gatehouse.yaml', 'gatehouse up --json'],
  options: CONFIG_OPTION,
  arguments: [0, 1],
  async run(context, args) {
    // Whatever a running instance makes is its owner's alone, also what libraries make: lock files, journals, the socket.
    process.umask(0o077)
    const path = configPath(context, args, args.positionals[0])
    const assembling = assembleApart(path, context.env)
    const preloaded = preload()
    const assembled = await assembling
    if (!assembled.ok) {
      printDiagnostics(context, assembled.diagnostics)
      return EXIT.invalid
    }
    const { policy } = assembled.running
    const { say, draw } = context
    const instance = await preloaded.start(assembled.running, {
      say,
      interactive: draw !== undefined,
      assemble: () => assembleApart(path, context.env, RELOAD_LIMITS),
    })
    const deaf = context.onHangUp(() => void instance.reload())
    if (args.flag('json'))
      context.out(
        JSON.stringify({
          ready: true,
          address: instance.origin,
          addresses: instance.origins,
          monitoring: instance.monitoring,
          plan: policy.plan.digest,
          remarks: instance.remarks,
        }),
      )
    else {
      context.out(
        `${context.style.good('ready')} ${instance.origin}  plan ${policy.plan.digest.slice(0, 19)}`,
      )
      for (const origin of instance.origins.slice(1)) context.out(`  also at ${origin}`)
      for (const api of policy.plan.apis)
        context.out(
          `  ${api.name}  ${instance.origin}${api.basePath || '/'}  ${api.state === 'active' ? `${api.operations.length} operations, template ${api.template.name}@${api.template.version}` : 'CLOSED'}`,
        )
    }
    await untilAborted(context)
    deaf()
    await instance.stop()
    return EXIT.ok
  },
}

/** A reload runs beside requests: what takes longer, or more memory than any configuration needs, is given up. */
const RELOAD_LIMITS = { timeoutMs: 120_000, maxOldGenerationMb: 1_024 }

function untilAborted({ signal }: CliContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    // Timers of the running instance do not hold the process; this one does.
    const hold = setInterval(() => undefined, 1 << 30)
    signal.addEventListener('abort', () => {
      clearInterval(hold)
      resolve()
    })
  })
}
