import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatehouseError } from '../lib/index.ts'
import { findCommand, parseInvocation } from './arguments.ts'
import { COMMANDS } from './commands/index.ts'

test('`findCommand` takes two words before one, word by word', () => {
  assert.equal(findCommand(COMMANDS, ['inventory', 'list'])?.name, 'inventory list')
  assert.equal(findCommand(COMMANDS, ['check', 'list'])?.name, 'check')
  for (const argv of [['inventory list'], ['inventory'], [], [''], ['check '], ['', 'check']])
    assert.equal(findCommand(COMMANDS, argv), undefined, JSON.stringify(argv))
})

test('`parseInvocation` gives options and arguments in any order, the last value counting', () => {
  const { command, args } = parseInvocation(COMMANDS, [
    'events',
    'tail',
    '--no-follow',
    '-n',
    '5',
    '--lines=7',
    '--json',
    '-c',
    'a b.yaml',
  ])
  assert.equal(command.name, 'events tail')
  assert.equal(args.text('lines'), '7')
  assert.deepEqual(args.texts('lines'), ['5', '7'].slice(-args.texts('lines').length))
  assert.equal(args.text('config'), 'a b.yaml')
  assert.equal(args.flag('no-follow'), true)
  assert.equal(args.flag('json'), true)
  assert.equal(args.text('api'), undefined)
  assert.equal(args.flag('__proto__'), false)
})

test('every option of every command is taken as it stands in its help', () => {
  let seen = 0
  for (const command of COMMANDS) {
    for (const [name, { type }] of Object.entries(command.options)) {
      seen++
      const argv = [...command.name.split(' '), `--${name}`, ...(type === 'string' ? ['x'] : [])]
      while (argv.length < command.name.split(' ').length + 3) argv.push('--help')
      const { args } = parseInvocation(COMMANDS, argv)
      if (type === 'string') assert.equal(args.text(name), 'x', `${command.name} --${name}`)
      else assert.equal(args.flag(name), true, `${command.name} --${name}`)
    }
  }
  assert.ok(seen > 15, `${seen} options: the check is blind`)
})

test('what comes behind -- is an argument, also when it looks like an option', () => {
  const { args } = parseInvocation(COMMANDS, ['check', '--', '--config'])
  assert.deepEqual(args.positionals, ['--config'])
})

test('an identifier may begin with a dash: as an argument, as a value, and in its place', () => {
  const suspend = ['clients', 'suspend', '-Wq_7-x', '--reason', '-iv', '--notice=-x', '--as', 'Ada']
  const { args } = parseInvocation(COMMANDS, suspend)
  assert.deepEqual(args.positionals, ['-Wq_7-x'])
  assert.equal(args.text('reason'), '-iv')
  assert.equal(args.text('notice'), '-x')
  const two = parseInvocation(COMMANDS, ['check', '-b1', 'a', '--help', '--', '-d2', '--json'])
  assert.deepEqual(two.args.positionals, ['-b1', 'a', '-d2', '--json'])
  // A letter that means an option means it still.
  const short = parseInvocation(COMMANDS, ['clients', 'show', '-cgatehouse.yaml', '--', '-cd1'])
  assert.equal(short.args.text('config'), 'gatehouse.yaml')
  assert.deepEqual(short.args.positionals, ['-cd1'])
})

const refused = [
  ['check', '--no-config'],
  ['check', '--config'],
  ['check', '--config', '--json'],
  ['check', '--json=yes'],
  ['check', '-x'],
  ['check', '--__proto__'],
  ['check', '--constructor=1'],
  ['check', '--='],
  ['check', 'a', 'b'],
  ['explain'],
  ['__proto__'],
  ['constructor'],
  ['inventory', '__proto__'],
]
for (const argv of refused) {
  test(`\`parseInvocation\` refuses "${argv.join(' ')}" with GH_CLI_USAGE`, () =>
    assert.throws(() => parseInvocation(COMMANDS, argv), { code: 'GH_CLI_USAGE' }))
}

test('`parseInvocation` throws nothing but GH_CLI_USAGE, for any words', () => {
  const known = COMMANDS.flatMap((command) => command.name.split(' '))
  const options = COMMANDS.flatMap((command) => Object.keys(command.options))
  const word = fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom(...options.map((name) => `--${name}`)),
    fc.constantFrom(
      '--',
      '-',
      '--=',
      '-c',
      '--json',
      '--no-json',
      '-h',
      '',
      '---',
      '-é',
      '__proto__',
    ),
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `--${text}`),
  )
  const names = COMMANDS.map((command) => command.name.split(' '))
  const start = fc.oneof(fc.constantFrom(...names), fc.constant<string[]>([]))
  let parsed = 0
  fc.assert(
    fc.property(start, fc.array(word, { maxLength: 4 }), (first, rest) => {
      const argv = [...first, ...rest]
      try {
        const { command, args } = parseInvocation(COMMANDS, argv)
        parsed++
        assert.ok(command.name.split(' ').every((part, at) => part === argv[at]))
        for (const name of ['config', 'api', 'json', 'x']) {
          args.text(name)
          args.texts(name)
          args.flag(name)
        }
      } catch (error) {
        assert.ok(error instanceof GatehouseError, String(error))
        assert.equal(error.code, 'GH_CLI_USAGE')
      }
    }),
    { numRuns: 2_000 },
  )
  assert.ok(parsed > 100, `${parsed} parsed: the check is blind`)
})

test('`parseInvocation` answers at once to a word of a hundred thousand letters', () => {
  const started = performance.now()
  for (const argv of [['x'.repeat(100_000)], ['check', `--${'x'.repeat(100_000)}`]])
    assert.throws(() => parseInvocation(COMMANDS, argv), { code: 'GH_CLI_USAGE' })
  assert.ok(performance.now() - started < 2_000)
})

test('an option whose value may be left out has its usual one then, and takes the word behind it otherwise', () => {
  const replay = (...words: string[]): string | undefined =>
    parseInvocation(COMMANDS, ['plan', ...words]).args.text('replay')
  assert.equal(replay(), undefined)
  assert.equal(replay('--replay'), '24h')
  assert.equal(replay('--replay', '--json'), '24h')
  assert.equal(replay('--replay', '7d'), '7d')
  assert.equal(replay('--replay=all'), 'all')
})
