import { GatehouseError, nearest } from '../../lib/index.ts'
import type { Command } from '../command.ts'
import { completionScript, SHELLS } from '../completion.ts'
import { EXIT } from '../exit-codes.ts'

export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print a script that completes commands and options in bash, zsh or fish.',
  usage: 'bash|zsh|fish',
  examples: [
    'gatehouse completion bash > ~/.local/share/bash-completion/completions/gatehouse',
    'gatehouse completion zsh > ~/.zfunc/_gatehouse',
    'gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish',
  ],
  options: {},
  arguments: [1, 1],
  async run(context, args) {
    const [asked = ''] = args.positionals
    const shell = SHELLS.find((name) => name === asked)
    if (shell === undefined) {
      const near = nearest(asked, SHELLS)
      throw new GatehouseError(
        'GH_CLI_USAGE',
        `There is no completion for "${asked}".${near === undefined ? '' : ` Did you mean ${near}?`} Known: ${SHELLS.join(', ')}.`,
      )
    }
    // At run time: the list holds this command too.
    const { COMMANDS } = await import('./registry.ts')
    const script = completionScript(shell, COMMANDS)
    context.out(args.flag('json') ? JSON.stringify({ shell, script }, null, 2) : script.trimEnd())
    return EXIT.ok
  },
}
