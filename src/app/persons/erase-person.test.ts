import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { createPseudonym } from '../../gateway/core/index.ts'
import { systemRandomBytes } from '../system-ports.ts'
import { erasePerson } from './erase-person.ts'
import { parseErasures, readErasures } from './erasure-log.ts'
import { pseudonymKey } from './key-files.ts'
import { watchKey } from './watched-key.ts'

const request = {
  subject: 'anna',
  consents: ['consent-one', 'consent-two'],
  by: 'dpo',
  reason: 'Art. 17',
  now: 5,
}
const nameOf = (dir: string) => {
  const key = pseudonymKey(dir, systemRandomBytes)
  return createPseudonym(() => key)
}

test('`erasePerson` takes the names of one person and their consents, and leaves a proof that names nobody', (t) => {
  const dir = temporaryFolder(t)
  const before = nameOf(dir)
  const ben = before('subject', 'ben')
  const old = [before('subject', 'anna'), before('consent', 'consent-one')]
  const tree = readFileSync(join(dir, 'persons.key'), 'utf8')
  const erased = erasePerson(dir, request)
  assert.equal(erased?.places.length, 3)
  const after = nameOf(dir)
  assert.deepEqual(
    [after('subject', 'anna'), after('consent', 'consent-one'), after('consent', 'consent-two')],
    [null, null, null],
  )
  assert.equal(after('subject', 'ben'), ben)
  assert.notEqual(after('consent', 'consent-three'), null)
  assert.equal(statSync(join(dir, 'persons.key')).mode & 0o777, 0o600)

  const proof = readFileSync(join(dir, 'erasures.jsonl'), 'utf8')
  assert.doesNotMatch(proof, /anna|consent-|hmac/)
  for (const name of old) assert.ok(!proof.includes((name ?? '').slice(5)))
  assert.deepEqual(readErasures(dir), [
    { at: 5, places: erased.places, by: 'dpo', reason: 'Art. 17' },
  ])
  // Not even who kept nothing but the old root's text finds it in the folder.
  const root = /"nodes":\{"":"([^"]+)"/.exec(tree)?.[1] ?? 'none'
  assert.ok(!readFileSync(join(dir, 'persons.key'), 'utf8').includes(root))

  assert.equal(erasePerson(dir, request), undefined)
  assert.equal(readErasures(dir).length, 1)
})

test('a tree that an old copy brings back loses the same keys before anybody uses it', (t) => {
  const dir = temporaryFolder(t)
  nameOf(dir)
  const tree = readFileSync(join(dir, 'persons.key'))
  erasePerson(dir, request)
  // Also what a crash between log and tree leaves.
  writeFileSync(join(dir, 'persons.key'), tree)
  assert.equal(nameOf(dir)('subject', 'anna'), null)
  assert.notDeepEqual(readFileSync(join(dir, 'persons.key')), tree)
})

test('a log whose lines were changed, taken out or swapped is refused, and a cut line at its end is none', (t) => {
  const dir = temporaryFolder(t)
  assert.throws(() => erasePerson(dir, request), { code: 'GH_STORE_MISSING' })
  assert.throws(() => erasePerson(join(dir, 'typo'), request), { code: 'GH_STORE_MISSING' })
  nameOf(dir)
  for (const subject of ['anna', 'ben', 'cleo'])
    erasePerson(dir, { ...request, subject, consents: [] })
  const text = readFileSync(join(dir, 'erasures.jsonl'), 'utf8')
  const lines = text.trimEnd().split('\n')
  assert.equal(lines.length, 3)
  const damaged = [
    lines.toSpliced(1, 1),
    lines.toSpliced(0, 1),
    [lines[0], lines[2], lines[1]],
    lines.with(1, (lines[1] ?? '').replace('Art. 17', 'Art. 18')),
    lines.with(1, '{}'),
    lines.with(1, ''),
  ]
  for (const bad of damaged)
    assert.throws(() => parseErasures(`${bad.join('\n')}\n`, 'log'), { code: 'GH_STORE_CORRUPT' })
  writeFileSync(join(dir, 'erasures.jsonl'), text.slice(0, -9))
  assert.equal(readErasures(dir).length, 2)
  erasePerson(dir, { ...request, subject: 'dora', consents: [] })
  assert.equal(readErasures(dir).length, 3)
})

for (const [what, text] of [
  ['no JSON', 'x'],
  ['another version', '{"v":2,"nodes":{}}'],
  ['no nodes', '{"v":1}'],
  ['a short key', '{"v":1,"nodes":{"":"AAAA"}}'],
  ['a prefix that is none', `{"v":1,"nodes":{"xyz":"${'A'.repeat(43)}"}}`],
] as const)
  test(`a tree that holds ${what} is refused and left as it is`, (t) => {
    const dir = temporaryFolder(t)
    nameOf(dir)
    writeFileSync(join(dir, 'persons.key'), text)
    assert.throws(() => pseudonymKey(dir, systemRandomBytes), { code: 'GH_STORE_CORRUPT' })
    assert.equal(readFileSync(join(dir, 'persons.key'), 'utf8'), text)
  })

test('the log keeps by which names elements are found, again for whoever came back, and takes no others', (t) => {
  const dir = temporaryFolder(t)
  nameOf(dir)
  const names = ['n'.repeat(43)]
  assert.deepEqual(erasePerson(dir, { ...request, names })?.names, names)
  // The keys are gone; what was enrolled since goes by the later time.
  const again = erasePerson(dir, { ...request, names, now: 9 })
  assert.deepEqual([again?.at, again?.places, again?.names], [9, [], names])
  assert.deepEqual(
    readErasures(dir).map((one) => one.names),
    [names, names],
  )
  const text = readFileSync(join(dir, 'erasures.jsonl'), 'utf8')
  for (const spoilt of ['"anna"', '7', `"${'n'.repeat(44)}"`])
    assert.throws(() => parseErasures(text.replace(`"${names[0]}"`, spoilt), 'copy'), {
      code: 'GH_STORE_CORRUPT',
    })
})

test('a running instance forgets within a second, and keeps what it has when the file is spoilt', (t) => {
  const dir = temporaryFolder(t)
  const clock = new FakeClock()
  const told: unknown[] = []
  const watched = watchKey(dir, systemRandomBytes, clock, (failure) => told.push(failure))
  t.after(() => watched.stop())
  const hash = createPseudonym(watched.now)
  const ben = hash('subject', 'ben')
  assert.notEqual(hash('subject', 'anna'), null)
  erasePerson(dir, request)
  clock.advance(1_000)
  assert.equal(hash('subject', 'anna'), null)
  assert.equal(hash('subject', 'ben'), ben)
  assert.deepEqual(told, [undefined])
  writeFileSync(join(dir, 'persons.key'), 'spoilt')
  clock.advance(5_000)
  assert.equal(told.length, 2)
  assert.notEqual(told[1], undefined)
  assert.equal(hash('subject', 'ben'), ben)
})
