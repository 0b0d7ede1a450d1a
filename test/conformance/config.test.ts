/** What `npm run -s conformance:config` prints: the members that the suite reads, the same each time, before any server was started. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Output, printed } from './run.ts'

const ROOT = join(import.meta.dirname, '..', '..')

test('the configuration is whole, and says the same when it is asked again', (t) => {
  const folder = temporaryFolder(t)
  const words = [
    '--folder',
    join(folder, 'new'),
    '--suite',
    'https://suite.example:8443',
    '--alias',
    'bank',
  ]
  const output = printed(words)
  assert.deepEqual(printed(words), output)
  assert.equal(output.issuer, 'https://localhost:10443')
  assert.equal(output.suite, 'https://suite.example:8443')
  const plans = new Set(output.plans.map(({ plan }) => plan))
  for (const plan of [
    'fapi2-security-profile-final-test-plan',
    'fapi2-message-signing-final-test-plan',
    'fapi1-advanced-final-test-plan',
    'fapi-ciba-id1-test-plan',
  ])
    assert.ok(plans.has(plan), plan)
  // The first plan can be given to the suite as the output is.
  const { configuration } = output.plans[0] ?? assert.fail()
  for (const [name, value] of Object.entries(configuration))
    assert.deepEqual(Object(output)[name], value, name)
  const ids = output.plans.flatMap(({ configuration: { client, client2 } }) => [
    client.client_id,
    client2.client_id,
  ])
  assert.equal(new Set(ids).size, ids.length, 'no two plans share a client')
  for (const plan of output.plans) {
    const { configuration: one, run, redirectUris } = plan
    assert.equal(one.server.discoveryUrl, `${output.issuer}/.well-known/openid-configuration`)
    assert.equal(one.resource.resourceUrl, output.resourceUrl)
    assert.equal(one.alias, `bank-${plan.name}`)
    assert.ok(run.startsWith(`${plan.plan}[`))
    for (const { jwks, scope } of [one.client, one.client2]) {
      assert.match(scope, /accounts/)
      for (const jwk of jwks.keys) {
        assert.equal(jwk.alg, 'PS256')
        assert.equal(jwk.use, 'sig')
        assert.ok(jwk.kid && jwk.d && (jwk.n?.length ?? 0) >= 340)
      }
    }
    assert.notEqual(one.client.jwks.keys[0]?.kid, one.client2.jwks.keys[0]?.kid)
    for (const { cert, key, ca } of [one.mtls, one.mtls2]) {
      const certificate = new X509Certificate(cert)
      assert.ok(certificate.checkPrivateKey(createPrivateKey(key)))
      assert.ok(certificate.verify(createPublicKey(ca)))
    }
    assert.notEqual(
      new X509Certificate(one.mtls.cert).subject,
      new X509Certificate(one.mtls2.cert).subject,
    )
    if (plan.plan.startsWith('fapi-ciba')) {
      assert.match(one.automated_ciba_approval_url ?? '', /\{auth_req_id\}.*\{action\}/)
      assert.equal(one.client.hint_type, 'login_hint')
      assert.ok(one.client.hint_value)
    } else {
      const callback = `https://suite.example:8443/test/a/bank-${plan.name}/callback`
      assert.deepEqual(redirectUris, [callback, `${callback}?dummy1=lorem&dummy2=ipsum`])
      assert.ok((one.browser?.length ?? 0) > 0)
    }
  }
})

test('npm runs it, and prints nothing else', (t) => {
  const folder = temporaryFolder(t)
  const text = execFileSync('npm', ['run', '-s', 'conformance:config', '--', '--folder', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 8 << 20,
  })
  const output = JSON.parse(text) as Output // sound: an object, or the next line says so
  assert.equal(output.server.discoveryUrl, `${output.issuer}/.well-known/openid-configuration`)
  const one = execFileSync(
    'npm',
    ['run', '-s', 'conformance:config', '--', '--folder', folder, '--plan', 'ciba-ping'],
    { cwd: ROOT, encoding: 'utf8' },
  )
  const alone = output.plans.find(({ name }) => name === 'ciba-ping')?.configuration
  assert.deepEqual(JSON.parse(one), alone)
})

test('what cannot be is said, and nothing is printed', (t) => {
  const folder = temporaryFolder(t)
  for (const words of [
    ['--plan', 'none'],
    ['--port', '70000'],
    ['--suite', 'http://suite.example'],
    ['--alias', 'A B'],
  ]) {
    const file = join(ROOT, 'tools', 'conformance', 'config.ts')
    const { status, stdout } = spawnSync(process.execPath, [file, '--folder', folder, ...words], {
      encoding: 'utf8',
    })
    assert.notEqual(status, 0, words.join(' '))
    assert.equal(stdout, '', words.join(' '))
  }
})
