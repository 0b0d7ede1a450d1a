/** Whatever the file holds: a configuration or mistakes, each with a place inside the file, never an exception. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'

import { formatDiagnostic } from '../../src/lib/index.ts'
import { FILE, parse, SMALLEST } from './bank-folder.ts'

function holds(text: string): void {
  const { config, diagnostics } = parse(text)
  assert.equal(config === undefined, diagnostics.length > 0)
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const each of diagnostics) {
    const { file, line, column } = each.place
    if (file !== FILE) continue // a key set beside it
    assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`)
    assert.ok(
      column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1,
      `column ${column} of line ${line}`,
    )
    assert.doesNotMatch(formatDiagnostic(each), /undefined|\[object|NaN/)
    assert.doesNotMatch(each.message, /\n/)
  }
}

const soup = fc
  .array(
    fc.constantFrom(
      ...'apis: name: spec: - -- --- ... { } [ ] & * ! | > % @ ` " \' # , ? : :: << *a &a !!str ~ null yes 1 0x1 .nan \t \n \r \u0000 \u2028 é 𝟘 \uFEFF'.split(
        ' ',
      ),
      ' ',
      '  ',
      '\n',
      '\n  ',
      '\n    ',
      ': ',
      '- ',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

test('`parseConfig` survives any text', () =>
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), holds), { numRuns: 500 }))
test('`parseConfig` survives any soup of YAML signs', () =>
  fc.assert(fc.property(soup, holds), { numRuns: 1500 }))
test('`parseConfig` survives any value as YAML', () =>
  fc.assert(
    fc.property(fc.jsonValue(), (value) => holds(stringify(value))),
    { numRuns: 500 },
  ))

const full = `version: 1
listen: 8080
issuers: [{ issuer: a, jwks: issuer.json, audience: [b], claims: { client: c } }]
mandate: { token.lifetime: { maxSeconds: 600 } }
${SMALLEST}    basePath: /a
    roles: [open-data]
    approval: { by: D, on: 2026-11-02 }
    rules: { authz.consent: { mode: observe, fraction: 5 } }
    permissions: { GetAtms: [A] }
`
test('`parseConfig` survives a sound file with a part cut out or put in', () => {
  assert.deepEqual(parse(full).diagnostics, [])
  fc.assert(
    fc.property(fc.nat(full.length), fc.nat(30), soup, (at, length, put) =>
      holds(full.slice(0, at) + put.slice(0, 12) + full.slice(at + length)),
    ),
    { numRuns: 1000 },
  )
})

test('`parseConfig` survives any value at any known key', () => {
  const keys = 'version organisation listen dataDir feed issuers mandate apis'.split(' ')
  const ofApi =
    'name spec upstream template basePath owner dataClasses roles exposure outageImpact criticalOrImportantFunction features serves audit degraded issuers approval rules permissions'.split(
      ' ',
    )
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record({ issuer: fc.string(), jwks: fc.webUrl(), claims: fc.jsonValue() }),
    fc.webUrl(),
  )
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...keys), value),
      fc.dictionary(fc.constantFrom(...ofApi), value),
      (top, api) => holds(stringify({ ...top, apis: [api] })),
    ),
    { numRuns: 500 },
  )
})
