import assert from 'node:assert/strict'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../src/cli/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const BANK = join(import.meta.dirname, '..', '..', 'examples', 'bank')
const UK = join(BANK, 'spec', 'account-info-openapi.yaml')

test('there are commands, each with help that leads with examples', async () => {
  assert.ok(COMMANDS.length >= 13, `${COMMANDS.length} commands`)
  for (const command of COMMANDS) {
    const { code, out } = await gatehouse([...command.name.split(' '), '--help'])
    assert.equal(code, 0, command.name)
    assert.match(out, /Examples\n {2}gatehouse /, command.name)
    assert.match(out, /--json/, command.name)
  }
})

const overview = [['--help'], ['-h'], ['help'], []]
for (const words of overview) {
  test(`"gatehouse ${words.join(' ')}" lists every command and exit code`, async () => {
    const { code, out } = await gatehouse(words)
    assert.equal(code, 0)
    for (const command of COMMANDS) assert.ok(out.includes(command.name), command.name)
    assert.match(out, /69 +unavailable/)
  })
}

for (const words of [
  ['inventory', '--help'],
  ['help', 'inventory'],
])
  test(`"gatehouse ${words.join(' ')}" lists the commands that begin with it`, async () => {
    const { code, out, err } = await gatehouse(words)
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    for (const name of ['import', 'list', 'show', 'export'])
      assert.match(out, new RegExp(`inventory ${name}`))
    assert.doesNotMatch(out, /consents/)
  })

const mistakes = [
  {
    name: 'an operation that is none',
    words: ['inventory', 'show', '--operation', 'GetAccount', '-c', 'examples/bank/gatehouse.yaml'],
    says: /Did you mean "GetAccounts"/,
  },
  { name: 'a command that is none', words: ['chekc'], says: /Did you mean "check"/ },
  { name: 'half a command', words: ['inventory'], says: /import.*list.*show.*export/ },
  {
    name: 'half a command with a typo',
    words: ['inventory', 'lits'],
    says: /Did you mean "inventory list"/,
  },
  {
    name: 'an option that is none',
    words: ['check', '--conifg', 'x'],
    says: /Did you mean --config/,
  },
  { name: 'too many arguments', words: ['check', 'a', 'b'], says: /takes \[FILE\]/ },
  { name: 'too few arguments', words: ['explain'], says: /takes DECISION-ID/ },
  { name: 'an option without its value', words: ['check', '--config'], says: /--config/ },
  {
    name: 'a control that is none',
    words: ['controls', 'object-auth'],
    says: /Did you mean "object-authz"/,
  },
  {
    name: 'a regime that is none',
    words: ['controls', '--regime', 'psd9'],
    says: /no regime "psd9"/,
  },
  {
    name: 'an OWASP id that is none',
    words: ['controls', '--owasp', 'API11:2019'],
    says: /API1:2019/,
  },
]
for (const { name, words, says } of mistakes) {
  test(`${name} ends with 4, names what is known and shows no stack`, async () => {
    const { code, out, err } = await gatehouse(words)
    assert.equal(code, 4)
    assert.equal(out, '')
    assert.match(err, says)
    assert.doesNotMatch(err, /\n\s+at /)
  })
}

test('"controls" lists 60 and filters by regime and by OWASP edition', async () => {
  const count = async (...words: string[]): Promise<number> =>
    (JSON.parse((await gatehouse(['controls', '--json', ...words])).out) as unknown[]).length
  assert.equal(await count(), 60)
  const api3of2019 = await count('--owasp', 'API3:2019')
  assert.ok(api3of2019 > 0 && api3of2019 < 60)
  assert.notEqual(api3of2019, await count('--owasp', 'API3:2023'))
  assert.ok((await count('--regime', 'eu-rts-sca')) > 10)
  const both = await count('--regime', 'eu-rts-sca', '--owasp', 'API1:2023')
  assert.ok(both > 0 && both < (await count('--regime', 'eu-rts-sca')))
})

test('"controls ID" shows a clause that nobody read as unchecked', async () => {
  const { out } = await gatehouse(['controls', 'client-mutual-tls'])
  assert.match(out, /Art 34\(1\) +UNCHECKED: known from memory/)
  assert.match(out, /checked against the text/)
})

test('"check" is clean on the example, also when its folder is copied elsewhere', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, join(dir, 'elsewhere'), {
    recursive: true,
    filter: (path) => !path.includes('.gatehouse'),
  })
  for (const folder of [BANK, join(dir, 'elsewhere')]) {
    const { code, out, err } = await gatehouse(['check', join(folder, 'gatehouse.yaml')])
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(out, /no mistakes/)
  }
})

