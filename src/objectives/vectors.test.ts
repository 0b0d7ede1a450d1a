/** The worked examples of the objectives model, as golden files: levels, numbers, regimes, reasons and controls must come out to the letter. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type ApiProfile, computeObjective } from './index.ts'

interface Vector {
  readonly id: string
  readonly title: string
  readonly profile: Omit<ApiProfile, 'api' | 'servesLevels'> & Partial<ApiProfile>
  readonly expected: {
    readonly levels: unknown
    readonly tier: string
    readonly assurance: number
    readonly regimes: readonly string[]
    readonly service: unknown
    readonly protection: unknown
    readonly conflicts: readonly string[]
    readonly because: unknown
    readonly requiredControls: readonly string[]
    readonly requiredControlReasons: Readonly<Record<string, string>>
  }
}

const folder = new URL('vectors/', import.meta.url)
const files = globSync('*.json', { cwd: folder })

test('the seven vectors are there', () => {
  assert.equal(files.length, 7)
})

for (const file of files) {
  // Sound: the files are ours, and each member is compared below.
  const { id, title, profile, expected } = JSON.parse(
    readFileSync(new URL(file, folder), 'utf8'),
  ) as Vector
  test(`\`computeObjective\` gives the worked example "${title}"`, () => {
    const objective = computeObjective(
      { api: id, servesLevels: [], ...profile },
      { approval: null },
    )
    assert.deepEqual(objective.levels, expected.levels)
    assert.equal(objective.tier, expected.tier)
    assert.equal(objective.assurance, expected.assurance)
    assert.deepEqual(
      objective.regimes,
      expected.regimes.map((regime) => ({ id: regime, basis: 'law' })),
    )
    assert.deepEqual(objective.service, expected.service)
    assert.deepEqual(objective.protection, expected.protection)
    assert.deepEqual(
      objective.conflicts,
      expected.conflicts.map((text) => ({ code: 'GH_OBJECTIVES_CONFLICT', text })),
    )
    assert.deepEqual(objective.because, expected.because)
    assert.deepEqual(
      objective.required.map(({ control, because }) => [control, because]),
      expected.requiredControls.map((control) => [
        control,
        expected.requiredControlReasons[control],
      ]),
    )
  })
}
