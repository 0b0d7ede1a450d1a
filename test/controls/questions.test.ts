/** The catalogue as people and other modules ask it: which controls answer an OWASP entry or a regime, and what an unknown word gets. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  catalogueVersion,
  control,
  type ControlQuery,
  controls,
  dataClasses,
  enumerations,
  findControls,
  lookUpControl,
  objectiveModel,
  owaspEntries,
  regime,
  regimeFamily,
  regimes,
  schemeFacts,
  type UnknownName,
} from '../../src/controls/index.ts'

function unknown({ kind, nearest }: UnknownName): string {
  return `unknown ${kind}${nearest === undefined ? '' : `, nearest ${nearest}`}`
}
function found(query: ControlQuery): string {
  const answer = findControls(query)
  if (!answer.ok) return unknown(answer.error)
  return answer.value.map(({ id }) => id).join(' ') || 'none'
}

function answerTo(question: string): string {
  const [, kind = '', words = ''] = /^(\w+) (.*)$/.exec(question) ?? []
  switch (kind) {
    case 'owasp':
      return found({ owasp: words })
    case 'regime': {
      const answer = findControls({ regime: words })
      if (!answer.ok) return unknown(answer.error)
      const family = regimeFamily(words)
      assert.equal(family[0], words)
      const through = family.slice(1).join(' ')
      return `${answer.value.length}${through === '' ? '' : ` with ${through}`}`
    }
    case 'both': {
      const [named = '', owasp = ''] = words.split(' ')
      return found({ regime: named, owasp })
    }
    case 'control': {
      const answer = lookUpControl(words)
      return answer.ok ? answer.value.title : unknown(answer.error)
    }
    default:
      throw new Error(`no such question: ${question}`)
  }
}

const file = join(import.meta.dirname, 'questions.case')
const lines = readFileSync(file, 'utf8').split('\n')
const asked = lines.filter((line) => line !== '' && !line.startsWith('#'))

if (process.env['WRITE_CASES'] === '1') {
  const written = lines.map((line) => {
    const question = line.split(' => ')[0] ?? ''
    return asked.includes(line) ? `${question} => ${answerTo(question)}` : line
  })
  writeFileSync(file, written.join('\n'))
} else
  for (const line of asked) {
    const [question = '', want] = line.split(' => ')
    test(question, () => assert.equal(answerTo(question), want))
  }

test('every regime and every OWASP entry is asked for', () => {
  const words = asked.map((line) => line.split(' => ')[0])
  for (const { id } of regimes()) assert.ok(words.includes(`regime ${id}`), id)
  for (const { id } of owaspEntries()) assert.ok(words.includes(`owasp ${id}`), id)
})

test('a control lists the clause by which a regime finds it', () => {
  for (const { id } of regimes()) {
    const answer = findControls({ regime: id })
    assert.ok(answer.ok)
    const family = regimeFamily(id)
    for (const { references, id: name } of answer.value)
      assert.ok(
        references.regulations.some((reference) => family.includes(reference.regime)),
        `${name} has no clause of ${id}`,
      )
  }
})

test('a family never leaves what binds, and no regime is its own parent, however far up', () => {
  for (const { id } of regimes()) {
    for (const member of regimeFamily(id).slice(1)) assert.equal(regime(member)?.inForce, true)
    const above = new Set<string>()
    for (let at = regime(id)?.parent ?? null; at !== null; at = regime(at)?.parent ?? null) {
      assert.ok(!above.has(at) && at !== id, `${id} goes round through ${at}`)
      above.add(at)
    }
  }
})

test('what the catalogue gives is the same each time, and nobody can change a leaf of it', () => {
  const leaves: unknown[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    leaves.push(value)
    for (const inner of Object.values(value)) walk(inner)
  }
  for (const part of [
    controls,
    regimes,
    owaspEntries,
    dataClasses,
    enumerations,
    objectiveModel,
    schemeFacts,
  ]) {
    assert.equal(part(), part())
    walk(part())
  }
  assert.ok(leaves.length > 1_000, `${leaves.length} objects seen`)
  for (const leaf of leaves) assert.ok(Object.isFrozen(leaf), JSON.stringify(leaf).slice(0, 80))
  for (const entry of controls()) assert.equal(control(entry.id), entry)
})

test('the version is one that can be compared', () => {
  assert.match(catalogueVersion, /^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/)
})
