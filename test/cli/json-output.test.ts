/**
 * What `--json` prints is an interface: each output against its published schema in `schemas/cli/`. Members are only added, so a schema
 * allows more than it names; here nothing more may come, so that a new member is published with its kind.
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Compile } from 'typebox/schema'
import { COMMANDS } from '../../src/cli/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/index.ts'
import { call, until, up } from '../scenario/gateway-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const FOLDER = join(ROOT, 'schemas', 'cli')
const CRUD = join(ROOT, 'test', 'breadth', 'specs', 'crud.yaml')

/** Looked at beside the table: they write into an empty folder, or begin and end something. */
const APART = [
  'init',
  'restore',
  'up',
  'events-reindex',
  'erase',
  'sca-explain',
  'sca-elements',
  'sca-registers',
  'consents-show',
]

/** Words → schema. `running`: the instance must be up. */
const OUTPUTS: readonly {
  readonly words: string
  readonly schema: string
  readonly running?: true
}[] = [
  { words: 'check', schema: 'check' },
  { words: 'plan', schema: 'plan' },
  { words: 'posture', schema: 'posture' },
  { words: 'posture accounts', schema: 'posture' },
  { words: 'objectives accounts', schema: 'objectives' },
  { words: 'objectives accounts --why object-authz', schema: 'objectives-why' },
  { words: 'objectives accounts --history', schema: 'objectives-history', running: true },
  { words: 'controls', schema: 'controls' },
  { words: 'controls object-authz', schema: 'controls-one' },
  { words: `inventory import ${CRUD} --dry-run`, schema: 'inventory-import' },
  { words: 'inventory list', schema: 'inventory-list' },
  { words: 'inventory show accounts', schema: 'inventory-show' },
  { words: 'inventory export', schema: 'inventory-export' },
  { words: `inventory diff ${CRUD} ${CRUD}`, schema: 'inventory-diff' },
  {
    words: `inventory diff ${join(ROOT, 'examples/bank/spec/account-info-openapi.yaml')} ${CRUD}`,
    schema: 'inventory-diff',
  },
  { words: 'certs certificates', schema: 'certs' },
  { words: 'certs show certificates/qwac.pem', schema: 'certs-show' },
  { words: 'certs show certificates/ca.pem', schema: 'certs-show' },
  { words: 'certs list', schema: 'certs-list' },
  { words: 'export envoy', schema: 'export-envoy' },
  { words: 'templates', schema: 'templates' },
  { words: 'templates diff ais open-data', schema: 'templates-diff' },
  { words: 'adopt accounts', schema: 'adopt' },
  { words: `adopt ${CRUD}`, schema: 'adopt' },
  { words: 'consents list', schema: 'consents-list' },
  { words: 'clients list', schema: 'clients-list' },
  { words: 'consents put feed/consents/amira-budget.json', schema: 'feed-record' },
  { words: 'clients put feed/clients/lendwise.json', schema: 'feed-record' },
  { words: 'consents revoke consent-amira-budget --reason asked', schema: 'feed-record' },
  { words: 'clients revoke lendwise --reason withdrawn', schema: 'feed-record' },
  { words: 'grants revoke grant-1 --reason stolen', schema: 'feed-record' },
  { words: 'certificates revoke thumbprint-1 --reason stolen', schema: 'feed-record' },
  { words: 'tokens revoke token-1 --reason stolen', schema: 'feed-record' },
  { words: 'clients show lendwise', schema: 'clients-show', running: true },
  { words: 'completion fish', schema: 'completion' },
  { words: 'status', schema: 'status', running: true },
  { words: 'public-key', schema: 'public-key', running: true },
  { words: 'answer keys', schema: 'answer-keys' },
  { words: 'context keys', schema: 'context-keys' },
  { words: 'events tail --no-follow', schema: 'events-tail', running: true },
  { words: 'events query --since 1h', schema: 'events-query', running: true },
  { words: 'events query --by client', schema: 'events-query-by', running: true },
  { words: 'events query --count', schema: 'events-query-count', running: true },
  { words: 'explain DECISION', schema: 'explain', running: true },
  { words: 'plan --replay', schema: '../plan-replay', running: true },
  { words: 'reload --reason test', schema: 'control-outcome', running: true },
  {
    words: 'clients suspend lendwise --reason stolen-keys --notice told-in-the-app',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'clients resume lendwise --reason new-keys', schema: 'control-outcome', running: true },
  {
    words: 'clients register feed/clients/lendwise.json --reason contract',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'clients remove nobody --reason gone', schema: 'control-outcome', running: true },
  { words: 'clients approve lendwise --reason none', schema: 'control-outcome', running: true },
  { words: 'consents end consent-1 --reason fraud', schema: 'control-outcome', running: true },
  {
    words: 'observe-all accounts --for 1m --reason test',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'sca exemptions list', schema: 'sca-exemptions', running: true },
  {
    words: 'sca exemptions propose low-value --counter sum --audit-due NEXT-YEAR --reason minutes',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'sca exemptions', schema: 'sca-exemptions', running: true },
  { words: 'sca report --quarter 2026Q4', schema: 'sca-report', running: true },
  { words: 'sca rates', schema: 'sca-rates', running: true },
  { words: 'sca fraud none --fraud none --reason test', schema: 'control-outcome', running: true },
  {
    words: 'sca enrol cust-1 --factor passcode --reason test',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'sca enrol-approve cust-1', schema: 'sca-enrol-approve', running: true },
  { words: 'sca revoke cust-1 --all --reason test', schema: 'control-outcome', running: true },
  {
    words: 'sca registers take cust-1 host-to-host --reason test',
    schema: 'control-outcome',
    running: true,
  },
  { words: 'doctor', schema: 'doctor', running: true },
  { words: 'fsck', schema: 'fsck', running: true },
  { words: 'retention', schema: 'retention', running: true },
  {
    words: 'retention hold --until NEXT-YEAR --reason inquiry-4711',
    schema: 'retention-hold',
    running: true,
  },
  {
    words: 'retention release HOLD --reason it-is-closed',
    schema: 'retention-release',
    running: true,
  },
  { words: 'backup BACKUP --keys KEYS', schema: 'backup', running: true },
]

