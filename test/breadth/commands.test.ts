/** The commands as scripts and pipes use them: from other folders, through links, into JSON parsers and closed pipes. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Installation, install } from './installation.ts'
import { gatehouse } from '../cli/terminal.ts'
import { jwks } from '../support/token-issuer.ts'
import { BIN, forget, KEYS, run, SPECS, writeFiles } from './world.ts'

let place: Installation
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-breadth-'))
before(async () => {
  place = await install(folder)
})
after(() => {
  place.close()
  forget(folder)
})

const PRINTED: readonly (readonly [words: string, code: number])[] = [
  ['check', 4],
  ['plan', 2],
  ['posture customers', 0],
  ['posture customers --fail-on high', 3],
  ['objectives misplaced', 3],
  ['inventory list', 0],
  ['inventory show broken', 0],
  ['consents list', 0],
  ['explain 01m81sdkyw9bhrdfp1w4dywssy', 69],
  ['plan nobody', 4],
]
for (const [words, code] of PRINTED)
  test(`gatehouse ${words} --json prints JSON or nothing on stdout, no stack, and ends with ${code}`, async () => {
    const ran = await gatehouse([...words.split(' '), '--json', '--config', 'my bank'], {
      cwd: folder,
    })
    assert.equal(ran.code, code, ran.err)
    if (ran.out !== '') JSON.parse(ran.out)
    else assert.match(ran.err, /^GH_/)
    assert.doesNotMatch(ran.out + ran.err, /\n\s+at /)
  })

test('an unsound specification names pointer and line of each problem, and keeps its operations', async () => {
  const { out } = await gatehouse([
    'inventory',
    'import',
    join(SPECS, 'broken.yaml'),
    '--dry-run',
    '--json',
  ])
  // Sound: the published form of the report.
  const report = JSON.parse(out) as {
    operations: { operationId: string }[]
    problems: { pointer: string; line: number }[]
  }
  assert.deepEqual(
    report.operations.map(({ operationId }) => operationId),
    ['accounts', 'account', 'balances'],
  )
  assert.deepEqual(
    report.problems.map(({ pointer, line }) => `${line} ${pointer.split('/').at(-1)}`),
    ['23 $ref', '41 pattern'],
  )
})

test('the launcher works through a link, from elsewhere, and into a pipe that closes', async () => {
  mkdirSync(join(folder, 'links'))
  const link = join(folder, 'links', 'gh')
  symlinkSync(BIN, link)
  const { code } = await run(['inventory', 'list', '-c', '../my bank'], {
    bin: link,
    cwd: join(folder, 'links'),
  })
  assert.equal(code, 0)
  const piped = spawn('sh', ['-c', '"$0" controls 2>&1 | head -n 1', BIN])
  let out = ''
  piped.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await once(piped, 'close')
  assert.match(out, /^client-mutual-tls [^\n]*\n$/)
})

const CONFIG = `issuers: [{ issuer: https://as.example, jwks: keys.json, audience: a }]
mandate:
  token.lifetime: { maxSeconds: 300 }
apis:
  - name: customers
    spec: customers.yaml
    upstream: http://127.0.0.1:9
    template: ais
    permissions: { list_acounts: [ReadAccountsBasic] }
    rules: { token.lifetime: { maxSeconds: 3000 }, authz.objects: { mode: off } }
  - name: slow
    spec: spoilt.yaml
    upstream: http://127.0.0.1:9
    template: ais
  - name: crud
    spec: crud.yaml
    upstream: http://127.0.0.1:9
    template: ais@1.0.0#sha256:${'0'.repeat(64)}
`
/** Place, code, and what the message must tell: what is allowed, or the mend. */
const MISTAKES: readonly (readonly [place: string, code: string, says: RegExp])[] = [
  ['gatehouse.yaml:5:11', 'GH_POLICY_OPERATION_UNKNOWN', /Did you mean list_accounts\?/],
  ['gatehouse.yaml:10:14', 'GH_POLICY_LOOSENS', /gatehouse\.yaml:3:3 says; allowed: at most 300/],
  ['gatehouse.yaml:10:52', 'GH_POLICY_LOOSENS', /allowed: down to observe/],
  ['gatehouse.yaml:18:15', 'GH_POLICY_DIGEST_MISMATCH', /sha256/],
  ['spoilt.yaml:3:1', 'GH_INVENTORY_SYNTAX', /Missing closing/],
  [
    'feed/clients/a.json:1:27',
    'GH_FEED_RECORD_INVALID',
    /active, suspended\. Did you mean "active"\?/,
  ],
  ['feed/consents/one.json:1:14', 'GH_FEED_RECORD_INVALID', /Did you mean "client"\?/],
  ['feed/consents/two.json:2:1', 'GH_FEED_RECORD_INVALID', /not well-formed JSON/],
  ['feed/revocations/r.json:1:1', 'GH_FEED_RECORD_INVALID', /"at" is missing/],
]

test('check finds mistakes of policy, specification and feed in one run, each with place and mend', async () => {
  const dir = join(folder, 'mistaken')
  writeFiles(dir, {
    'gatehouse.yaml': CONFIG,
    'keys.json': jwks(KEYS.EdDSA),
    'spoilt.yaml': 'openapi: 3.0.3\ninfo: { title: "x }\n',
    'feed/clients/a.json': '{ "id": "a", "name": "A", "status": "actve" }\n',
    'feed/consents/one.json': '{"id": "c1", "clinet": "a"}\n',
    'feed/consents/two.json': '{ "id": "c2",\n',
    'feed/revocations/r.json': '{ "consent": "c1", "reason": "x" }\n',
  })
  for (const name of ['customers.yaml', 'crud.yaml'])
    symlinkSync(join(SPECS, name), join(dir, name))
  const { code, out } = await gatehouse(['check'], { cwd: dir })
  assert.equal(code, 4)
  const lines = out.split('\n')
  for (const [at, mistake, says] of MISTAKES) {
    const found = lines.find((line) => line.startsWith(`${at}: ${mistake} `))
    assert.ok(found !== undefined, `${at} ${mistake} in\n${out}`)
    assert.match(found, says)
  }
  // An unreadable specification shuts no neighbour that is offered at the root, as it would be itself.
  assert.doesNotMatch(out, /GH_POLICY_BASE_PATH_CLASH/)
})
