import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInvocation } from './arguments.ts'
import { COMMANDS } from './commands/index.ts'
import { EXIT } from './exit-codes.ts'
import { commandHelp, OPTION_WORDS, overview } from './help.ts'
import { plainStyle } from './style.ts'

const look = { style: plainStyle, columns: 100 }

test('`overview` fits the terminal and lists every command and exit code once', () => {
  const lines = overview(COMMANDS, look)
  for (const line of lines) assert.ok(line.length <= 100, line)
  // A command may begin with the name of another: `templates`, `templates diff`.
  for (const { name, summary } of COMMANDS) {
    const others = COMMANDS.filter((other) => other.name.startsWith(`${name} `))
    const found = lines.filter(
      (line) =>
        line.startsWith(`  ${name} `) &&
        !others.some((other) => line.startsWith(`  ${other.name} `)),
    )
    assert.equal(found.length, 1, `${name}: ${summary}`)
  }
  for (const code of Object.values(EXIT))
    assert.equal(lines.filter((line) => line.startsWith(`  ${code} `)).length, 1, String(code))
})

test('names of commands are unique, and exit codes too', () => {
  const names = COMMANDS.map((command) => command.name)
  assert.equal(new Set(names).size, names.length)
  assert.equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length)
})

for (const command of COMMANDS) {
  test(`help of "${command.name}" names each option, and its examples can be typed`, () => {
    const lines = commandHelp(command, look)
    for (const name of [...Object.keys(command.options), 'help', 'json'])
      assert.ok(
        lines.some((line) => line.includes(`--${name}`)),
        name,
      )
    for (const name of Object.keys(command.options)) assert.ok(OPTION_WORDS.has(name), name)
    assert.match(command.summary, /\.$/)
    assert.ok(command.examples.length > 0)
    for (const example of command.examples) {
      const [first, ...words] = (example.split(/ [&|>]/)[0] ?? '').split(' ')
      assert.equal(first, 'gatehouse', example)
      const quoted = words.join(' ').match(/"[^"]*"|'[^']*'|\S+/g) ?? []
      assert.equal(parseInvocation(COMMANDS, quoted).command.name, command.name, example)
    }
  })
}
