/** The list of modules that a person reads (tools/conformance/modules.md), held against the tests that play them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, '..', '..', 'tools', 'conformance', 'modules.md')

/** `played`: `module: plan` of each test. Rows that name another file, or no plan, are not of this list. */
export function isListed(section: string, played: readonly string[]): void {
  const [, text = ''] = readFileSync(FILE, 'utf8').split(`\n## ${section}\n`)
  const [body = ''] = text.split('\n## ')
  const rows = [...body.matchAll(/^\| `([^`]+)` \| ([^|]+) \| (?:passes|review) \|/gm)]
  const listed = rows.flatMap(([, name = '', plans = '']) =>
    plans
      .split(',')
      .map((plan) => plan.trim())
      .filter((plan) => plan !== 'all')
      .map((plan) => `${name}: ${plan}`),
  )
  const elsewhere = new Set(['fapi2-security-profile-final-dpop-negative-tests: fapi2-dpop'])
  assert.deepEqual(listed.filter((one) => !elsewhere.has(one)).toSorted(), played.toSorted())
}
