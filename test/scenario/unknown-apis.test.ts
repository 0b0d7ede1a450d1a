/** Specifications and a bank that nobody wrote Gatehouse for, behind a configuration of a few lines. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, problemOf, up } from './gateway-process.ts'
import { installation } from './installation.ts'
import {
  ACCOUNTS_SPEC,
  BROKEN_SPEC,
  IBANS,
  MEADOW_FILES,
  meadowBank,
  meadowConfig,
  PRODUCTS_SPEC,
} from './invented-bank.ts'

test('an API of nobody we know is guarded, trimmed and explained', async (t) => {
  const bank = await meadowBank(t)
  const place = installation(
    t,
    `${meadowConfig(bank.origin)}  - name: products
    spec: products.yaml
    upstream: ${bank.origin}
    template: open-data
  - name: broken
    spec: broken.yaml
    upstream: ${bank.origin}
    template: open-data
`,
    { ...MEADOW_FILES, 'products.yaml': PRODUCTS_SPEC, 'broken.yaml': BROKEN_SPEC },
  )
  const gateway = await up(t, place)
  const token = place.token({ scope: 'pots.read' })

  await t.test(
    'accounts: rows, members and detail that the consent does not cover stay behind',
    async () => {
      const answer = await call(gateway, { path: '/v2/pot-accounts', token })
      assert.equal(answer.status, 200, answer.body)
      // The sum of all would tell of the rows that stay behind (decision 027); numbers keep every digit of their text.
      assert.equal(
        answer.body,
        '{"items":[{"accountId":"pot-1","label":"Rainy day","balance":10.00},{"accountId":"pot-2","label":"Rainy day","balance":10.00}]}',
      )
      for (const header of ['server', 'set-cookie'])
        assert.equal(answer.headers.get(header), undefined)
    },
  )
  await t.test(
    'an account in the path is compared with the consent, and its numbers keep their text',
    async () => {
      const mine = await call(gateway, { path: '/v2/pot-accounts/pot-1/balance', token })
      assert.equal(
        mine.body,
        '{"accountId":"pot-1","balance":10.00,"exact":0.12345678901234567890}',
      )
      const other = await call(gateway, { path: '/v2/pot-accounts/pot-9/balance', token })
      assert.equal(other.status, 403)
      assert.equal(problemOf(other).code, 'GH_GATEWAY_OBJECT_FORBIDDEN')
      assert.ok(!bank.seen.includes('GET /v2/pot-accounts/pot-9/balance'), 'the bank was not asked')
    },
  )
  await t.test('without a token there is nothing', async () => {
    const answer = await call(gateway, { path: '/v2/pot-accounts' })
    assert.equal(answer.status, 401)
    assert.equal(problemOf(answer).code, 'GH_GATEWAY_TOKEN_MISSING')
  })
  await t.test(
    'open data need no token, and what the specification does not know stays behind',
    async () => {
      const answer = await call(gateway, { path: '/public/products' })
      assert.equal(answer.status, 200, answer.body)
      assert.equal(answer.body, '[{"code":"P1","rate":0.10},{"code":"P2","rate":1e2}]')
    },
  )
  await t.test('an API that does not compile answers 503, alone', async () => {
    const answer = await call(gateway, { path: '/broken/anything' })
    assert.equal(answer.status, 503)
    assert.equal(problemOf(answer).code, 'GH_GATEWAY_API_CLOSED')
    assert.match(JSON.stringify(gateway.ready['remarks']), /broken is CLOSED/)
    assert.equal((await call(gateway, { path: '/public/products' })).status, 200)
    const plan = await place.run('plan', '--json')
    assert.match(plan.out, /GH_POLICY_NO_OPERATIONS/)
  })
  await t.test('what nobody serves is refused', async () => {
    for (const [path, method, status] of [
      ['/v2/nothing', 'GET', 404],
      ['/elsewhere', 'GET', 404],
      ['/public/products', 'POST', 405],
      ['/public/products', 'DELETE', 405],
    ] as const)
      assert.equal((await call(gateway, { path, method })).status, status, `${method} ${path}`)
  })
  await t.test('no answer held an account number', async () => {
    const answer = await call(gateway, { path: '/v2/pot-accounts', token })
    for (const iban of IBANS) assert.ok(!answer.body.includes(iban))
  })
  await t.test('a field that an edit of the specification lets out is a difference', async () => {
    assert.equal((await place.run('plan')).code, 0)
    place.write(
      'accounts.yaml',
      ACCOUNTS_SPEC.replace('label: {', 'secretScore: { type: number }\n        label: {'),
    )
    const { code, out } = await place.run('plan')
    assert.equal(code, 2)
    assert.match(out, /~ pots: the specification describes other requests or answers/)
    assert.doesNotMatch(out, /~ products/)
    place.write('accounts.yaml', `# a comment\n${ACCOUNTS_SPEC}`)
    assert.equal((await place.run('plan')).code, 0)
  })
  assert.equal((await gateway.stop()).code, 0)
})