test('"check" names the place of every planted mistake in one run', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  const file = join(dir, 'gatehouse.yaml')
  const text = readFileSync(file, 'utf8')
    .replace('template: ais', 'tempalte: ais')
    .replace('within-24h', 'within-24hours')
  writeFileSync(file, text)
  const { code, out, err } = await gatehouse(['check', 'gatehouse.yaml'], { cwd: dir })
  assert.equal(code, 4)
  assert.match(err, /^\d+ mistakes in gatehouse\.yaml\.$/)
  const line = (needle: string): number =>
    text.split('\n').findIndex((one) => one.includes(needle)) + 1
  assert.match(
    out,
    new RegExp(`^gatehouse\\.yaml:${line('tempalte')}:5: GH_CONFIG_UNKNOWN_KEY .*template`, 'm'),
  )
  assert.match(
    out,
    new RegExp(
      `^gatehouse\\.yaml:${line('24hours')}:19: GH_CONFIG_VALUE_INVALID .*within-24h`,
      'm',
    ),
  )
  const json = JSON.parse((await gatehouse(['check', file, '--json'])).out) as {
    ok: boolean
    mistakes: unknown[]
  }
  assert.equal(json.ok, false)
  assert.ok(json.mistakes.length >= 2)
})

test('"check" finds mistakes in consents, takes a folder, and writes nothing', async (t) => {
  const dir = join(temporaryFolder(t), 'a bank')
  cpSync(BANK, dir, { recursive: true })
  const file = join(dir, 'feed', 'consents', 'mistaken.json')
  writeFileSync(file, '{ "id": "c1", "acounts": [] }')
  const { code, out } = await gatehouse(['check', dir], { cwd: dir })
  assert.equal(code, 4)
  assert.match(out, /^feed\/consents\/mistaken\.json:1:15: GH_FEED_RECORD_INVALID .*"accounts"\?/m)
  // The policy tests name consents of the feed: both go.
  for (const folder of ['feed', 'policy-tests']) rmSync(join(dir, folder), { recursive: true })
  assert.equal((await gatehouse(['check', dir])).code, 0)
  assert.ok(!existsSync(join(dir, 'feed')))
})

test('"consents put" of a file that is not there ends with 4', async (t) => {
  const config = join(BANK, 'gatehouse.yaml')
  const { code, err } = await gatehouse(['consents', 'put', 'nope.json', '-c', config], {
    cwd: temporaryFolder(t),
  })
  assert.equal(code, 4)
  assert.match(err, /nope\.json: there is no such file/)
})

test('"check" of a configuration with mistakes reads its specifications all the same', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  const file = join(dir, 'gatehouse.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('owner:', 'ower:'))
  writeFileSync(join(dir, 'spec', 'account-info-openapi.yaml'), 'openapi: 3.0.0\npaths: [\n')
  const { code, out, err } = await gatehouse(['check'], { cwd: dir })
  assert.equal(code, 4)
  assert.match(out, /^gatehouse\.yaml:\d+:5: GH_CONFIG_UNKNOWN_KEY/m)
  assert.match(out, /^spec\/account-info-openapi\.yaml:\d+:\d+: GH_INVENTORY_SYNTAX/m)
  assert.match(err, /^2 mistakes/m)
})

test('"check" names a rule that an API loosened, and still passes', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  const file = join(dir, 'gatehouse.yaml')
  const text = `${readFileSync(file, 'utf8').trimEnd()}\n    rules:\n      authz.objects: { mode: observe }\n`
  writeFileSync(file, text)
  // The bank's own policy tests notice it, as they should.
  assert.equal((await gatehouse(['check', 'gatehouse.yaml'], { cwd: dir })).code, 3)
  rmSync(join(dir, 'policy-tests'), { recursive: true })
  const line = text.split('\n').findIndex((one) => one.includes('authz.objects')) + 1
  const { code, err } = await gatehouse(['check', 'gatehouse.yaml'], { cwd: dir })
  assert.equal(code, 0)
  assert.match(
    err,
    new RegExp(`^note gatehouse\\.yaml:${line}:\\d+: GH_POLICY_\\w+ .*authz\\.objects`, 'm'),
  )
  const json = JSON.parse((await gatehouse(['check', file, '--json'])).out) as {
    ok: boolean
    notes: unknown[]
  }
  assert.equal(json.ok, true)
  assert.ok(json.notes.length > 0)
})

test('"check" of a file that is not there ends with 4 and its path', async (t) => {
  const { code, err } = await gatehouse(['check'], { cwd: temporaryFolder(t) })
  assert.equal(code, 4)
  assert.match(err, /GH_CONFIG_UNREADABLE .*gatehouse\.yaml: there is no such file/)
})

