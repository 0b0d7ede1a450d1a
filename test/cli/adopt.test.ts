/** `gatehouse adopt`: from a specification, or an API under a wrong template, to a configuration that `check` finds in order. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { replaceFile } from '../../src/app/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse, type Screen } from './terminal.ts'

const SPECS = join(import.meta.dirname, '../inventory/specs')
const OWN = join(import.meta.dirname, '../policy/served/specs')
const CONFIG = `# Ours. Do not touch the comments.
issuers:
  - issuer: https://issuer.example   # who
    jwks: https://issuer.example/jwks.json
    audience: https://api.example

apis:
  # Funds
  - name: funds
    spec: funds.yaml
    upstream: http://127.0.0.1:9000
    template: 'ais'   # for now
    rules:
      response.errors: { mode: observe }   # while we look

# The end.
listen: 127.0.0.1:8080
`

function bank(t: TestContext, config = CONFIG): { readonly cwd: string; readonly file: string } {
  const cwd = temporaryFolder(t)
  for (const name of ['funds.yaml', 'authorization-server.yaml', 'operations.yaml', 'vrp.yaml'])
    copyFileSync(join(OWN, name), join(cwd, name))
  copyFileSync(join(SPECS, 'brazil/payments-4.0.0.yml'), join(cwd, 'payments.yml'))
  const file = join(cwd, 'gatehouse.yaml')
  writeFileSync(file, config)
  return { cwd, file }
}
const json = ({ out }: Screen): Record<string, unknown> =>
  JSON.parse(out) as Record<string, unknown>

test('an API under a wrong template: the difference is two values, and what it meets is said', async (t) => {
  const { cwd, file } = bank(t)
  const { code, out, err } = await gatehouse(['adopt', 'funds'], { cwd })
  assert.equal(code, 2, err)
  const changed = out.split('\n').filter((line) => /^[-+] /.test(line))
  assert.deepEqual(changed, [
    "-    template: 'ais'   # for now",
    '+    template: cbpii@1.0.0   # for now',
    '-      response.errors: { mode: observe }   # while we look',
    '+      response.errors: { mode: enforce }   # while we look',
  ])
  assert.match(out, /consent-bound-access/)
  assert.match(out, /GetAccounts +cbpii serves no ais operations/)
  assert.equal(readFileSync(file, 'utf8'), CONFIG, 'nothing is written without --write')
})

test('--write makes the change and no other; after it there is nothing to adopt, and check finds nothing', async (t) => {
  const { cwd, file } = bank(t)
  chmodSync(file, 0o640)
  assert.equal((await gatehouse(['adopt', 'funds', '--write'], { cwd })).code, 0)
  const expected = CONFIG.replace("'ais'", 'cbpii@1.0.0').replace(
    '{ mode: observe }',
    '{ mode: enforce }',
  )
  assert.equal(readFileSync(file, 'utf8'), expected)
  assert.equal(statSync(file).mode & 0o777, 0o640)
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.endsWith('.tmp')),
    [],
  )
  const again = await gatehouse(['adopt', 'funds', '--json'], { cwd })
  assert.deepEqual([again.code, json(again)['diff'], json(again)['pending']], [0, '', false])
  assert.equal((await gatehouse(['check'], { cwd })).code, 0)
})

for (const [spec, template] of [
  ['payments.yml', 'pis@1.6.0'],
  ['vrp.yaml', 'pis@1.6.0'],
  ['authorization-server.yaml', 'auth@1.0.0'],
] as const)
  test(`a specification that is not in the file: ${spec} is adopted under ${template}`, async (t) => {
    const { cwd, file } = bank(t)
    const proposed = await gatehouse(['adopt', spec, '--json'], { cwd })
    assert.equal(proposed.code, 2, proposed.err)
    assert.deepEqual([json(proposed)['before'], json(proposed)['template']], [null, template])
    assert.equal((await gatehouse(['adopt', spec, '--write'], { cwd })).code, 0)
    const text = readFileSync(file, 'utf8')
    const end = CONFIG.indexOf('\n# The end.')
    assert.ok(text.startsWith(CONFIG.slice(0, end)) && text.endsWith(CONFIG.slice(end)))
    const { code, out } = await gatehouse(['check', '--json'], { cwd })
    assert.equal(code, 0, out)
  })

test("a bank's own template is taken where it is the newest of its name", async (t) => {
  const { out } = await gatehouse(['templates', 'cbpii', '--json'], { cwd: temporaryFolder(t) })
  const digest = (JSON.parse(out) as { digest: string }[])[0]?.digest ?? ''
  const { cwd } = bank(t, `templates: [own.yaml]\n${CONFIG}`)
  writeFileSync(
    join(cwd, 'own.yaml'),
    `{ extends: "cbpii@1.0.0#${digest}", name: cbpii, version: 1.1.0, title: Ours }\n`,
  )
  const proposed = await gatehouse(['adopt', 'funds', '--json'], { cwd })
  assert.equal(json(proposed)['template'], 'cbpii@1.1.0', proposed.err)
})

test('what is neither an API nor a file is named with the nearest', async (t) => {
  const { cwd } = bank(t)
  const { code, err } = await gatehouse(['adopt', 'fund'], { cwd })
  assert.equal(code, 4)
  assert.match(err, /GH_CLI_USAGE.*Did you mean "funds"/)
})

const BRACKETS = `issuers: [{ issuer: "https://a.example", jwks: "https://a.example/jwks", audience: b }]
apis: [{ name: a, spec: funds.yaml, upstream: "http://127.0.0.1:1", template: ais }] # all of them
`
for (const [how, text] of [
  ['in brackets', BRACKETS],
  ['in JSON', JSON.stringify(parse(BRACKETS), null, 2)],
] as const)
  test(`a configuration ${how} is edited as it is written`, async (t) => {
    const { cwd, file } = bank(t, text)
    assert.equal((await gatehouse(['adopt', 'a', '--write'], { cwd })).code, 0)
    const { code, err } = await gatehouse(['adopt', 'vrp.yaml', '--write'], { cwd })
    assert.equal(code, 0, err)
    assert.match(err, /"upstream" of .* is a placeholder/)
    const after = readFileSync(file, 'utf8')
    if (how === 'in JSON') JSON.parse(after)
    else assert.ok(after.endsWith(' }] # all of them\n'), after)
    const { apis } = parse(after) as { apis: { name: string; template: string }[] } // sound: our own configuration
    assert.deepEqual(
      apis.map(({ template }) => template.replace(/@\d+\.\d+\.\d+$/, '@')),
      ['cbpii@', 'pis@'],
    )
    assert.equal((await gatehouse(['check'], { cwd })).code, 0)
  })

/** `permissions` that no dialect maps; what consents may list stands in the specification. */
const PENSIONS = `openapi: 3.0.3
info: { title: Pensions, version: "1" }
servers: [{ url: https://api.bank.example/p }]
security: [{ oauth: [accounts] }]
paths:
  /pensions: { get: { operationId: listPensions, responses: { "200": { description: ok } } } }
  /boxes: { get: { operationId: listBoxes, responses: { "200": { description: ok } } } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://as.example/t", scopes: { accounts: a } } } }
  schemas:
    Consent: { type: object, properties: { Permissions: { type: array, items: { type: string, enum: [ReadPensions, ReadNothing] } } } }
`
test('what a consent must hold is written where the specification tells, and asked for where it does not', async (t) => {
  const { cwd, file } = bank(t)
  writeFileSync(join(cwd, 'pensions.yaml'), PENSIONS)
  const { code, out, err } = await gatehouse(['adopt', 'pensions.yaml', '--write'], { cwd })
  assert.equal(code, 0, err)
  assert.match(out, /^\+ {4}permissions:\n\+ {6}"?GET \/pensions"?: \[ReadPensions\]$/m)
  assert.match(out, /"GET \/boxes": \[CODE\] {3}# it names ReadPensions, ReadNothing/)
  assert.match(out, /Denied: 1\n +listBoxes/)
  const again = json(await gatehouse(['adopt', 'pensions', '--json'], { cwd }))
  assert.equal(again['diff'], '')
  assert.deepEqual(again['permissions'], [
    { operation: 'GET /boxes', codes: [], candidates: ['ReadPensions', 'ReadNothing'] },
  ])
  // As the command says it: the line, with a code.
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      / {6}"?GET \/pensions.*\n/,
      (line) => `${line}      "GET /boxes": [ReadNothing]\n`,
    ),
  )
  const whole = json(await gatehouse(['adopt', 'pensions', '--json'], { cwd }))
  assert.deepEqual([whole['permissions'], whole['denied']], [[], []])
})

test('where every template leaves an API closed the reason is said', async (t) => {
  const { cwd } = bank(t)
  const { code, err } = await gatehouse(['adopt', 'funds.yaml'], { cwd })
  assert.notEqual(code, 0)
  assert.match(err, /GH_POLICY_NO_TEMPLATE.*GH_POLICY_/)
})

test('a file that somebody else changed in the meantime is left as it is', (t) => {
  const { cwd, file } = bank(t)
  writeFileSync(file, 'theirs\n')
  assert.throws(() => replaceFile(file, CONFIG, 'ours\n', 'x'), { code: 'GH_CLI_FILE_CHANGED' })
  assert.equal(readFileSync(file, 'utf8'), 'theirs\n')
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith('.gatehouse')),
    [],
  )
  replaceFile(file, 'theirs\n', 'ours\n', 'x')
  assert.equal(readFileSync(file, 'utf8'), 'ours\n')
})
