import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sbom } from '../../tools/sbom/sbom.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const committed = readFileSync(join(ROOT, 'sbom.cdx.json'), 'utf8')

test('sbom.cdx.json is what the lock file says: npm run sbom writes it again', () => {
  assert.equal(sbom(), committed)
})

test('sbom.cdx.json names each dependency of the manifest, with a hash, a licence and no address', () => {
  // Sound: our own manifest and the file that was just compared.
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }
  const { components } = JSON.parse(committed) as {
    components: { name: string; version: string; hashes: unknown[]; licenses: unknown[] }[]
  }
  assert.ok(Object.keys(manifest.dependencies).length > 3)
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    const component = components.find((one) => one.name === name)
    assert.equal(component?.version, version, name)
    assert.ok((component?.hashes ?? []).length > 0, name)
    assert.ok((component?.licenses ?? []).length > 0, name)
  }
  // A tool may be part of a dependency as well: ajv judges ours in tests, and fastify checks its routes with it; jose likewise, and the
  // authorization server signs with it.
  const both = ['ajv', 'jose']
  for (const name of Object.keys(manifest.devDependencies).filter((one) => !both.includes(one)))
    assert.ok(!components.some((one) => one.name === name), `${name} is no part of the product`)
  for (const name of both) assert.ok(components.some((one) => one.name === name))
  assert.doesNotMatch(committed.replace('http://cyclonedx.org/schema/', ''), /https?:/)
})
