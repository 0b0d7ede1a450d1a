import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { ContextConfig } from '../config/index.ts'
import { watchFiles } from './watch-files.ts'
import { type ContextKeys, contextKeySet, contextKeys } from './context-keys.ts'

const pem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString()

function rig(t: TestContext): {
  readonly files: readonly string[]
  readonly config: ContextConfig
} {
  const dir = temporaryFolder(t)
  const files = ['one.pem', 'two.pem'].map((name) => join(dir, name))
  for (const file of files) writeFileSync(file, pem())
  const keys = files.map((file) => ({ file }))
  return {
    files,
    config: { keys, header: 'gatehouse-context', issuer: 'gatehouse', ttlSeconds: 30 },
  }
}

/** The kid that signed it, once the published keys verify it. */
async function signer(keys: ContextKeys): Promise<string | undefined> {
  const set = createLocalJWKSet({ keys: [...keys.keySet.keys] })
  const { protectedHeader } = await jwtVerify(keys.seal('{"sub":"x"}'), set, {
    typ: 'gatehouse-context+jwt',
  })
  return protectedHeader.kid
}

test('the first key signs and all are published, so that they can take turns', async (t) => {
  const { config } = rig(t)
  const keys = contextKeys(config)
  const [one, two] = keys.keySet.keys.map(({ kid }) => kid)
  assert.ok(one !== undefined && two !== undefined && one !== two)
  assert.equal(await signer(keys), one)
  assert.equal(await signer(contextKeys({ ...config, keys: config.keys.toReversed() })), two)
  assert.deepEqual(contextKeySet({ context: config }), keys.keySet)
  assert.deepEqual(contextKeySet({ context: null }), { keys: [] })
})

test('a key that changes is read again; one that cannot be read leaves the last one in force', async (t) => {
  const { files, config } = rig(t)
  const [first = ''] = files
  const keys = contextKeys(config)
  const told: (string | undefined)[] = []
  const look = watchFiles(
    () => [keys],
    (problem) => told.push(problem),
  )
  const before = await signer(keys)
  look()
  assert.equal(await signer(keys), before)
  writeFileSync(first, pem())
  look()
  const after = await signer(keys)
  assert.notEqual(after, before)
  writeFileSync(first, 'hunter2')
  look()
  look()
  assert.equal(await signer(keys), after)
  rmSync(first)
  look()
  assert.equal(await signer(keys), after)
  writeFileSync(first, pem())
  look()
  assert.notEqual(await signer(keys), after)
  assert.equal(told.length, 3, 'told once each: unusable, gone, over')
  assert.equal(told.at(-1), undefined)
  assert.doesNotMatch(told.join(), /hunter2/)
})

test('without a key that signs, nothing is made', (t) => {
  const { files, config } = rig(t)
  writeFileSync(files[0] ?? '', 'hunter2')
  assert.throws(() => contextKeys(config), { code: 'GH_GATEWAY_SIGNING_KEY' })
  rmSync(files[0] ?? '')
  assert.throws(() => contextKeys(config), { code: 'GH_CONFIG_SECRET_REFERENCE' })
})
