/** One table of dates, three readers: the window of a row, the formats of the validator, and which side of a limit a row falls on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compileSchemas, prepareProjector, prepareValidator } from '../../src/schema/index.ts'
import { linearRegex } from '../support/linear-regex.ts'

const { program, roots } = compileSchemas({
  document: {
    rows: {
      type: 'array',
      items: { type: 'object', properties: { at: { type: 'string' }, id: { type: 'integer' } } },
    },
    date: { type: 'string', format: 'date' },
    time: { type: 'string', format: 'date-time' },
  },
  roots: ['/rows', '/date', '/time'],
  regex: linearRegex,
})
const root = (pointer: string): number => roots.get(pointer) ?? -1
const project = prepareProjector(program, root('/rows'), {
  drop: [['*', 'at']],
  rows: [{ at: ['*'], field: ['at'], test: { kind: 'within', window: 'w' } }],
  freeForm: 'strip',
})
const validator = (pointer: string) =>
  prepareValidator(program, root(pointer), { regex: linearRegex, direction: 'response' })
const isDate = validator('/date')
const isTime = validator('/time')

type Window = { readonly from?: number; readonly to?: number }
/** Whether a row of this date leaves through the window; `undefined`: the request brings none. */
function leaves(text: string, window: Window | undefined): boolean {
  const got = project(`[{"at":${JSON.stringify(text)},"id":1}]`, {
    sets: {},
    windows: window === undefined ? {} : { w: window },
  })
  assert.ok(got.ok)
  assert.equal(got.text, got.removedRows === 0 ? '[{"id":1}]' : '[]')
  return got.removedRows === 0
}

const lines = readFileSync(join(import.meta.dirname, 'instants.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(lines.length > 80, `${lines.length} lines`))

for (const line of lines) {
  const [written = '', want = ''] = line.split(' => ')
  const text = JSON.parse(written) as string // sound: our own file
  test(`${written} is ${want}`, () => {
    if (want === 'nothing') {
      for (const window of [{}, { from: -1e18, to: 1e18 }])
        assert.equal(leaves(text, window), false)
      assert.equal(isDate(written).ok, false)
      assert.equal(isTime(written).ok, false)
      return
    }
    const at = Number(want)
    // Far from the epoch a double has no smaller steps.
    const step = Math.abs(at) > 1e9 ? 0.5 : 0.0001
    assert.equal(leaves(text, { from: at - step, to: at + step }), true)
    assert.equal(leaves(text, { from: at + step }), false)
    assert.equal(leaves(text, { to: at - step }), false)
    assert.equal(leaves(text, {}), true, 'an open window')
    assert.equal(leaves(text, undefined), false, 'no window at all')
    assert.equal(isDate(written).ok, text.length === 10)
    assert.equal(isTime(written).ok, text.length > 10)
  })
}

test('both ends of a window belong to it', () => {
  const at = Date.UTC(2026, 0, 5, 9)
  const text = '2026-01-05T10:00:00+01:00'
  for (const [window, want] of [
    [{ from: at }, true],
    [{ to: at }, true],
    [{ from: at, to: at }, true],
    [{ from: at + 1 }, false],
    [{ to: at - 1 }, false],
    [{ from: at + 1, to: at - 1 }, false],
    [{ from: Number.NaN }, false],
    [{ to: Number.NaN }, false],
  ] as const)
    assert.equal(leaves(text, window), want, JSON.stringify(window))
})
