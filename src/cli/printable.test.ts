import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printable } from './printable.ts'
import { colourStyle } from './style.ts'

test('`printable` leaves words, lines, tabs and our own colours as they are', () => {
  const { good, bad, warn, strong, faint } = colourStyle
  for (const style of [good, bad, warn, strong, faint]) {
    const line = style('GET\t/accounts — Zürich ✓ 銀行\n')
    assert.equal(printable(line), line)
  }
})

test('`printable` shows what would steer a terminal instead of doing it', () => {
  assert.equal(printable('\u001B]0;title\u0007'), String.raw`\u001b]0;title\u0007`)
  assert.equal(printable('a\rb\u001B[2J\u001B[8m'), String.raw`a\u000db\u001b[2J\u001b[8m`)
  assert.equal(printable('\u009B31m\u202Eevil\u2069'), String.raw`\u009b31m\u202eevil\u2069`)
})

test('`printable` changes no JSON value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = printable(JSON.stringify({ text }))
      assert.deepEqual(JSON.parse(line), { text })
      // oxlint-disable-next-line no-control-regex -- that none is left is what is tested
      assert.doesNotMatch(line, /[\0-\u001F\u007F-\u009F\u202A-\u202E]/)
    }),
  )
})
