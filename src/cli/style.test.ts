import assert from 'node:assert/strict'
import { test } from 'node:test'
import { severityText } from './severity.ts'
import { colourStyle, plainStyle, styleFor } from './style.ts'

const cases = [
  { name: 'a terminal', stream: { isTTY: true }, env: {}, colour: true },
  { name: 'no terminal', stream: {}, env: {}, colour: false },
  { name: 'NO_COLOR', stream: { isTTY: true }, env: { NO_COLOR: '1' }, colour: false },
  { name: 'NO_COLOR=0', stream: { isTTY: true }, env: { NO_COLOR: '0' }, colour: false },
  { name: 'an empty NO_COLOR', stream: { isTTY: true }, env: { NO_COLOR: '' }, colour: true },
  { name: 'a dumb terminal', stream: { isTTY: true }, env: { TERM: 'dumb' }, colour: false },
]
for (const { name, stream, env, colour } of cases) {
  test(`\`styleFor\` ${colour ? 'colours' : 'stays plain'} with ${name}`, () =>
    assert.equal(styleFor(stream, env), colour ? colourStyle : plainStyle))
}

test('`plainStyle` changes nothing, `colourStyle` adds nothing that is seen', () => {
  const escape = String.fromCharCode(27)
  for (const kind of ['good', 'bad', 'warn', 'strong', 'faint'] as const) {
    assert.equal(plainStyle[kind]('text'), 'text')
    assert.ok(colourStyle[kind]('text').startsWith(`${escape}[`))
    assert.ok(colourStyle[kind]('text').includes('text'))
  }
})

test('`severityText` always says the word', () => {
  for (const word of ['critical', 'high', 'medium', 'low', 'whatever'])
    assert.equal(severityText(word, plainStyle), word)
  assert.equal(severityText('critical', colourStyle), colourStyle.bad('critical'))
  assert.equal(severityText('medium', colourStyle), colourStyle.warn('medium'))
})
