/** The question over the network: bounded, without redirects, and never to an address that a certificate must not lead to. */
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import { responderAt } from '../../../test/support/ocsp-authority.ts'
import { MAX_OCSP_BYTES } from '../../proof/index.ts'
import { askResponder } from './ocsp-client.ts'

const QUESTION = Buffer.from('question')
const never = new AbortController().signal

async function asked(
  t: TestContext,
  listener: RequestListener,
  namedBy: 'configuration' | 'certificate' = 'configuration',
): Promise<string> {
  const url = await responderAt(t, listener)
  return askResponder({ url, namedBy }, QUESTION, never).then(
    (bytes) => `${bytes.length} bytes`,
    (error: Error) => error.message,
  )
}

test('a question is one POST of its media type', async (t) => {
  const seen: string[] = []
  const got = await asked(t, (request, response) => {
    seen.push(request.method ?? '', request.headers['content-type'] ?? '')
    request.on('data', (chunk) => seen.push(String(chunk)))
    request.on('end', () => response.end('answer'))
  })
  assert.deepEqual(seen, ['POST', 'application/ocsp-request', 'question'])
  assert.equal(got, '6 bytes')
})

test('an answer may have so many bytes, and not one more', async (t) => {
  const of =
    (size: number): RequestListener =>
    (_request, response) =>
      response.end(Buffer.alloc(size))
  assert.equal(await asked(t, of(MAX_OCSP_BYTES)), `${MAX_OCSP_BYTES} bytes`)
  assert.equal(await asked(t, of(MAX_OCSP_BYTES + 1)), `more than ${MAX_OCSP_BYTES} bytes`)
})

test('a redirect leads nowhere, to a private address least of all; nor does another status', async (t) => {
  let followed = 0
  const inside = await responderAt(t, (_request, response) => {
    followed++
    response.end('secret')
  })
  for (const status of [301, 302, 307, 308, 204, 404, 500])
    assert.equal(
      await asked(t, (_request, response) => {
        response.writeHead(status, { location: inside })
        response.end()
      }),
      `status ${status}`,
    )
  assert.equal(followed, 0)
})

test('what a certificate names must be on the public internet', async (t) => {
  let called = 0
  assert.equal(
    await asked(t, (_request, response) => response.end(`${++called}`), 'certificate'),
    'its address may not be called',
  )
  for (const host of [
    '10.0.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[fd00::1]',
    '[64:ff9b::a00:1]',
    '0x7f.1',
  ])
    await assert.rejects(
      askResponder({ url: `http://${host}/`, namedBy: 'certificate' }, QUESTION, never),
      /may not be called/,
      host,
    )
  // A name is judged by what it means.
  await assert.rejects(
    askResponder({ url: 'http://localhost:1/', namedBy: 'certificate' }, QUESTION, never),
    { name: 'Error', message: 'localhost' },
  )
  await assert.rejects(
    askResponder({ url: 'http://169.254.169.254/', namedBy: 'configuration' }, QUESTION, never),
    /may not be called/,
  )
  assert.equal(called, 0)
})

test('whoever waits no longer ends the question', async (t) => {
  const abort = new AbortController()
  const url = await responderAt(t, () => abort.abort())
  await assert.rejects(askResponder({ url, namedBy: 'configuration' }, QUESTION, abort.signal), {
    name: 'AbortError',
  })
})
