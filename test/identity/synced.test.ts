/** Nobody hears of a record before it is on disk: the request that wrote it waits, and a disk that fails is a refusal. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { GatehouseError } from '../../src/lib/index.ts'
import type { Store } from '../../src/store/index.ts'
import { authorize, authorizePath, Browser, makeClient, push, redeem } from './client.ts'
import { startRig } from './rig.ts'

async function rig(t: TestContext) {
  const client = await makeClient('tpp')
  const seen = { syncs: 0, fail: false }
  let held: Promise<void> | undefined
  const through = (store: Store): Store => ({
    ...store,
    async sync() {
      seen.syncs++
      await held
      if (seen.fail) throw new GatehouseError('GH_STORE_FAILED')
      await store.sync()
    },
  })
  const started = await startRig(t, { testClients: [client], through })
  return {
    ...started,
    client,
    seen,
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
  }
}

test('a token leaves after the disk has what it stands on, and so do a pushed request, a code and each refusal', async (t) => {
  const { ask, client, seen, hold } = await rig(t)
  /** The answer, and that it waited. */
  async function waits<T>(what: string, asked: () => Promise<T>): Promise<T> {
    const before = seen.syncs
    const release = hold()
    let answered = false
    const answer = asked().finally(() => (answered = true))
    for (let turn = 0; turn < 500 && seen.syncs === before; turn++)
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(seen.syncs, before + 1, what)
    // A whole exchange with the same server: the answer had time to leave.
    assert.equal((await ask('/jwks')).status, 200)
    assert.equal(answered, false, what)
    release()
    return answer
  }
  const uri = await waits('PAR', () => push(ask, client))
  const code = await waits('code', () => authorize(ask, client, uri))
  const tokens = await waits('token', () => redeem(ask, client, code.get('code') ?? ''))
  assert.equal(tokens.status, 200)
  const again = await waits('refusal', () => redeem(ask, client, code.get('code') ?? ''))
  assert.equal(again.status, 400)
})

test('until there is a code, the way through the browser waits for no disk', async (t) => {
  const { ask, client, seen } = await rig(t)
  const uri = await push(ask, client)
  const before = seen.syncs
  const first = await ask(authorizePath(client, uri))
  assert.equal(first.status, 303)
  assert.equal(seen.syncs, before)
  await authorize(ask, client, await push(ask, client))
  assert.equal(seen.syncs, before + 2, 'the pushed request and the code')
})

test('what the disk did not take reaches nobody: no token, no code, no request', async (t) => {
  const { ask, client, seen } = await rig(t)
  const uri = await push(ask, client)
  const code = (await authorize(ask, client, await push(ask, client))).get('code') ?? ''
  seen.fail = true
  const refused = await redeem(ask, client, code)
  assert.equal(refused.status, 503)
  assert.deepEqual(refused.body, { error: 'temporarily_unavailable' })
  const browser = new Browser(ask)
  const end = await browser.follow(authorizePath(client, uri))
  assert.ok(!(end instanceof URL) && end.status === 503)
  assert.equal(end.headers.get('location'), null)
  await assert.rejects(push(ask, client))
  seen.fail = false
  assert.equal((await redeem(ask, client, code)).status, 400, 'a code is used once, told or not')
})
