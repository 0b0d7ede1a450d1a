/** Bodies made to be read otherwise by the bank than here, or to cost more than they weigh: refused before the bank hears of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { gatewayRig } from '../support/gateway-rig.ts'

const NOTE = '/aisp/accounts/A1/notes'

test('a coded body is refused unread, bomb or not, and what is taken instead is said', async (t) => {
  const rig = await gatewayRig(t)
  const bomb = Buffer.alloc(10_000_000, 0x20)
  for (const [coding, bytes] of [
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(bomb)],
    ['x-gzip', gzipSync('{}')],
    ['gzip, identity', gzipSync('{}')],
    // Said to be coded and not: a bank that trusts the word reads nothing, one that does not reads all.
    ['zstd', Buffer.from('{"Text":"a"}')],
  ] as const) {
    const connection = rig.connect()
    connection.send(
      `POST ${NOTE} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${rig.token()}\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    )
    const answer = await connection.answer()
    assert.equal(answer?.status, 415, coding)
    assert.equal(answer.headers.get('accept-encoding'), 'identity')
    connection.destroy()
  }
  assert.equal(rig.upstream.seen.length, 0)
})

test('what two readers of JSON would read in two ways goes to neither', async (t) => {
  const rig = await gatewayRig(t)
  rig.upstream.script = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const post = async (body: string): Promise<number> =>
    (await rig.call(NOTE, { method: 'POST', body, headers: ['Content-Type: application/json'] }))
      .status
  for (const body of [
    '{"Text":"a","Text":"b"}',
    '{"Text":"a","\\u0054ext":"b"}',
    '{"Text":"a","__proto__":{"Admin":true}}',
    '{"Text":"a","constructor":{}}',
    '{"__proto__":{"Text":"a"}}',
    '\ufeff{"Text":"a"}',
    '{"Text":"a"}{"Text":"b"}',
    '{"Text":"a"}//',
    '{"Text":"a",}',
    "{'Text':'a'}",
    '{"Text":"a\u0000"}',
    '{"Text":NaN}',
    '{"Text":1e999}',
    '{"Text":-0}',
    '['.repeat(2_000),
    `{"Text":${'{"a":'.repeat(9)}1${'}'.repeat(9)}}`,
    'null',
    '""',
    '[]',
    ' ',
  ])
    assert.equal(await post(body), 400, body.slice(0, 60))
  assert.equal(rig.upstream.seen.length, 0)
  assert.equal(await post('{"Text":"a"}'), 204)
})
