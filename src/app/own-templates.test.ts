/** A bank's own templates in a configuration: linked, compared, and every mistake in their files at its place. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { assemble } from './assemble.ts'
import { readConfig } from './read-config.ts'
import { compareTemplates, templateReports } from './template-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'))
after(() => rmSync(folder, { recursive: true }))

const digest = templateReports(undefined).find(({ name }) => name === 'open-data')?.digest ?? ''
const OWN = `extends: open-data@1.0.0#${digest}
name: branches
version: 1.0.0
title: Branches, with a limit of our own
rules:
  upstream.resilience: { params: { bodyTimeoutMs: 2000 } }
`
const SPEC = `openapi: 3.0.3
info: { title: Branches, version: 1.0.0 }
paths:
  /branches:
    get: { responses: { '200': { description: ok, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } } }
`
const CONFIG = `templates: [own.yaml, second.json]
apis:
  - name: branches
    spec: branches.yaml
    upstream: http://127.0.0.1:9000
    template: branches
    dataClasses: [public-reference]
`

function write(files: Readonly<Record<string, string>>): ReturnType<typeof readConfig> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readConfig(folder, {})
}

const files = {
  'gatehouse.yaml': CONFIG,
  'branches.yaml': SPEC,
  'own.yaml': OWN,
  'second.json': JSON.stringify({
    extends: `open-data@1.0.0#${digest}`,
    name: 'branches',
    version: '1.1.0',
    title: 'Tighter',
    rules: { 'request.validation': { params: { maxDepth: 8 } } },
  }),
}

test("an API is linked to the bank's own template, by its newest version or by the one it names", () => {
  const { config, diagnostics } = write(files)
  assert.deepEqual(diagnostics, [])
  assert.ok(config !== undefined)
  const of = (template: string): string[] => {
    const linked = { ...config, apis: config.apis.map((api) => ({ ...api, template })) }
    const { policy } = assemble(linked)
    const [api] = policy.plan.apis
    assert.ok(api?.state === 'active', JSON.stringify(policy.findings))
    return [
      `${api.template.name}@${api.template.version}`,
      ...policy.findings.map(({ code }) => code),
    ]
  }
  assert.deepEqual(of('branches'), ['branches@1.1.0'])
  assert.deepEqual(of('branches@1.0.0'), ['branches@1.0.0', 'GH_POLICY_TEMPLATE_NEWER'])
})

test('templateReports() tells versions, users and what is newer; compareTemplates() what it would change', () => {
  const { config } = write(files)
  const own = templateReports(config).filter(({ name }) => name === 'branches')
  assert.deepEqual(
    own.map(({ version, newer, usedBy, file }) => [version, newer, usedBy, file]),
    [
      ['1.0.0', '1.1.0', [], join(folder, 'own.yaml')],
      ['1.1.0', null, ['branches'], join(folder, 'second.json')],
    ],
  )
  assert.deepEqual(
    compareTemplates(config, ['branches@1.0.0', 'branches@1.1.0']).map(
      ({ what, effect }) => `${what} ${effect}`,
    ),
    ['request.validation maxDepth tighter', 'upstream.resilience bodyTimeoutMs looser'],
  )
})

/** What stands in own.yaml → where and what is said. */
const MISTAKES: readonly (readonly [what: string, text: string, said: readonly string[]])[] = [
  [
    'a rule that is none',
    OWN.replace('upstream.resilience', 'upstream.resilienc'),
    ['own.yaml:6:23 GH_POLICY_TEMPLATE_INVALID'],
  ],
  ['a value out of range', OWN.replace('2000', '0'), ['own.yaml:6:51 GH_POLICY_TEMPLATE_INVALID']],
  [
    'a value that loosens',
    OWN.replace('2000', '90000'),
    ['own.yaml:6:51 GH_POLICY_TEMPLATE_INVALID'],
  ],
  [
    'another digest',
    OWN.replace(digest, `sha256:${'0'.repeat(64)}`),
    ['own.yaml:1:10 GH_POLICY_TEMPLATE_INVALID'],
  ],
  ['no YAML', `${OWN}  - : [\n`, ['own.yaml:7:3 GH_CONFIG_SYNTAX']],
  [
    'an alias',
    `x: &a 1\n${OWN}y: *a\n`,
    ['own.yaml:1:7 GH_CONFIG_YAML_FEATURE', 'own.yaml:8:4 GH_CONFIG_YAML_FEATURE'],
  ],
  ['a secret', `${OWN}password: abcdefgh\n`, ['own.yaml:7:11 GH_CONFIG_SECRET_LITERAL']],
]
for (const [what, text, said] of MISTAKES)
  test(`a template file with ${what} is told at its place`, () => {
    const { config, diagnostics } = write({ ...files, 'own.yaml': text })
    assert.equal(config, undefined)
    const found = diagnostics
      .filter(({ place }) => place.file.endsWith('own.yaml'))
      .map(({ code, place }) => `own.yaml:${place.line}:${place.column} ${code}`)
    assert.ok(found.length > 0)
    for (const one of said) assert.ok(found.includes(one), `${one} not in ${found.join(' | ')}`)
  })

test('a template that is not there is told where it is named', () => {
  const { diagnostics } = write({
    ...files,
    'gatehouse.yaml': CONFIG.replace('own.yaml', 'owns.yaml'),
  })
  assert.deepEqual(
    diagnostics.map(({ code, place }) => [code, place.line, place.column]),
    [['GH_CONFIG_FILE_MISSING', 1, 13]],
  )
})
