import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RawHeaders } from './header-view.ts'
import { interactionId } from './interaction.ts'
import { keptHeaders } from './response-headers.ts'
import { headerText } from './upstream-call.ts'

test('`RawHeaders` gives all values of a name in order, whatever its case', () => {
  const headers = new RawHeaders([
    'Host',
    'a',
    'X-A',
    '1',
    'x-a',
    '2',
    'X-AB',
    '3',
    'constructor',
    '4',
  ])
  assert.deepEqual(headers.all('x-a'), ['1', '2'])
  assert.deepEqual(headers.all('host'), ['a'])
  assert.deepEqual(headers.all('x-'), [])
  assert.deepEqual(headers.all('constructor'), ['4'])
  assert.deepEqual(headers.all('__proto__'), [])
})

test('`interactionId` echoes one UUID and replaces everything else', () => {
  const id = '93BAC548-D2DE-4546-B106-880A5018460D'
  const of = (...raw: readonly string[]): string =>
    interactionId(new RawHeaders(raw), 'x-fapi-interaction-id', () => 'fresh')
  assert.equal(of('x-fapi-interaction-id', id), id)
  for (const value of ['', 'x', `${id} `, `${id}x`, `{${id}}`, id.replaceAll('-', '')])
    assert.equal(of('x-fapi-interaction-id', value), 'fresh')
  assert.equal(of('x-fapi-interaction-id', id, 'X-Fapi-Interaction-Id', id), 'fresh')
  assert.equal(of(), 'fresh')
})

test('`keptHeaders` keeps what was named and is not of the connection, of ours, or telling', () => {
  const upstream = {
    'content-type': 'application/json',
    'x-page': ['1', '2'],
    'x-hop': 'a',
    connection: 'keep-alive, X-Hop',
    'set-cookie': ['s=1'],
    'x-other': 'b',
    'x-gatehouse-subject': 'c',
  }
  const into: string[] = []
  const allowed = [
    'x-page',
    'x-hop',
    'connection',
    'set-cookie',
    'x-gatehouse-subject',
    'constructor',
    'x-id',
    'content-length',
  ]
  keptHeaders(into, { ...upstream, 'x-id': 'theirs', 'content-length': '5' }, allowed, 'x-id')
  assert.deepEqual(into, ['x-page', '1', 'x-page', '2', 'content-type', 'application/json'])
})

test('`headerText` gives visible ASCII without separators, and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = headerText(value)
      assert.match(text, /^[!-~]*$/)
      assert.doesNotMatch(text, /[,;"\\<>()]/)
      if (value.isWellFormed() && text !== value) assert.equal(decodeURIComponent(text), value)
    }),
  )
  assert.equal(headerText('customer-1'), 'customer-1')
  assert.equal(headerText('a%20b'), 'a%2520b')
})
