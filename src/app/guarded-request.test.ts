import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Resolve } from '../gateway/node/index.ts'
import { issuerPorts } from './key-ports.ts'
import { guardedRequest } from './guarded-request.ts'

const keyPorts = issuerPorts()
const LIMITS = { timeoutMs: 5_000, maxBytes: 1_000 }
const GET = { method: 'GET', headers: {}, ...LIMITS } as const

async function server(t: TestContext): Promise<{ port: number; readonly asked: string[] }> {
  const asked: string[] = []
  const one = createServer((request, response) => {
    asked.push(request.headers.host ?? '')
    response.end('{"keys":[]}')
  })
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  t.after(() => one.close())
  return { port: (one.address() as AddressInfo).port, asked } // sound: listening on TCP
}

/** A name server whose answer changes with each question. */
function rebinding(...answers: readonly string[]): { lookup: Resolve; asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    lookup: (_host, _options, done) => {
      const address = answers[Math.min(asked++, answers.length - 1)] ?? ''
      done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
    },
  }
}

for (const address of ['127.0.0.1', '::1', '169.254.169.254', '::ffff:169.254.169.254', '0.0.0.0'])
  test(`a name that means ${address} is not asked`, async (t) => {
    const { port, asked } = await server(t)
    const { lookup } = rebinding(address)
    await assert.rejects(guardedRequest(`http://keys.bank.example:${port}/`, GET, lookup))
    assert.deepEqual(asked, [])
  })

test('a name is resolved once: what was judged is what is called', async (t) => {
  const { port, asked } = await server(t)
  const { lookup, asked: questions } = rebinding('127.0.0.1', '169.254.169.254')
  const answer = await guardedRequest(`http://as.localhost:${port}/jwks`, GET, lookup)
  assert.equal(await answer.text(), '{"keys":[]}')
  assert.equal(questions(), 1)
  assert.deepEqual(asked, [`as.localhost:${port}`])
  await assert.rejects(guardedRequest(`http://as.localhost:${port}/jwks`, GET, lookup))
  assert.equal(asked.length, 1, 'and again for the next request')
})

const LITERAL = ['http://169.254.169.254/latest', 'http://[fe80::1]/', 'https://100.100.100.200/']
for (const url of LITERAL)
  test(`${url} is not asked, though the configuration says so`, async () => {
    const refused = { code: 'GH_GATEWAY_EGRESS_REFUSED' }
    await assert.rejects(guardedRequest(url, GET), refused)
    await assert.rejects(keyPorts.fetchText(url, LIMITS), refused)
    await assert.rejects(keyPorts.post(url, { headers: {}, body: 'token=x', ...LIMITS }), refused)
  })

test('loopback that the configuration names itself is asked', async (t) => {
  const { port } = await server(t)
  const answer = await guardedRequest(`http://127.0.0.1:${port}/`, GET)
  assert.deepEqual([answer.status, await answer.text()], [200, '{"keys":[]}'])
})
