/** O-05 over graphs: what an API hands down reaches every API that it stands on, through loops too, and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  type ApiProfile,
  computeObjective,
  type Level,
  type Levels,
  resolveServes,
} from '../../src/objectives/index.ts'
import { apiProfile } from '../support/api-profile.ts'

const DIMENSIONS = ['C', 'I', 'A', 'Au'] as const
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

/** An API whose own levels are known: no role, no data, only what the test gives it. */
function serving(api: string, serves: readonly string[], own: Partial<Levels> = {}) {
  const plain: Partial<ApiProfile> = {
    roles: [],
    dataClasses: [],
    features: [],
    seriousHarmWithin: 'later',
    exposure: 'internal-network',
  }
  return { profile: apiProfile({ ...plain, api, servesLevels: [own] }), serves }
}

/** The levels of each API once what it serves is handed down. */
function levelsOf(apis: readonly ReturnType<typeof serving>[]): ReadonlyMap<string, Levels> {
  const { servesLevels } = resolveServes(apis)
  return new Map(
    apis.map(({ profile }) => [
      profile.api,
      computeObjective(
        {
          ...profile,
          servesLevels: [...profile.servesLevels, ...(servesLevels.get(profile.api) ?? [])],
        },
        { approval: null },
      ).levels,
    ]),
  )
}
const NONE: Levels = { C: 0, I: 0, A: 0, Au: 0 }

for (const [what, apis, want] of [
  ['nothing is served', [serving('a', []), serving('b', [], { C: 3 })], { a: NONE }],
  [
    'each dimension by itself',
    [serving('a', ['b', 'c']), serving('b', [], { C: 2, A: 1 }), serving('c', [], { A: 3 })],
    { a: { C: 2, I: 0, A: 3, Au: 0 }, b: { C: 2, I: 0, A: 1, Au: 0 } },
  ],
  [
    'never upwards: what stands on an API gives, it does not take',
    [serving('a', ['b'], { I: 3 }), serving('b', [])],
    { a: { ...NONE, I: 3 }, b: NONE },
  ],
  [
    'a loop shares the highest of its members, and its feeder gets it too',
    [
      serving('a', ['b'], { C: 1 }),
      serving('b', ['c'], { I: 2 }),
      serving('c', ['a'], { Au: 3 }),
      serving('d', ['a']),
      serving('e', []),
    ],
    { a: { C: 1, I: 2, A: 0, Au: 3 }, d: { C: 1, I: 2, A: 0, Au: 3 }, e: NONE },
  ],
  ['an API that serves itself', [serving('a', ['a'], { C: 2 })], { a: { ...NONE, C: 2 } }],
  [
    'a name written twice counts once',
    [serving('a', ['b', 'b']), serving('b', [], { A: 2 })],
    { a: { ...NONE, A: 2 } },
  ],
] as const)
  test(`O-05: ${what}`, () => {
    const levels = levelsOf(apis)
    for (const [api, expected] of Object.entries(want)) assert.deepEqual(levels.get(api), expected)
  })

test('`resolveServes` gives one entry for each API that is served directly', () => {
  const { servesLevels } = resolveServes([
    serving('a', ['b', 'b', 'c', 'a', 'nowhere']),
    serving('b', ['c']),
    serving('c', []),
  ])
  assert.deepEqual(
    NAMES.slice(0, 3).map((name) => servesLevels.get(name)?.length),
    [2, 1, 0],
  )
})

const level = fc.constantFrom<Level>(0, 1, 2, 3)
const graph = fc.array(
  fc.record({
    serves: fc.uniqueArray(fc.constantFrom(...NAMES, 'nowhere'), { maxLength: 3 }),
    own: fc.record({ C: level, I: level, A: level, Au: level }),
  }),
  { minLength: NAMES.length, maxLength: NAMES.length },
)

test('`resolveServes` gives each API the highest level of everything it can reach, in any graph', () => {
  fc.assert(
    fc.property(graph, (nodes) => {
      const apis = nodes.map(({ serves, own }, at) => serving(NAMES[at] ?? '', serves, own))
      const levels = levelsOf(apis)
      for (const { profile } of apis) {
        const reached = new Set([profile.api])
        for (const name of reached)
          for (const next of apis.find((api) => api.profile.api === name)?.serves ?? [])
            if (next !== 'nowhere') reached.add(next)
        for (const dimension of DIMENSIONS) {
          const own = [...reached].map((name) => nodes[NAMES.indexOf(name)]?.own[dimension] ?? 0)
          assert.equal(levels.get(profile.api)?.[dimension], Math.max(...own))
        }
      }
    }),
    { seed: 5, numRuns: 200 },
  )
})
