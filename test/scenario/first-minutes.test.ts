/** README's first five minutes with an API of one's own: init, two lines changed, check, plan, up, a call, posture. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouse } from '../cli/terminal.ts'
import { accessToken, jwks, signingKey } from '../support/token-issuer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { call, problemOf, up } from './gateway-process.ts'
import { ACCOUNTS_SPEC, meadowBank, meadowConsent, PRODUCTS_SPEC } from './invented-bank.ts'

test('from a folder of specifications to a guarded call, by the README', async (t) => {
  const bank = await meadowBank(t)
  const dir = temporaryFolder(t)
  const run = (...words: string[]) => gatehouse(words, { cwd: dir, now: () => Date.now() })
  mkdirSync(join(dir, 'specs'))
  writeFileSync(join(dir, 'specs', 'accounts.yaml'), ACCOUNTS_SPEC)
  writeFileSync(join(dir, 'specs', 'products.yaml'), PRODUCTS_SPEC)

  const init = await run('init')
  assert.equal(init.code, 0, init.err)
  assert.match(init.out, /accounts\.yaml: .* 3 operations → template ais/)
  assert.match(init.out, /products\.yaml: .* 1 operations → template open-data/)
  // As written it is already sound; what it asks to be changed is marked.
  assert.equal((await run('check')).code, 0)
  const file = join(dir, 'gatehouse.yaml')
  const key = signingKey('key-1', 'PS256')
  writeFileSync(join(dir, 'jwks.json'), jwks(key))
  const written = readFileSync(file, 'utf8')
  assert.ok((written.match(/# CHANGE/g) ?? []).length >= 4)
  writeFileSync(
    file,
    written
      .replaceAll('http://127.0.0.1:9000', bank.origin)
      .replace('127.0.0.1:8080', '127.0.0.1:0')
      .replace('https://issuer.example/jwks.json', 'jwks.json')
      .replace('https://issuer.example ', 'https://as.example ')
      .replace('https://api.example ', 'https://api.bank.example '),
  )
  const check = await run('check')
  assert.equal(check.code, 0, check.err)
  const plan = await run('plan')
  assert.equal(plan.code, 2, plan.err)
  assert.match(plan.out, /Nothing runs yet/)

  const gateway = await up(t, { config: file })
  assert.deepEqual(gateway.ready['remarks'], [])
  assert.equal((await call(gateway, { path: '/public/products' })).status, 200)
  const token = accessToken(key, Date.now(), { scope: 'pots.read' })
  const path = '/v2/pot-accounts'
  const refused = await call(gateway, { path, token })
  assert.equal(problemOf(refused).code, 'GH_GATEWAY_CLIENT_UNKNOWN')

  const client = { id: 'tpp-a', name: 'App Ltd', status: 'active' }
  for (const [kind, record] of [
    ['clients', client],
    ['consents', meadowConsent()],
  ] as const) {
    writeFileSync(join(dir, 'new.json'), JSON.stringify(record))
    const put = await run(kind, 'put', 'new.json')
    assert.equal(put.code, 0, put.err)
    assert.match((await run(kind, 'list')).out, new RegExp(String(record['id'])))
  }
  const started = performance.now()
  let status = 0
  while (status !== 200 && performance.now() - started < 1_000)
    status = (await call(gateway, { path, token })).status
  assert.equal(status, 200)

  const explain = await run('explain', problemOf(refused).decision)
  assert.match(explain.out, /The client is not known|the client is not known/)
  assert.equal((await run('plan')).code, 0)
  const posture = await run('posture')
  assert.equal(posture.code, 0, posture.err)
  assert.match(posture.out, /meadow-bank-accounts/)
  assert.match(posture.out, /Evidence as of/)
  assert.equal((await run('posture', '--fail-on', 'critical')).code, 3)
  assert.equal((await gateway.stop()).code, 0)
  // What it saw is still there when it does not run.
  assert.match((await run('posture')).out, /Nothing runs/)
})
