/** The module that browsers get: small, whole in one file, and able to do nothing but ask for passkeys. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

const ROOT = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(ROOT, 'src', 'browser', 'passkeys.js'), 'utf8')
/** Of what a browser must fetch before a customer can pay. */
const MOST_BYTES = 10_240

test('it is at most 10 KB on the wire, and one file', () => {
  const bytes = gzipSync(text).length
  assert.ok(bytes > 1_000 && bytes <= MOST_BYTES, `${bytes} bytes`)
  assert.doesNotMatch(text, /\bimport\b\s*[({'"]|\bfrom '/)
})

test('it sends nothing, keeps nothing and makes no code or markup of text', () => {
  for (const word of ['fetch', 'XMLHttpRequest', 'WebSocket', 'sendBeacon', 'localStorage'])
    assert.ok(!text.includes(word), word)
  for (const word of ['sessionStorage', 'cookie', 'eval(', 'Function(', 'innerHTML', 'outerHTML'])
    assert.ok(!text.includes(word), word)
  assert.ok(!text.includes('console.'), 'nor does it say anything to the console')
})

test('where there is no document it loads and says that passkeys do not work', async () => {
  const path = '../../src/browser/passkeys.js'
  // Sound: these two are its exports, as the packed types have them.
  const module = (await import(path)) as {
    passkeysWork(): boolean
    usePasskey(question: object): Promise<unknown>
  }
  assert.equal(module.passkeysWork(), false)
  const question = { challenge: 'AA', rpId: 'bank.example', allowCredentials: [] }
  await assert.rejects(module.usePasskey(question), { reason: 'unsupported' })
})

test('the manifest gives it to pages of the bank', () => {
  // Sound: our own manifest.
  const { exports: doors } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  assert.equal(doors['./browser']?.['default'], './dist/src/browser/passkeys.js')
  assert.equal(doors['./browser']?.['types'], './dist/src/browser/passkeys.d.ts')
})
