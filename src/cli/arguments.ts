/** Finds the command that was meant and parses its options; every mistake names the nearest word that exists. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { GatehouseError, nearest } from '../lib/index.ts'
import { type Command, type CommandArguments, COMMON_OPTIONS } from './command.ts'

export interface Invocation {
  readonly command: Command
  readonly args: CommandArguments
}

/** The command whose words the arguments begin with; two words win over one. */
export function findCommand(
  commands: readonly Command[],
  argv: readonly string[],
): Command | undefined {
  const byName = new Map(commands.map((command) => [command.name, command]))
  const [first = '', second = ''] = argv
  // A name is compared word by word: "inventory list" as one argument is another word, not two.
  return [`${first} ${second}`, first]
    .filter((name) => name.split(' ').every((word, at) => word === argv[at]))
    .flatMap((name) => byName.get(name) ?? [])[0]
}

/** @throws GH_CLI_USAGE */
export function parseInvocation(commands: readonly Command[], argv: readonly string[]): Invocation {
  const command = findCommand(commands, argv)
  if (command === undefined) throw unknownCommand(commands, argv)
  const rest = argv.slice(command.name.split(' ').length)
  const options: ParseArgsOptionsConfig = { ...COMMON_OPTIONS, ...command.options }
  const { values, positionals } = parse(command, rest, options)
  const [min, max] = command.arguments
  const helpAsked = values['help'] === true
  if (!helpAsked && (positionals.length < min || positionals.length > max)) {
    throw usage(`"${command.name}" takes ${command.usage === '' ? 'no argument' : command.usage}`)
  }
  return {
    command,
    args: {
      positionals,
      text: (name) => last(values[name]),
      texts: (name) => list(values[name]),
      flag: (name) => values[name] === true,
    },
  }
}

type Value = string | boolean | (string | boolean)[] | undefined
function list(value: Value): readonly string[] {
  return (Array.isArray(value) ? value : [value])
    .filter((item) => typeof item === 'string')
    .map(unmarked)
}
function last(value: Value): string | undefined {
  return list(value).at(-1)
}

function parse(command: Command, rest: readonly string[], options: ParseArgsOptionsConfig) {
  const known = Object.keys(options)
  for (const word of rest) {
    if (word === '--') break
    const name = /^--([^=]+)/.exec(word)?.[1]
    if (name !== undefined && !known.includes(name)) throw unknownOption(command, name, known)
  }
  try {
    const { values, positionals } = parseArgs({
      args: markIdentifiers(withValues(command, rest), options),
      options,
      allowPositionals: true,
      strict: true,
    })
    return { values, positionals: positionals.map(unmarked) }
  } catch (error) {
    throw usage(
      error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error),
    )
  }
}

/** `--replay` alone, or before another option, is `--replay 24h`. */
function withValues({ optionalValues = {} }: Command, rest: readonly string[]): string[] {
  const end = rest.indexOf('--')
  return rest.flatMap((word, at) => {
    const otherwise = word.startsWith('--') ? optionalValues[word.slice(2)] : undefined
    if (otherwise === undefined || (end !== -1 && at > end)) return [word]
    const next = rest[at + 1]
    return next === undefined || next.startsWith('-') ? [`${word}=${otherwise}`] : [word]
  })
}

/** Before an identifier while options are told from arguments: no word of a command line holds it. */
const MARK = '\0'
const unmarked = (word: string): string => (word.startsWith(MARK) ? word.slice(MARK.length) : word)

/**
 * Identifiers that others made may begin with `-`: a word that no option of a single letter claims is one, and an argument or the value of
 * the option before it. One that such an option claims stands behind `--`, or `=`.
 */
function markIdentifiers(words: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const letters = new Set(Object.values(options).flatMap(({ short }) => short ?? []))
  const end = words.indexOf('--')
  return words.map((word, at) => {
    const isOption = !/^-[^-]./.test(word) || letters.has(word[1] ?? '')
    return isOption || (end !== -1 && at > end) ? word : MARK + word
  })
}

function unknownOption(command: Command, name: string, known: readonly string[]): GatehouseError {
  const near = nearest(name, known)
  return usage(
    `"${command.name}" has no option --${name}.${near === undefined ? '' : ` Did you mean --${near}?`} It knows ${known.map((option) => `--${option}`).join(', ')}`,
  )
}

function unknownCommand(commands: readonly Command[], argv: readonly string[]): GatehouseError {
  const words = argv.filter((word) => !word.startsWith('-')).slice(0, 2)
  const group = commands.filter((command) => command.name.startsWith(`${words[0]} `))
  const candidates = (group.length > 0 ? group : commands).map((command) => command.name)
  const near = nearest(words.join(' '), candidates) ?? nearest(words[0] ?? '', candidates)
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  if (group.length > 0)
    return usage(
      `"${words[0]}" needs one of: ${candidates.join(', ')}${hint === '' ? '' : `.${hint}`}`,
    )
  return usage(`There is no command "${words[0] ?? ''}".${hint} "gatehouse help" lists them`)
}

function usage(message: string): GatehouseError {
  return new GatehouseError('GH_CLI_USAGE', /[.?]$/.test(message) ? message : `${message}.`)
}