/** The schema with every object closed to what it does not name. */
function closed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(closed)
  if (!isJsonObject(value)) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]))
  return isJsonObject(value['properties']) && !('additionalProperties' in value)
    ? { ...inner, additionalProperties: false }
    : inner
}

function assertFits(schema: string, output: JsonValue, what: string): void {
  const published = JSON.parse(
    readFileSync(join(FOLDER, `${schema}.schema.json`), 'utf8'),
  ) as JsonObject // sound: our own file
  const [fits, errors] = Compile(closed(published) as object).Errors(output)
  assert.ok(fits, `${what}: ${JSON.stringify(errors.slice(0, 3))}`)
}

function bank(t: TestContext): string {
  const folder = temporaryFolder(t)
  cpSync(join(ROOT, 'examples', 'bank'), folder, {
    recursive: true,
    filter: (path) => !path.includes('.gatehouse'),
  })
  return folder
}

async function printed(words: readonly string[], cwd: string): Promise<JsonValue[]> {
  const { out, err } = await gatehouse([...words, '--json'], { cwd })
  assert.notEqual(out, '', `${words.join(' ')}: ${err}`)
  return words.includes('tail')
    ? out.split('\n').map((line) => JSON.parse(line) as JsonValue)
    : [JSON.parse(out) as JsonValue]
}

test('every command has a schema for its JSON; every schema is used', () => {
  for (const { name } of COMMANDS)
    assert.ok(
      APART.includes(name.replace(' ', '-')) || OUTPUTS.some(({ words }) => words.startsWith(name)),
      `${name}: publish a schema in schemas/cli and add it to OUTPUTS`,
    )
  const used = new Set([...OUTPUTS.map(({ schema }) => schema), ...APART])
  const files = readdirSync(FOLDER).map((file) => file.replace('.schema.json', ''))
  assert.ok(files.length > 30)
  assert.deepEqual(
    files.filter((file) => !used.has(file)),
    [],
  )
})

test('a member that is not published is noticed', () => {
  assert.throws(() => assertFits('completion', { shell: 'fish', script: '', colour: 1 }, 'x'))
  assert.throws(() => assertFits('completion', { shell: 'fish' }, 'x'))
})

test('commands that need no instance print what their schemas say', async (t) => {
  const folder = bank(t)
  for (const { words, schema, running } of OUTPUTS)
    if (running !== true)
      for (const output of await printed(words.split(' '), folder))
        assertFits(schema, output, words)
  const copy = temporaryFolder(t)
  cpSync(join(folder, 'spec'), join(copy, 'spec'), { recursive: true })
  for (const output of await printed(['init', '.'], copy)) assertFits('init', output, 'init')
})

test('commands about a running instance print what their schemas say', async (t) => {
  const folder = bank(t)
  const config = join(folder, 'gatehouse.yaml')
  const text = readFileSync(config, 'utf8')
  writeFileSync(config, text.replace(/^listen:.*$/m, 'listen: 127.0.0.1:0'))
  const instance = await up(t, { config })
  const answer = await call(instance, { path: '/open-banking/v4.0/aisp/accounts' })
  assert.equal(answer.status, 401)
  const { decision } = JSON.parse(answer.body) as { decision: string } // sound: a problem document of ours
  // The index follows the spool at its own pace.
  await until(
    20_000,
    async () => (await gatehouse(['events', 'query', '--count'], { cwd: folder })).code === 0,
  )
  const safe = temporaryFolder(t)
  assertFits('up', instance.ready as JsonObject, 'up') // sound: parsed JSON
  const names: Record<string, string> = {
    DECISION: decision,
    'NEXT-YEAR': new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10),
    BACKUP: join(safe, 'backup'),
    KEYS: join(safe, 'keys'),
  }
  for (const { words, schema, running } of OUTPUTS) {
    if (running !== true) continue
    const typed = words.split(' ').map((word) => names[word] ?? word)
    for (const output of await printed(typed, folder)) {
      assertFits(schema, output, words)
      const id = isJsonObject(output) ? output['id'] : undefined
      if (schema === 'retention-hold' && typeof id === 'string') names['HOLD'] = id
    }
  }
  const restored = [
    'restore',
    join(safe, 'backup'),
    '--keys',
    join(safe, 'keys'),
    '--to',
    join(safe, 'new'),
  ]
  for (const output of await printed(restored, folder)) assertFits('restore', output, 'restore')
  await instance.stop()
  assertFits('events-reindex', (await printed(['events', 'reindex'], folder))[0] ?? null, 'reindex')
  const erase = ['erase', '--person', 'amira', '--reason', 'erased in a test']
  // Nothing is left to destroy the second time.
  for (const output of [...(await printed(erase, folder)), ...(await printed(erase, folder))])
    assertFits('erase', output, 'erase')
})