test('"init" writes a configuration that "check" accepts, and never overwrites one', async (t) => {
  const dir = temporaryFolder(t)
  mkdirSync(join(dir, 'specs'))
  copyFileSync(UK, join(dir, 'specs', 'accounts.yaml'))
  writeFileSync(join(dir, 'notes.json'), '{"nothing": "to see"}')
  const first = await gatehouse(['init', dir])
  assert.equal(first.code, 0, first.err)
  assert.match(
    first.out,
    /specs\/accounts\.yaml: Account and Transaction API Specification 4\.0\.0, 29 operations → template ais/,
  )
  const again = await gatehouse(['init', dir])
  assert.equal(again.code, 4)
  assert.match(again.err, /GH_CLI_FILE_EXISTS/)
  const check = await gatehouse(['check', join(dir, 'gatehouse.yaml')])
  assert.equal(check.err, '')
  assert.equal(check.code, 0)
})

test('"init" of a folder without specifications says so', async (t) => {
  const { code, err } = await gatehouse(['init', temporaryFolder(t)])
  assert.equal(code, 4)
  assert.match(err, /GH_CONFIG_NO_SPECIFICATION/)
})

test('"inventory import --dry-run --json" prints operations and problems', async () => {
  const { code, out } = await gatehouse(['inventory', 'import', UK, '--dry-run', '--json'])
  assert.equal(code, 0)
  const report = JSON.parse(out) as { operations: Record<string, unknown>[]; problems: unknown[] }
  assert.equal(report.operations.length, 29)
  assert.deepEqual(Object.keys(report.operations[0] ?? {}), [
    'method',
    'path',
    'operationId',
    'pointer',
  ])
  assert.ok(Array.isArray(report.problems))
})

test('"inventory import" of something else ends with 4 and a place', async (t) => {
  const file = join(temporaryFolder(t), 'swagger.yaml')
  writeFileSync(file, 'swagger: "1.2"\ninfo: {title: old, version: "1"}\npaths: {}\n')
  const { code, out } = await gatehouse(['inventory', 'import', file, '--dry-run'])
  assert.equal(code, 4)
  assert.match(out, /swagger\.yaml:1:1: GH_INVENTORY_FORMAT/)
})

test('"objectives --why" tells rule, clause and reason, or why not', async () => {
  const config = ['--config', join(BANK, 'gatehouse.yaml')]
  const required = await gatehouse([
    'objectives',
    'accounts',
    '--why',
    'consent-bound-access',
    ...config,
  ])
  assert.equal(required.code, 0, required.err)
  assert.match(required.out, /is required: /)
  assert.match(required.out, /UNCHECKED|checked/)
  const not = await gatehouse(['objectives', 'accounts', '--why', 'payment-idempotency', ...config])
  assert.match(not.out, /is not required/)
  const unknown = await gatehouse(['objectives', 'acounts', ...config])
  assert.equal(unknown.code, 4)
  assert.match(unknown.err, /Did you mean "accounts"/)
})

test('"plan" shows the origin of every rule and what stays unmet, and ends with 2 before anything ran', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  const { code, out } = await gatehouse(['plan', '--config', join(dir, 'gatehouse.yaml'), '--json'])
  assert.equal(code, 2)
  const report = JSON.parse(out) as {
    effective: {
      rules: { rule: string; origin: { source: string } }[]
      unmet: { control: string }[]
    }[]
    differences: string[]
    running: null
  }
  assert.equal(report.running, null)
  assert.ok(report.differences.length > 0)
  const [accounts] = report.effective
  assert.ok(accounts?.rules.every((rule) => rule.origin.source !== ''))
  assert.ok(accounts?.unmet.some((gap) => gap.control === 'client-mutual-tls'))
  assert.ok(!accounts?.unmet.some((gap) => gap.control === 'object-authz'))
})

test('"posture" counts nothing as met that was never seen, and fails on a threshold', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  const config = ['--config', join(dir, 'gatehouse.yaml')]
  const { code, out } = await gatehouse(['posture', '--json', ...config])
  assert.equal(code, 0)
  const report = JSON.parse(out) as {
    live: boolean
    apis: { counts: Record<string, number>; worst: unknown[] }[]
  }
  assert.equal(report.live, false)
  assert.equal(report.apis[0]?.counts['met'], 0)
  assert.equal(report.apis[0]?.worst.length, 6)
  assert.equal((await gatehouse(['posture', '--fail-on', 'high', ...config])).code, 3)
  assert.equal((await gatehouse(['posture', '--fail-on', 'terrible', ...config])).code, 4)
})

test('commands that need a running instance say so with 69', async (t) => {
  const dir = temporaryFolder(t)
  cpSync(BANK, dir, { recursive: true, filter: (path) => !path.includes('.gatehouse') })
  for (const words of [
    ['explain', 'abc'],
    ['events', 'tail'],
  ]) {
    const { code, err } = await gatehouse([...words, '--config', join(dir, 'gatehouse.yaml')])
    assert.equal(code, 69, words.join(' '))
    assert.match(err, /GH_CLI_NOT_RUNNING/)
    assert.match(err, /gatehouse up/)
  }
})
