import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Plan } from '../decide/index.ts'
import { canonicalJson } from '../lib/index.ts'
import { aisPlan } from '../../test/support/ais-plan.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { installationKey, readInstallationKey } from './installation-key.ts'
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
    `${'a'.repeat(64)}.sig`,
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

const read = (file: string): Buffer => readFileSync(file)
const sigOf = (dir: string, letter: string): string => fileOf(dir, letter).replace('.json', '.sig')

test('a plan of which any byte is another is refused, and so is its signature; the others are believed', (t) => {
  const dir = temporaryFolder(t)
  const small = { format: 1, digest: digestOf('a'), issuers: [], apis: [] } as const
  planArchive(dir).activate(small, [])
  planArchive(dir).keep(planWith('b'), [])
  const archive = planArchive(dir)
  let flipped = 0
  for (const file of [fileOf(dir, 'a'), sigOf(dir, 'a')]) {
    const whole = read(file)
    for (let at = 0; at < whole.length; at++)
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const altered = Buffer.from(whole)
        altered[at] = (altered[at] ?? 0) ^ bit
        writeFileSync(file, altered)
        const looked = archive.look(digestOf('a'))
        assert.ok(!looked.ok, `${file} ${at} ${bit}`)
        assert.match(looked.error, /^GH_POLICY_PLAN_(?:ALTERED|KEY_UNKNOWN)$/)
        flipped++
      }
    writeFileSync(file, whole)
  }
  assert.ok(flipped > 1_000, 'the check is blind')
  assert.ok(archive.look(digestOf('a')).ok)
  assert.ok(archive.look(digestOf('b')).ok)
})

test('a large plan of which one byte is another is refused, wherever it is', (t) => {
  const dir = temporaryFolder(t)
  planArchive(dir).activate(planWith('a'), [])
  const whole = read(fileOf(dir, 'a'))
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Buffer.from(whole)
      altered[at] = (altered[at] ?? 0) ^ change
      writeFileSync(fileOf(dir, 'a'), altered)
      assert.deepEqual(planArchive(dir).look(digestOf('a')), {
        ok: false,
        error: 'GH_POLICY_PLAN_ALTERED',
      })
    }),
    { numRuns: 2_000 * Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 1) },
  )
})

test('a plan is refused by name: unknown, unsigned, of another key, of another plan', (t) => {
  const dir = temporaryFolder(t)
  const archive = planArchive(dir)
  archive.activate(planWith('a'), [])
  archive.keep(planWith('b'), [])
  const code = (letter: string): string => {
    const looked = planArchive(dir).look(digestOf(letter))
    return looked.ok ? 'ok' : looked.error
  }
  assert.equal(code('c'), 'GH_POLICY_PLAN_UNKNOWN')
  const signature = read(sigOf(dir, 'a'))
  writeFileSync(sigOf(dir, 'a'), read(sigOf(dir, 'b')))
  assert.equal(code('a'), 'GH_POLICY_PLAN_ALTERED')
  rmSync(sigOf(dir, 'a'))
  assert.equal(code('a'), 'GH_POLICY_PLAN_UNSIGNED')
  writeFileSync(sigOf(dir, 'a'), signature)
  // A signed plan under the name of another.
  writeFileSync(fileOf(dir, 'b'), read(fileOf(dir, 'a')))
  writeFileSync(sigOf(dir, 'b'), signature)
  assert.deepEqual([code('a'), code('b')], ['ok', 'GH_POLICY_PLAN_ALTERED'])
  rmSync(join(dir, 'installation.key'))
  assert.equal(code('a'), 'GH_POLICY_PLAN_KEY_UNKNOWN')
  planArchive(dir).keep(planWith('d'), [])
  assert.deepEqual([code('a'), code('d')], ['GH_POLICY_PLAN_KEY_UNKNOWN', 'ok'])
})

test('plans from before there was a key are signed once, if they are what their digest says', (t) => {
  const dir = temporaryFolder(t)
  mkdirSync(join(dir, 'plans'))
  const content = { format: 1, issuers: [], apis: [] } as const
  const digest = `sha256:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`
  const old = { plan: { ...content, digest }, effective: [] }
  const file = join(dir, 'plans', `${digest.slice(7)}.json`)
  writeFileSync(file, JSON.stringify(old))
  writeFileSync(fileOf(dir, 'e'), JSON.stringify({ plan: planWith('e'), effective: [] }))
  assert.equal(planArchive(dir).find(digest), undefined)
  planArchive(dir).keep(planWith('a'), [])
  assert.equal(planArchive(dir).find(digest)?.plan.digest, digest)
  assert.equal(planArchive(dir).find(digestOf('e')), undefined, 'its digest is another')
  rmSync(file.replace('.json', '.sig'))
  planArchive(dir).keep(planWith('b'), [])
  assert.equal(planArchive(dir).find(digest), undefined, 'only when the key is made')
})

test('the key of an installation is made once, for its owner alone', (t) => {
  const dir = temporaryFolder(t)
  assert.equal(readInstallationKey(dir), undefined)
  const key = installationKey(dir)
  const file = join(dir, 'installation.key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(installationKey(dir).id, key.id)
  assert.match(key.publicPem, /^-----BEGIN PUBLIC KEY-----\n/)
  assert.doesNotMatch(key.publicPem, /PRIVATE/)
  const signature = key.sign('plan', 'x')
  assert.ok(key.verify('plan', 'x', signature))
  assert.ok(!key.verify('observe-all', 'x', signature), 'another purpose')
  assert.ok(!key.verify('plan', 'y', signature))
  assert.ok(!key.verify('plan', 'x', `${signature}=`), 'another spelling')
  assert.ok(
    verify(
      null,
      Buffer.from(`gatehouse plan\n${createHash('sha256').update('x').digest('hex')}`),
      key.publicPem,
      Buffer.from(signature, 'base64url'),
    ),
    'anybody with the public key can verify it',
  )
  for (const text of [
    '',
    'x',
    '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n',
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  ]) {
    writeFileSync(file, text)
    assert.throws(
      () => installationKey(dir),
      (error: Error & { code?: string }) =>
        error.code === 'GH_STORE_FAILED' && !error.message.includes('PRIVATE'),
    )
  }
})
