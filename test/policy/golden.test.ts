/** Golden cases: a configuration and a small specification above the line, what comes of it below. */
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { compilePolicy, type RuleChange } from '../../src/policy/index.ts'
import { outline } from '../support/plan-outline.ts'
import {
  type ApiWords,
  apiSource,
  change,
  placeAt,
  policySource,
} from '../support/policy-source.ts'

const LINE = '\n----------\n'
const FOLDER = join(import.meta.dirname, 'compile')
const files = globSync('*.case', { cwd: FOLDER }).sort()

interface Case {
  readonly mandate?: readonly Change[]
  readonly classes?: Readonly<Record<string, readonly Change[]>>
  readonly issuers?: readonly string[]
  readonly specs: Readonly<Record<string, unknown>>
  readonly apis: readonly (Omit<ApiWords, 'rules' | 'class' | 'operations'> & {
    readonly spec: string
    readonly class?: string
    readonly rules?: readonly Change[]
    readonly operations?: Readonly<Record<string, readonly Change[]>>
  })[]
}
type Change = Partial<RuleChange> & { readonly rule: string; readonly line?: number }

test('there are cases', () => assert.ok(files.length >= 10, `${files.length} cases`))

for (const file of files)
  test(basename(file, '.case').replaceAll('-', ' '), () => {
    const [input = '', want = ''] = readFileSync(join(FOLDER, file), 'utf8').split(LINE)
    const given = parse(input) as Case // sound enough: a case that is no case fails below
    const changes = (list: readonly Change[] = []): readonly RuleChange[] =>
      list.map(({ rule, ...rest }) => change(rule, rest))
    const compiled = compilePolicy(
      policySource(
        given.apis.map((api) =>
          apiSource({
            ...api,
            spec: document(given.specs[api.spec]),
            rules: changes(api.rules),
            class:
              api.class === undefined
                ? null
                : { name: api.class, rules: changes(given.classes?.[api.class]) },
            operations: Object.fromEntries(
              Object.entries(api.operations ?? {}).map(([name, rules]) => [
                name,
                { rules: changes(rules), place: placeAt(rules[0]?.line ?? 50, 7) },
              ]),
            ),
          }),
        ),
        changes(given.mandate),
        given.issuers,
      ),
    )
    const got = JSON.parse(JSON.stringify(outline(compiled)))
    if (process.env['WRITE_CASES'] === '1')
      writeFileSync(join(FOLDER, file), `${input}${LINE}${stringify(got, { lineWidth: 130 })}`)
    else assert.deepEqual(got, parse(want))
  })

/** `paths` alone are enough of a specification for a case. */
function document(paths: unknown): unknown {
  return { openapi: '3.0.3', info: { title: 'Case', version: '1' }, ...(paths as object) }
}
