/** Edits that change what they are told to and not a byte beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigEdit, editConfig } from './edit-config.ts'

const set = (value: string, ...path: (string | number)[]): ConfigEdit => ({
  kind: 'set',
  path,
  value,
})
const API: ConfigEdit = { kind: 'add-api', lines: ['name: b', 'spec: b.yaml # new'] }

/** what, before, edits, after */
const CASES: readonly (readonly [string, string, readonly ConfigEdit[], string])[] = [
  ['a plain value', 'a: 1\nx: old # why\n', [set('new', 'x')], 'a: 1\nx: new # why\n'],
  ['a quoted value', 'x:   "old"   # why\n', [set('new', 'x')], 'x:   new   # why\n'],
  [
    'a value inside braces',
    'x: { a: 1, b: old }\n',
    [set('new', 'x', 'b')],
    'x: { a: 1, b: new }\n',
  ],
  [
    'an item of a list',
    'x:\n  - a: 1\n  - a: 2 # two\n',
    [set('3', 'x', 1, 'a')],
    'x:\n  - a: 1\n  - a: 3 # two\n',
  ],
  [
    'several, whatever their order',
    'x: 1\ny: 2\nz: 3\n',
    [set('20', 'y'), set('10', 'x'), set('30', 'z')],
    'x: 10\ny: 20\nz: 30\n',
  ],
  ['no line break at the end', 'x: old', [set('new', 'x')], 'x: new'],
  ['carriage returns', 'x: old\r\ny: 1\r\n', [set('new', 'x')], 'x: new\r\ny: 1\r\n'],
  [
    'an API at the end',
    'apis:\n  - name: a\n    spec: a.yaml\n',
    [API],
    'apis:\n  - name: a\n    spec: a.yaml\n  - name: b\n    spec: b.yaml # new\n',
  ],
  [
    'an API where the list is not indented',
    'apis:\n- name: a\n',
    [API],
    'apis:\n- name: a\n- name: b\n  spec: b.yaml # new\n',
  ],
  [
    'an API with a wide dash',
    'apis:\n  -   name: a\n',
    [API],
    'apis:\n  -   name: a\n  -   name: b\n      spec: b.yaml # new\n',
  ],
  [
    'an API before another key and its comment',
    'apis:\n  - name: a # A\n\n# keep\nlisten: 1\n',
    [API],
    'apis:\n  - name: a # A\n  - name: b\n    spec: b.yaml # new\n\n# keep\nlisten: 1\n',
  ],
  [
    'an API after one without a line break',
    'apis:\n  - name: a',
    [API],
    'apis:\n  - name: a\n  - name: b\n    spec: b.yaml # new\n',
  ],
]
for (const [what, before, edits, after] of CASES)
  test(`editConfig() changes ${what}`, () => assert.equal(editConfig(before, edits), after))

for (const [what, text, edit] of [
  ['what is not there', 'x: 1\n', set('2', 'y')],
  ['a map', 'x: { a: 1 }\n', set('2', 'x')],
  ['an alias', 'a: &a 1\nx: *a\n', set('2', 'x')],
  ['a value over several lines', 'x: |\n  a\n  b\n', set('2', 'x')],
  ['a text in quotes over several lines', 'x: "a\n  b"\n', set('2', 'x')],
  ['apis in brackets', 'apis: [{ name: a }]\n', API],
  ['an empty list of apis', 'apis: []\n', API],
  ['apis that are none', 'apis: 1\n', API],
  ['an item that begins below its dash', 'apis:\n  -\n    name: a\n', API],
] as const)
  test(`editConfig() refuses ${what}`, () => {
    assert.throws(() => editConfig(text, [edit]), { code: 'GH_CLI_NOT_EDITABLE' })
  })
