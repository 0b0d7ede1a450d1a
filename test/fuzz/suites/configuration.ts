/** `gatehouse.yaml`: whatever the file holds, a configuration or mistakes, each with a place inside the file, never an exception. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { formatDiagnostic } from '../../../src/lib/index.ts'
import { FILE, parse, SMALLEST } from '../../config/bank-folder.ts'
import { cutUp } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const SIGNS =
  'apis: name: spec: - -- --- ... { } [ ] & * ! | > % @ ` " \' # , ? : :: << *a &a !!str ~ null yes 1 0x1 .nan \t \n \r \u0000 \u2028 é 𝟘 \uFEFF'.split(
    ' ',
  )
const soup = fc
  .array(fc.constantFrom(...SIGNS, ' ', '  ', '\n', '\n  ', '\n    ', ': ', '- '), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''))

const FULL = `version: 1
listen: 8080
issuers: [{ issuer: a, jwks: issuer.json, audience: [b], claims: { client: c } }]
mandate: { token.lifetime: { maxSeconds: 600 } }
${SMALLEST}    basePath: /a
    roles: [open-data]
    approval: { by: D, on: 2026-11-02 }
    rules: { authz.consent: { mode: observe, fraction: 5 } }
    permissions: { GetAtms: [A] }
`
const TOP =
  'version organisation listen dataDir feed issuers mandate apis classes templates controls retention monitoring logs store policyTests'.split(
    ' ',
  )
const OF_API =
  'name spec upstream template basePath owner dataClasses roles exposure outageImpact criticalOrImportantFunction features serves audit degraded issuers approval rules permissions class operations'.split(
    ' ',
  )
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.record({ issuer: fc.string(), jwks: fc.webUrl(), claims: fc.jsonValue() }),
  fc.webUrl(),
)
const structured = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...TOP), value),
    fc.dictionary(fc.constantFrom(...OF_API), value),
  )
  .map(([top, api]) => stringify({ ...top, apis: [api] }))

export const configuration = defineSuite<string>(
  { name: 'configuration', holds: 'any text is a configuration or mistakes with places in it' },
  () => {
    assert.deepEqual(parse(FULL).diagnostics, [], 'the base is sound')
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        soup,
        fc.jsonValue().map((any) => stringify(any)),
        cutUp(FULL, SIGNS),
        structured,
      ),
      check(text) {
        const { config, diagnostics } = parse(text)
        assert.equal(config === undefined, diagnostics.length > 0)
        const lines = text.replace(/^\uFEFF/, '').split('\n')
        for (const each of diagnostics) {
          const { file, line, column } = each.place
          if (file !== FILE) continue // a key set beside it
          assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`)
          const width = lines[line - 1]?.length ?? 0
          assert.ok(column >= 1 && column <= width + 1, `column ${column} of line ${line}`)
          assert.doesNotMatch(formatDiagnostic(each), /undefined|\[object|NaN/)
          assert.doesNotMatch(each.message, /\n/)
        }
      },
    }
  },
)
