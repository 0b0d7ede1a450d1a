/** Bytes of files as editors leave them: what is a clean text is read, everything else is refused by its name and place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importSpec } from '../../src/inventory/index.ts'

const YAML = 'openapi: 3.0.0\ninfo: {title: Käse, version: "1"}\npaths: {}\n'

function utf16(text: string, littleEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return littleEndian ? bytes : bytes.swap16()
}
const refusal = (bytes: Uint8Array): string => {
  const { spec, diagnostics } = importSpec({ file: 'a', text: bytes })
  assert.equal(spec, undefined)
  return diagnostics.map(({ code, place }) => `${place.line}:${place.column} ${code}`).join()
}

test('importSpec reads UTF-8 with and without its mark, and UTF-16 with its mark', () => {
  const texts = [
    Buffer.from(YAML),
    Buffer.from(`\ufeff${YAML}`),
    utf16(YAML, true),
    utf16(YAML, false),
  ]
  for (const text of texts) {
    const { spec, diagnostics } = importSpec({ file: 'a', text })
    assert.deepEqual(diagnostics, [])
    assert.equal(spec?.source.title, 'Käse')
    assert.equal(spec.source.bytes, text.length)
  }
})

test('importSpec reads JSON in UTF-16 as well', () => {
  const text = utf16('{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{}}', false)
  assert.equal(importSpec({ file: 'a', text }).spec?.source.title, 't')
})

test('importSpec refuses bytes that are no text of the encoding they claim', () => {
  assert.equal(refusal(Buffer.from([0x61, 0xff, 0x62])), '1:1 GH_INVENTORY_ENCODING')
  assert.equal(refusal(Buffer.from('latin: Käse', 'latin1')), '1:1 GH_INVENTORY_ENCODING')
  assert.equal(
    refusal(Buffer.concat([utf16(YAML, true), Buffer.from([0x61])])),
    '1:1 GH_INVENTORY_ENCODING',
  )
  // An overlong form of a slash, and half a surrogate pair.
  assert.equal(refusal(Buffer.from([0xc0, 0xaf])), '1:1 GH_INVENTORY_ENCODING')
  assert.equal(refusal(Buffer.from([0xed, 0xa0, 0x80])), '1:1 GH_INVENTORY_ENCODING')
})

test('importSpec refuses UTF-16 without its mark, which looks like UTF-8 with zeros', () => {
  assert.equal(refusal(Buffer.from(YAML.replace('ä', 'a'), 'utf16le')), '1:2 GH_INVENTORY_ENCODING')
})

test('importSpec refuses control characters at their place, and takes tabs inside texts', () => {
  assert.equal(refusal(Buffer.from('openapi: 3.0.0\n# \0\n')), '2:3 GH_INVENTORY_ENCODING')
  assert.equal(
    refusal(Buffer.from('openapi: 3.0.0\ninfo: \u001b[0m\n')),
    '2:7 GH_INVENTORY_ENCODING',
  )
  const text = Buffer.from(YAML.replace('Käse', '"a\tb"'))
  assert.equal(importSpec({ file: 'a', text }).spec?.source.title, 'a\tb')
})
