import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { issuerPorts } from './key-ports.ts'

const keyPorts = issuerPorts()

const LIMITS = { timeoutMs: 5_000, maxBytes: 100 }

/** A server of this test's own; `requests` counts what reached it. */
async function serve(
  t: TestContext,
  listener: RequestListener,
): Promise<{ url: string; requests: () => number }> {
  let count = 0
  const server = createServer((request, response) => {
    count++
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // sound: listening on TCP
  return { url: `http://127.0.0.1:${port}/jwks.json`, requests: () => count }
}

test('`fetchText` reads a key set and says what it wants', async (t) => {
  let accept: string | undefined
  const { url } = await serve(t, (request, response) => {
    accept = request.headers.accept
    response.end('{"keys":[]}')
  })
  assert.equal(await keyPorts.fetchText(url, LIMITS), '{"keys":[]}')
  assert.match(accept ?? '', /application\/jwk-set\+json/)
})

const edges = [
  { size: 100, chunks: 1, taken: true },
  { size: 101, chunks: 1, taken: false },
  { size: 101, chunks: 101, taken: false },
]
for (const { size, chunks, taken } of edges) {
  test(`\`fetchText\` ${taken ? 'takes' : 'refuses'} ${size} bytes in ${chunks} chunks when 100 are allowed`, async (t) => {
    const { url } = await serve(t, (_request, response) => {
      for (let i = 0; i < chunks; i++) response.write('x'.repeat(size / chunks))
      response.end()
    })
    const reading = keyPorts.fetchText(url, LIMITS)
    if (taken) assert.equal((await reading).length, size)
    else await assert.rejects(reading, /more than 100 bytes/)
  })
}

test('`fetchText` stops reading a body that never ends', async (t) => {
  let closed: Promise<void> | undefined
  const { url } = await serve(t, (_request, response) => {
    closed = new Promise((resolve) => response.on('close', resolve))
    const more = (): void => {
      while (response.write('x'.repeat(1_000)));
      response.once('drain', more)
    }
    more()
  })
  await assert.rejects(keyPorts.fetchText(url, LIMITS), /more than 100 bytes/)
  await closed
})

test('`fetchText` refuses a coding that it did not ask for: a small text may be a large one', async (t) => {
  const { gzipSync } = await import('node:zlib')
  const { url } = await serve(t, (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
  )
  await assert.rejects(keyPorts.fetchText(url, LIMITS), /coding/)
})

for (const status of [301, 302, 303, 307, 308]) {
  test(`\`fetchText\` refuses a redirect with ${status}, and nobody else is asked`, async (t) => {
    const elsewhere = await serve(t, (_request, response) => response.end('{"keys":[]}'))
    const { url } = await serve(t, (_request, response) =>
      response.writeHead(status, { location: elsewhere.url }).end(),
    )
    await assert.rejects(keyPorts.fetchText(url, LIMITS))
    assert.equal(elsewhere.requests(), 0)
  })
}

for (const status of [204, 206, 304, 401, 404, 500]) {
  test(`\`fetchText\` refuses an answer of ${status}, whatever its body`, async (t) => {
    const { url } = await serve(t, (_request, response) =>
      response.writeHead(status).end(status === 204 || status === 304 ? undefined : '{"keys":[]}'),
    )
    await assert.rejects(keyPorts.fetchText(url, LIMITS), new RegExp(`status ${status}`))
  })
}

const slow: readonly [name: string, listener: RequestListener][] = [
  ['never answers', () => undefined],
  ['never ends its body', (_request, response) => void response.write('{')],
]
for (const [name, listener] of slow) {
  test(`\`fetchText\` gives a server up that ${name}`, async (t) => {
    const { url } = await serve(t, listener)
    await assert.rejects(keyPorts.fetchText(url, { ...LIMITS, timeoutMs: 60 }), {
      name: 'TimeoutError',
    })
  })
}

test('`fetchText` refuses what is not UTF-8, and an address where nobody listens', async (t) => {
  const { url } = await serve(t, (_request, response) => response.end(Buffer.from([0x7b, 0xff])))
  await assert.rejects(keyPorts.fetchText(url, LIMITS), TypeError)
  await assert.rejects(keyPorts.fetchText('http://127.0.0.1:1/jwks.json', LIMITS))
})

test('`readText` reads a file and rejects one that is not there', async (t) => {
  const file = join(temporaryFolder(t), 'jwks.json')
  await assert.rejects(keyPorts.readText(file), { code: 'ENOENT' })
  writeFileSync(file, '{"keys":[]}')
  assert.equal(await keyPorts.readText(file), '{"keys":[]}')
})
