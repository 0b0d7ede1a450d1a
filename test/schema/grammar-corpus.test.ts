/** One corpus, every reader: the validator, the projector that keeps all, and the one that strips, give one verdict. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  compileSchemas,
  MAX_DEPTH,
  prepareProjector,
  prepareValidator,
} from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

// Every kind may stand at the root of `any`; of `shut` nothing may, so what is thrown away is read as strictly.
const { program, roots } = compileSchemas({
  document: { any: {}, shut: { type: 'object', properties: {} } },
  roots: ['/any', '/shut'],
  regex: linearRegex,
})
const root = (pointer: string): number => roots.get(pointer) ?? -1
const facts = { sets: {}, windows: {} }
const selection = { drop: [], rows: [] } as const
const readers: Readonly<Record<string, (text: string) => string>> = Object.fromEntries(
  [
    [
      'validator',
      prepareValidator(program, root('/any'), { regex: linearRegex, direction: 'request' }),
    ] as const,
    ...(['keep', 'strip'] as const).map((freeForm) => {
      const project = prepareProjector(program, root('/any'), { ...selection, freeForm })
      return [freeForm, (text: string) => project(text, facts)] as const
    }),
  ].map(([name, read]) => [
    name,
    (text: string) => {
      const verdict = read(text)
      return verdict.ok ? 'ok' : verdict.reason
    },
  ]),
)
const shut = prepareProjector(program, root('/shut'), { ...selection, freeForm: 'strip' })

const VERDICTS: Readonly<Record<string, string>> = {
  y: 'ok',
  n: 'malformed',
  d: 'duplicate-key',
}
const lines = readFileSync(join(import.meta.dirname, 'grammar.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(lines.length > 180, `${lines.length} lines`))

for (const line of lines) {
  const written = line.slice(2)
  // Sound: what follows the ~ is a JSON string of our own.
  const text = written.startsWith('~') ? (JSON.parse(written.slice(1)) as string) : written
  const want = VERDICTS[line[0] ?? '']
  test(`${line[0]} ${JSON.stringify(text)}`, () => {
    for (const [name, read] of Object.entries(readers)) assert.equal(read(text), want, name)
    // As a member that is thrown away, the same text is read as strictly.
    const inside = shut(`{"gone":${text}}`, facts)
    if (want === 'ok') assert.equal(inside.ok && inside.text.replace(/\s/g, ''), '{}')
    else assert.ok(!inside.ok)
    if (want === 'ok') return
    assert.ok(!shut(text, facts).ok)
    // JSON.parse takes the last of two names; it must not take what we call malformed.
    if (want === 'malformed') assert.throws(() => void JSON.parse(text))
  })
}

for (const [open, close] of [
  ['[', ']'],
  ['{"a":', '}'],
] as const)
  test(`${open} takes ${MAX_DEPTH} levels and not one more, where it is kept and where it is lost`, () => {
    const inner = open === '[' ? '[]' : '{}'
    const whole = (depth: number): string =>
      open.repeat(depth - 1) + inner + close.repeat(depth - 1)
    for (const [name, read] of Object.entries(readers)) {
      assert.equal(read(whole(MAX_DEPTH)), 'ok', name)
      assert.equal(read(whole(MAX_DEPTH + 1)), 'too-deep', name)
      assert.equal(read(whole(100_000)), 'too-deep', name)
    }
    assert.ok(shut(`{"gone":${whole(MAX_DEPTH - 1)}}`, facts).ok)
    const beyond = shut(`{"gone":${whole(MAX_DEPTH)}}`, facts)
    assert.equal(!beyond.ok && beyond.reason, 'too-deep')
  })

test('a name that comes twice is found among as many names as an object may have', () => {
  // Past the 62nd name there is no bit left for it; past 2,000 nothing is learned.
  for (const count of [2, 31, 32, 62, 63, 64, 100, 2_100]) {
    const names = Array.from({ length: count }, (_, at) => `"n${at}":${at}`)
    for (const again of [0, Math.floor(count / 2), count - 1]) {
      const text = `{${names.join()},"n${again}":0}`
      for (const [name, read] of Object.entries(readers))
        assert.equal(read(text), 'duplicate-key', `${name}: ${again} of ${count}`)
      assert.equal(readers['keep']?.(`{${names.join()}}`), 'ok')
    }
  }
})
