/** Where Envoy asks: a socket of one user, or a port with a secret that cannot be guessed. */
import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gatewayRig } from '../../../test/support/gateway-rig.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { unjudgedAnswers } from '../../../test/support/unjudged-answers.ts'
import type { GatehouseConfig } from '../../config/index.ts'
import { type Listeners, openListeners } from './listeners.ts'

type ExtAuthz = NonNullable<GatehouseConfig['extAuthz']>

async function listening(
  t: TestContext,
  extAuthz: ExtAuthz,
): Promise<Listeners & { token: string }> {
  const rig = await gatewayRig(t, { replan: (plan) => unjudgedAnswers(plan) })
  const listeners = await openListeners({
    config: { listen: null, listeners: [], sockets: [], trustStores: [], extAuthz },
    core: rig.core,
    clock: rig.clock,
    scheduler: rig.clock,
    say: () => undefined,
    upstreamWatcher: () => undefined,
    plan: () => rig.plan,
    upstreamIdentity: () => undefined,
  })
  t.after(async () => {
    const closed = listeners.close(0)
    rig.clock.advance(1)
    await closed
  })
  return { ...listeners, token: rig.token() }
}

function ask(
  at: { readonly socketPath: string } | { readonly host: string; readonly port: number },
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sent = request(
    { ...at, path: '/check/aisp/accounts', headers: { host: 'a', ...headers }, agent: false },
    (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    },
  )
  sent.on('error', reject)
  sent.end()
  return promise
}

test('a unix socket: for its own user, in a folder that is made, and gone with the instance', async (t) => {
  const socket = join(temporaryFolder(t), 'run', 'ask.sock')
  const { origins, token, close } = await listening(t, {
    listen: { socket },
    secret: null,
    envoyListen: { host: '127.0.0.1', port: 10_000 },
  })
  assert.deepEqual(origins, [`unix:${socket}`])
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  const headers = { authorization: `Bearer ${token}`, 'x-gatehouse-listener': 'plain-http' }
  assert.equal(await ask({ socketPath: socket }, headers), 200)
  assert.equal(await ask({ socketPath: socket }, { ...headers, 'x-gatehouse-listener': 'x' }), 403)
  void close
})

test('a file in the place of the socket is refused, and stays', async (t) => {
  const socket = join(temporaryFolder(t), 'ask.sock')
  writeFileSync(socket, 'kept')
  const asked = listening(t, {
    listen: { socket },
    secret: null,
    envoyListen: { host: '127.0.0.1', port: 10_000 },
  })
  await assert.rejects(asked, { code: 'GH_GATEWAY_LISTEN_FAILED' })
  assert.ok(statSync(socket).isFile())
})

test('a port: with the secret, and with no other', async (t) => {
  const file = join(temporaryFolder(t), 'secret')
  const secret = 'thirty-two-characters-at-the-least'
  writeFileSync(file, `${secret}\n`)
  const { origins, token } = await listening(t, {
    listen: { host: '127.0.0.1', port: 0 },
    secret: { file },
    envoyListen: { host: '127.0.0.1', port: 10_000 },
  })
  const at = { host: '127.0.0.1', port: Number(new URL(origins[0]).port) }
  const headers = { authorization: `Bearer ${token}`, 'x-gatehouse-listener': 'plain-http' }
  assert.equal(await ask(at, headers), 403)
  assert.equal(await ask(at, { ...headers, 'x-gatehouse-secret': `${secret}x` }), 403)
  assert.equal(await ask(at, { ...headers, 'x-gatehouse-secret': secret.toUpperCase() }), 403)
  assert.equal(await ask(at, { ...headers, 'x-gatehouse-secret': secret }), 200)
})

for (const secret of ['short', 'x'.repeat(31), `${'x'.repeat(20)} ${'x'.repeat(20)}`])
  test(`a secret that is none stops the start: ${secret.length} characters`, async (t) => {
    const file = join(temporaryFolder(t), 'secret')
    writeFileSync(file, secret)
    await assert.rejects(
      listening(t, {
        listen: { host: '127.0.0.1', port: 0 },
        secret: { file },
        envoyListen: null,
      }),
      { code: 'GH_CONFIG_SECRET_REFERENCE' },
    )
  })
