/** Every parameter of every rule at its edges, every way to link a template, every address: one line a case, through the compiler. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  type ApiPolicySource,
  compilePolicy,
  type CompiledPolicy,
  type RuleChange,
  ruleWords,
  templates,
} from '../../src/policy/index.ts'
import { apiSource, change, policySource } from '../support/policy-source.ts'

const SPEC = {
  openapi: '3.0.3',
  info: { title: 'Accounts', version: '1' },
  paths: {
    '/accounts/{AccountId}/balances': {
      get: {
        operationId: 'GetBalances',
        parameters: [
          { name: 'AccountId', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'acct', in: 'query', schema: { type: 'string' } },
        ],
        responses: { 200: { description: 'ok' } },
      },
    },
  },
}
const base = apiSource({ spec: SPEC })

function runTable(name: string, least: number, run: (given: string) => string): readonly string[] {
  const file = join(import.meta.dirname, 'tables', `${name}.case`)
  const lines = readFileSync(file, 'utf8').split('\n')
  const rows = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (process.env['WRITE_CASES'] === '1') {
    const out = lines.map((line) => {
      const given = line.split(' => ')[0] ?? ''
      return rows.includes(line) ? `${given} => ${run(given)}` : line
    })
    writeFileSync(file, out.join('\n'))
  } else
    for (const row of rows) {
      const [given = '', want] = row.split(' => ')
      test(`${name}: ${given}`, () => assert.equal(run(given), want))
    }
  test(`${name}: there are cases`, () => assert.ok(rows.length >= least, `${rows.length}`))
  return rows
}

function compile(api: Partial<ApiPolicySource>, mandate: readonly RuleChange[] = []) {
  return compilePolicy(policySource([{ ...base, ...api }], mandate))
}
/** The code that closes the only API, or `undefined`. A closed API says so in the plan and in one finding at least. */
function closedBy({ plan, findings, effective }: CompiledPolicy): string | undefined {
  const [api] = plan.apis
  const closing = findings.find(({ closes }) => closes)
  assert.equal(api?.state, closing === undefined ? 'active' : 'closed')
  assert.equal(effective[0]?.state, api?.state)
  return api?.state === 'closed' ? api.code : undefined
}

const rows = runTable('changes', 100, (given) => {
  const [, level, rule = '', mode, fraction, params = ''] =
    /^(\w+): (\S+)(?: (off|observe|enforce))?(?: (-?\d+))? (\{.*\})$/.exec(given) ?? []
  assert.notEqual(params, '', given)
  const one = change(rule, {
    // Sound: the pattern lets nothing else through; the parameters are JSON of our own.
    mode: (mode ?? null) as RuleChange['mode'],
    fraction: fraction === undefined ? null : Number(fraction),
    params: JSON.parse(params) as Readonly<Record<string, unknown>>,
    line: 42,
  })
  const compiled = level === 'mandate' ? compile({}, [one]) : compile({ rules: [one] })
  // What is said of a change is said at its line.
  const said = compiled.findings.filter(({ place }) => place.line === 42)
  const closed = closedBy(compiled)
  if (closed !== undefined) {
    // These two are about what stands elsewhere: who issues tokens, and an upstream over plain HTTP.
    if (!['GH_POLICY_NO_ISSUER', 'GH_POLICY_UPSTREAM'].includes(closed))
      assert.ok(said.some(({ code }) => code === closed))
    return closed
  }
  const codes = said.map(({ code }) => code)
  if (codes.length === 0) return 'taken'
  return codes.join() === 'GH_POLICY_WEAKENED' ? 'within' : `taken, ${codes.join()}`
})

test('changes: every parameter of every rule is tried, and every rule in another mode', () => {
  const seen = rows.map((row) => row.split(' => ')[0] ?? '')
  for (const { name, params } of ruleWords()) {
    for (const param of params)
      assert.ok(
        seen.some((row) => row.startsWith(`api: ${name} `) && row.includes(`"${param}"`)),
        `${name} ${param}`,
      )
    assert.ok(
      seen.some((row) => row.startsWith(`api: ${name} observe`)),
      `${name} observe`,
    )
  }
})

const digest = templates().findLast(({ name }) => name === 'ais')?.digest ?? ''
runTable('links', 30, (given) => {
  const link = given.replaceAll('#DD', `#${digest}0`).replaceAll('#D', `#${digest}`)
  const compiled = compile({ template: link })
  const closed = closedBy(compiled)
  if (closed === undefined) {
    const [api] = compiled.plan.apis
    assert.ok(api?.state === 'active')
    assert.equal(api.template.digest, digest)
    return `${api.template.name}@${api.template.version}`
  }
  const finding = compiled.findings.find(({ code }) => code === closed)
  assert.deepEqual(finding?.place, base.templatePlace, 'said where the link stands')
  return closed
})

runTable('addresses', 40, (given) => {
  const [, member = '', text = ''] = /^(\w+) (.*)$/.exec(given) ?? []
  const compiled = compile({ [member]: JSON.parse(text) })
  const closed = closedBy(compiled)
  if (closed !== undefined) {
    // A wrong upstream may hold a password: a finding never repeats it.
    assert.ok(!JSON.stringify(compiled.findings).includes('password@'))
    return closed
  }
  const [api] = compiled.plan.apis
  assert.ok(api?.state === 'active')
  return JSON.stringify(
    member === 'basePath' ? api.basePath : `${api.upstream.origin}${api.upstream.pathPrefix}`,
  )
})
