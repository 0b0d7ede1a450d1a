/**
 * Real specifications, and a few of our own words, under every template they are for: what is served, under which scopes, consent and
 * objects, what is denied, and what is said about it. A case names the specification and the template above the line.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { isJsonObject, type JsonValue } from '../../src/lib/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { outline } from '../support/plan-outline.ts'
import { apiSource, policySource } from '../support/policy-source.ts'

const LINE = '\n----------\n'
const FOLDER = join(import.meta.dirname, 'served')
const ROOT = join(import.meta.dirname, '../..')
const files = globSync('*.case', { cwd: FOLDER }).sort()

test('every template has a case', () => {
  const named = files.map((file) => head(file).template)
  for (const template of ['pis', 'cbpii', 'consent', 'auth', 'admin', 'internal', 'ais'])
    assert.ok(named.includes(template), template)
})

function head(file: string): { readonly spec: string; readonly template: string } {
  const [text = ''] = readFileSync(join(FOLDER, file), 'utf8').split(LINE)
  return parse(text) as { spec: string; template: string } // sound enough: a case that is no case fails below
}

for (const file of files)
  test(basename(file, '.case').replaceAll('-', ' '), () => {
    const [input = '', want = ''] = readFileSync(join(FOLDER, file), 'utf8').split(LINE)
    const { spec, template } = head(file)
    const compiled = compilePolicy(
      policySource([
        apiSource({
          spec: readFileSync(join(ROOT, spec), 'utf8'),
          template,
          ...(template === 'auth' ? { dataClasses: ['credential'] } : {}),
        }),
      ]),
    )
    const [api] = compiled.plan.apis
    const seen = JSON.parse(JSON.stringify(outline(compiled))) as JsonValue
    const apis = isJsonObject(seen) ? seen['apis'] : undefined
    const got = {
      ...(api?.state === 'active'
        ? { audit: api.audit, feedAllowanceMs: api.feedAllowanceMs }
        : {}),
      ...(isJsonObject(apis) ? { api: apis['accounts'] } : {}),
      // Many of one kind say one thing.
      findings: Object.fromEntries(
        [...Map.groupBy(compiled.findings, ({ code }) => code)].map(([code, list]) => [
          code,
          list.length,
        ]),
      ),
    }
    if (process.env['WRITE_CASES'] === '1')
      writeFileSync(join(FOLDER, file), `${input}${LINE}${stringify(got, { lineWidth: 130 })}`)
    else assert.deepEqual(got, parse(want))
  })
