/** `gatehouse templates` and `gatehouse templates diff`: with and without a configuration. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

test('"templates" lists those of the product where no configuration stands', async (t) => {
  const { code, out } = await gatehouse(['templates', '--json'], { cwd: temporaryFolder(t) })
  assert.equal(code, 0)
  const all = JSON.parse(out) as readonly { name: string; digest: string; file: null }[]
  for (const name of ['ais', 'open-data', 'pis', 'cbpii', 'consent', 'auth', 'admin', 'internal'])
    assert.ok(
      all.some((one) => one.name === name && /^sha256:[0-9a-f]{64}$/.test(one.digest)),
      name,
    )
})

test('"templates NAME" shows one, by name or version, and knows the nearest of another', async (t) => {
  const cwd = temporaryFolder(t)
  for (const name of ['pis', 'pis@1.0.0']) {
    const { code, out } = await gatehouse(['templates', name], { cwd })
    assert.equal(code, 0)
    assert.match(out, /pis@1\.0\.0#sha256:[0-9a-f]{64}/)
    assert.match(out, /authz\.consent {2}enforce/)
  }
  const { code, err } = await gatehouse(['templates', 'piss'], { cwd })
  assert.notEqual(code, 0)
  assert.match(err, /GH_POLICY_TEMPLATE_UNKNOWN/)
})

test('"templates diff" is 0 for the same, 2 for another, and says which way', async (t) => {
  const cwd = temporaryFolder(t)
  assert.equal((await gatehouse(['templates', 'diff', 'ais', 'ais@1.1.0'], { cwd })).code, 0)
  const { code, out } = await gatehouse(['templates', 'diff', 'cbpii', 'pis', '--json'], { cwd })
  assert.equal(code, 2)
  const found = JSON.parse(out) as readonly { what: string; effect: string }[]
  assert.ok(found.some(({ what, effect }) => what === 'serves.methods' && effect === 'looser'))
  assert.match((await gatehouse(['templates', 'diff', 'cbpii', 'pis'], { cwd })).out, /LOOSER/)
  assert.notEqual((await gatehouse(['templates', 'diff', 'cbpii', 'nil'], { cwd })).code, 0)
})

test('a configuration that was asked for and is not there is an error', async (t) => {
  const { code, err } = await gatehouse(['templates', '--config', 'nowhere.yaml'], {
    cwd: temporaryFolder(t),
  })
  assert.notEqual(code, 0)
  assert.match(err, /GH_CONFIG_UNREADABLE/)
})
