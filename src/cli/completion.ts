/**
 * Completion scripts for three shells, made from the list of commands: a command or an option that is added is completed without a
 * further thought. Nothing is asked of Gatehouse while somebody types.
 */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Command } from './command.ts'
import { COMMON_OPTIONS } from './command.ts'
import { OPTION_CHOICES, OPTION_WORDS } from './help.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script as text, to be sourced. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands.map(readCommand))
}

interface Completed {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** A file or a folder is among its arguments. */
  readonly takesFiles: boolean
}
interface CompletedOption {
  readonly name: string
  readonly short: string | undefined
  readonly words: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

function readCommand(command: Command): Completed {
  const all: ParseArgsOptionsConfig = { ...command.options, ...COMMON_OPTIONS }
  return {
    name: command.name,
    summary: command.summary,
    takesFiles: /FILE|DIR|FOLDER|OLD|NEW/.test(command.usage),
    options: Object.entries(all).map(([name, option]) => ({
      name,
      short: option.short,
      words: OPTION_WORDS.get(name) ?? '',
      takesValue: option.type === 'string',
      choices: OPTION_CHOICES.get(name) ?? [],
    })),
  }
}

/** First words, and for each group its second words. */
function groups(commands: readonly Completed[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ')
    const known = found.get(first) ?? []
    if (second !== undefined) known.push(second)
    found.set(first, known)
  }
  return found
}

function bash(commands: readonly Completed[]): string {
  const words = groups(commands)
  const flags = commands.map(
    ({ name, options }) =>
      `    ${quoted(name)}) words=${quoted(options.map((option) => `--${option.name}`).join(' '))} ;;`,
  )
  const choices = [...OPTION_CHOICES].map(
    ([name, values]) => `    --${name}) words=${quoted(values.join(' '))} ;;`,
  )
  return `# bash completion of gatehouse: source <(gatehouse completion bash)
_gatehouse() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]} command=
  COMPREPLY=()
  case "$previous" in
${choices.join('\n')}
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted([...words.keys(), 'help', '--help', '--version'].join(' '))} -- "$current"))
    return
  fi
  if ((COMP_CWORD == 2)); then
    case "$first" in
${[...words]
  .filter(([, second]) => second.length > 0)
  .map(([first, second]) => `      ${first}) words=${quoted(second.join(' '))} ;;`)
  .join('\n')}
      help) words=${quoted([...words.keys()].join(' '))} ;;
    esac
  fi
  if [[ -n $words && $current != -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  command=$first
  case "$first $second" in
${commands
  .filter(({ name }) => name.includes(' '))
  .map(({ name }) => `    ${quoted(name)}) command=${quoted(name)} ;;`)
  .join('\n')}
  esac
  words=
  case "$command" in
${flags.join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _gatehouse gatehouse
`
}

function zsh(commands: readonly Completed[]): string {
  const words = groups(commands)
  const described = (list: readonly Completed[], word: (name: string) => string): string =>
    list.map(({ name, summary }) => quoted(`${word(name)}:${colonless(summary)}`)).join(' ')
  const alone = commands.filter(({ name }) => !name.includes(' '))
  const grouped = [...words].filter(([, second]) => second.length > 0)
  const option = ({ name, short, words: text, takesValue, choices }: CompletedOption): string[] => {
    const value = !takesValue
      ? ''
      : `:${name}:${choices.length > 0 ? `(${choices.join(' ')})` : '_files'}`
    const said = `[${text.replaceAll(/[[\]:]/g, ' ')}]${value}`
    return [`--${name}${said}`, ...(short === undefined ? [] : [`-${short}${said}`])].map(quoted)
  }
  return `#compdef gatehouse
# zsh completion of gatehouse: source <(gatehouse completion zsh)
_gatehouse() {
  local -a first second
  first=(${described(alone, (name) => name)} ${grouped
    .filter(([name]) => !alone.some((command) => command.name === name))
    .map(([name, second]) => quoted(`${name}:${second.join(', ')}`))
    .join(' ')})
  if ((CURRENT == 2)); then
    _describe -t commands 'command' first
    return
  fi
  case "$words[2]" in
${grouped
  .map(
    ([name]) => `    ${name})
      if ((CURRENT == 3)); then
        second=(${described(
          commands.filter((command) => command.name.startsWith(`${name} `)),
          (full) => full.split(' ')[1] ?? '',
        )})
        _describe -t commands 'command' second && return
      fi ;;`,
  )
  .join('\n')}
  esac
  local command=$words[2]
  case "$words[2] $words[3]" in
${commands
  .filter(({ name }) => name.includes(' '))
  .map(({ name }) => `    ${quoted(name)}) command=${quoted(name)} ;;`)
  .join('\n')}
  esac
  case "$command" in
${commands
  .map(
    ({ name, options }) =>
      `    ${quoted(name)}) _arguments ${options.flatMap(option).join(' ')} '*:file:_files' ;;`,
  )
  .join('\n')}
  esac
}
compdef _gatehouse gatehouse
`
}

function fish(commands: readonly Completed[]): string {
  const words = groups(commands)
  const lines = [
    '# fish completion of gatehouse: gatehouse completion fish | source',
    'complete -c gatehouse -f',
  ]
  const alone = new Map(commands.map((command) => [command.name, command]))
  for (const [first, second] of words) {
    const said = alone.get(first)?.summary ?? second.join(', ')
    lines.push(
      `complete -c gatehouse -n __fish_use_subcommand -a ${quoted(first)} -d ${quoted(said)}`,
    )
    for (const word of second)
      lines.push(
        `complete -c gatehouse -n ${quoted(`__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${second.join(' ')}`)} -a ${quoted(word)} -d ${quoted(alone.get(`${first} ${word}`)?.summary ?? '')}`,
      )
  }
  for (const { name, options, takesFiles } of commands) {
    const seen = name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ')
    for (const option of options) {
      const value = !option.takesValue
        ? ''
        : option.choices.length > 0
          ? ` -x -a ${quoted(option.choices.join(' '))}`
          : ' -r -F'
      const short = option.short === undefined ? '' : ` -s ${option.short}`
      lines.push(
        `complete -c gatehouse -n ${quoted(seen)} -l ${option.name}${short}${value} -d ${quoted(option.words)}`,
      )
    }
    if (takesFiles) lines.push(`complete -c gatehouse -n ${quoted(seen)} -F`)
  }
  return `${lines.join('\n')}\n`
}

/** One word of a shell, whatever it holds: all three read it so. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`
}
function colonless(text: string): string {
  return text.replaceAll(':', ' -')
}
