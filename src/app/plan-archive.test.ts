import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Plan } from '../decide/index.ts'
import { aisPlan } from '../../test/support/ais-plan.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { operationOf, planArchive, rulesOf } from './plan-archive.ts'

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
const planWith = (letter: string): Plan =>
  aisPlan({ upstream: 'http://127.0.0.1:1', digest: digestOf(letter) })
const fileOf = (dir: string, letter: string): string =>
  join(dir, 'plans', `${letter.repeat(64)}.json`)

test('`planArchive` finds every plan that was activated, and says which was the last', (t) => {
  const dir = temporaryFolder(t)
  const archive = planArchive(dir)
  assert.equal(archive.active(), undefined)
  assert.equal(archive.find(digestOf('a')), undefined)
  archive.activate(planWith('a'), [])
  archive.activate(planWith('b'), [])
  assert.deepEqual(archive.active()?.plan, JSON.parse(JSON.stringify(planWith('b'))))
  assert.equal(planArchive(dir).find(digestOf('a'))?.plan.digest, digestOf('a'))
})

test('`activate` writes a plan once, for its owner only, and leaves nothing half-written', (t) => {
  const dir = temporaryFolder(t)
  planArchive(dir).activate(planWith('a'), [])
  const before = readFileSync(fileOf(dir, 'a'), 'utf8')
  const { ino } = statSync(fileOf(dir, 'a'))
  assert.equal(statSync(fileOf(dir, 'a')).mode & 0o777, 0o600)
  assert.equal(statSync(join(dir, 'plans')).mode & 0o777, 0o700)
  // What a start that was killed left behind.
  writeFileSync(`${fileOf(dir, 'b')}.4711`, '{"plan":')
  planArchive(dir).activate(planWith('a'), [{ api: 'other' } as never]) // sound: never read
  assert.equal(statSync(fileOf(dir, 'a')).ino, ino)
  assert.equal(readFileSync(fileOf(dir, 'a'), 'utf8'), before)
  assert.deepEqual(readdirSync(join(dir, 'plans')).toSorted(), [
    `${'a'.repeat(64)}.json`,
    'active.json',
  ])
})

test('`activate` mends a plan file that was damaged', (t) => {
  const dir = temporaryFolder(t)
  planArchive(dir).activate(planWith('a'), [])
  writeFileSync(fileOf(dir, 'a'), '')
  assert.equal(planArchive(dir).active(), undefined)
  planArchive(dir).activate(planWith('a'), [])
  assert.equal(planArchive(dir).active()?.plan.digest, digestOf('a'))
})

const damages = [
  ['nothing', ''],
  ['half of it', undefined],
  ['null', 'null'],
  ['a list', '[]'],
  ['an object of another kind', '{}'],
  ['a plan without APIs', `{"plan":{"digest":"${digestOf('a')}"},"effective":[]}`],
  ['another plan', JSON.stringify({ plan: planWith('b'), effective: [] })],
  ['a file without its effective policy', JSON.stringify({ plan: planWith('a') })],
] as const
for (const [name, text] of damages) {
  test(`\`find\` counts a file that holds ${name} as not there`, (t) => {
    const dir = temporaryFolder(t)
    planArchive(dir).activate(planWith('a'), [])
    const whole = readFileSync(fileOf(dir, 'a'), 'utf8')
    writeFileSync(fileOf(dir, 'a'), text ?? whole.slice(0, whole.length / 2))
    assert.equal(planArchive(dir).find(digestOf('a')), undefined)
    assert.equal(planArchive(dir).active(), undefined)
  })
}

const digests = [
  '',
  'active',
  'sha256:',
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(65)}`,
  `sha256:${'A'.repeat(64)}`,
  `sha512:${'a'.repeat(64)}`,
  ` ${digestOf('a')}`,
  `${digestOf('a')}\n`,
  'sha256:../../secret',
  '../secret',
  `sha256:${'../'.repeat(21)}a`,
  '__proto__',
]
for (const digest of digests) {
  test(`\`find\` and \`activate\` refuse ${JSON.stringify(digest.slice(0, 24))} (${digest.length} letters)`, (t) => {
    const dir = temporaryFolder(t)
    const inside = join(dir, 'data')
    mkdirSync(inside)
    const archive = planArchive(inside)
    archive.activate(planWith('a'), [])
    // What a digest that climbs would reach.
    const bait = JSON.stringify({ plan: { ...planWith('a'), digest }, effective: [] })
    writeFileSync(join(dir, 'secret.json'), bait)
    writeFileSync(join(inside, 'secret.json'), bait)
    assert.equal(archive.find(digest), undefined)
    assert.throws(() => archive.activate({ ...planWith('a'), digest }, []), TypeError)
  })
}

const markers = ['', '{', 'null', '[]', '7', '{"digest":7}', '{"digest":"../secret"}', '{}']
for (const marker of markers) {
  test(`\`active\` is nobody when the marker holds ${JSON.stringify(marker)}`, (t) => {
    const dir = temporaryFolder(t)
    planArchive(dir).activate(planWith('a'), [])
    writeFileSync(join(dir, 'plans', 'active.json'), marker)
    assert.equal(planArchive(dir).active(), undefined)
  })
}

test('`active` is nobody when the plan that the marker names is gone', (t) => {
  const dir = temporaryFolder(t)
  planArchive(dir).activate(planWith('a'), [])
  writeFileSync(join(dir, 'plans', 'active.json'), JSON.stringify({ digest: digestOf('c') }))
  assert.equal(planArchive(dir).active(), undefined)
})

test('`find` remembers more plans than its memory holds', (t) => {
  const dir = temporaryFolder(t)
  const archive = planArchive(dir)
  const letters = [...'0123456789abcdef']
  for (const letter of letters) archive.activate(planWith(letter), [])
  for (const letter of [...letters, ...letters])
    assert.equal(archive.find(digestOf(letter))?.plan.digest, digestOf(letter))
})

test('`activate` fails loudly when the folder cannot be written', (t) => {
  if (process.getuid?.() === 0) return t.skip('root writes everywhere')
  const dir = temporaryFolder(t)
  mkdirSync(join(dir, 'plans'))
  chmodSync(join(dir, 'plans'), 0o500)
  t.after(() => chmodSync(join(dir, 'plans'), 0o700))
  assert.throws(() => planArchive(dir).activate(planWith('a'), []))
  assert.ok(!existsSync(join(dir, 'plans', 'active.json')))
})

test('`rulesOf` gives the rules of an operation in plan order, and nothing for what the plan does not know', () => {
  const plan = planWith('a')
  const rules = rulesOf(plan, 'accounts', 'GetAccount')
  const operation = operationOf(plan, 'accounts', 'GetAccount')
  assert.ok(rules !== undefined && operation !== undefined)
  assert.deepEqual(
    rules.map((rule) => rule.name),
    operation.operation.rules.map((index) => operation.rules[index]?.name),
  )
  assert.ok(rules.some((rule) => rule.name === 'authz.objects'))
  for (const [api, id] of [
    ['accounts', 'DropTable'],
    ['broken', 'GetAccount'], // closed: it has no operations
    ['nobody', 'GetAccount'],
    [null, null],
    ['__proto__', 'constructor'],
  ] as const)
    assert.equal(rulesOf(plan, api, id), undefined)
})

test('`keep` makes a plan findable without making it the one that runs', (t) => {
  const archive = planArchive(temporaryFolder(t))
  archive.keep(planWith('a'), [])
  assert.equal(archive.active(), undefined)
  assert.equal(archive.find(planWith('a').digest)?.plan.digest, planWith('a').digest)
})
