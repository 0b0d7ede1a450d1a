/** Edits that change what they are told to and not a byte beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse, parseDocument, stringify } from 'yaml'
import { type ConfigEdit, editConfig } from './edit-config.ts'

const set = (value: string, ...path: (string | number)[]): ConfigEdit => ({
  kind: 'set',
  path,
  value,
})
const API: ConfigEdit = {
  kind: 'add-api',
  entries: [
    { key: 'name', value: 'b' },
    { key: 'spec', value: 'b.yaml', note: 'new' },
  ],
}
const CODES: ConfigEdit = {
  kind: 'add-entries',
  path: ['apis', 0, 'permissions'],
  entries: [{ key: 'GET /x/{id}', value: ['ReadX', 'a b'] }],
}

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
  [
    'an API after one that begins below its dash',
    'apis:\n  -\n    name: a\n',
    [API],
    'apis:\n  -\n    name: a\n  - name: b\n    spec: b.yaml # new\n',
  ],
  [
    'an API where lines end with carriage returns',
    'apis:\r\n  - name: a\r\nx: 1\r\n',
    [API],
    'apis:\r\n  - name: a\r\n  - name: b\r\n    spec: b.yaml # new\r\nx: 1\r\n',
  ],
  [
    'apis in brackets',
    'apis: [{ name: a }] # all\n',
    [API],
    'apis: [{ name: a }, { name: b, spec: b.yaml }] # all\n',
  ],
  ['no apis in brackets', 'apis: []\n', [API], 'apis: [{ name: b, spec: b.yaml }]\n'],
  [
    'apis in brackets, one a line',
    'apis: [\n  { name: a }, # A\n  { name: c } # C\n]\n',
    [API],
    'apis: [\n  { name: a }, # A\n  { name: c }, # C\n  { name: b, spec: b.yaml }\n]\n',
  ],
  [
    'apis in brackets, one a line, each with a comma',
    'apis: [\n  { name: a }, # A\n]\n',
    [API],
    'apis: [\n  { name: a }, # A\n  { name: b, spec: b.yaml },\n]\n',
  ],
  [
    'apis in brackets where one spans lines',
    'apis: [{ name: a,\n  spec: a.yaml }]\n',
    [API],
    'apis: [{ name: a,\n  spec: a.yaml }, { name: b, spec: b.yaml }]\n',
  ],
  [
    'maps in a list',
    'apis:\n  - { name: a }\n',
    [API],
    'apis:\n  - { name: a }\n  - name: b\n    spec: b.yaml # new\n',
  ],
  [
    'a file that is JSON',
    '{\n  "apis": [\n    { "name": "a", "template": "ais" }\n  ]\n}\n',
    [set('pis@1.0.0', 'apis', 0, 'template'), API],
    '{\n  "apis": [\n    { "name": "a", "template": "pis@1.0.0" },\n    { "name": "b", "spec": "b.yaml" }\n  ]\n}\n',
  ],
  [
    'permissions that are not there',
    'apis:\n  - name: a # A\n\n  # next\n  - name: b\n',
    [CODES],
    'apis:\n  - name: a # A\n    permissions:\n      "GET /x/{id}": [ReadX, "a b"]\n\n  # next\n  - name: b\n',
  ],
  [
    'permissions that are there',
    'apis:\n  - permissions:\n        GET /y: [Y]\n    name: a\n',
    [CODES],
    'apis:\n  - permissions:\n        GET /y: [Y]\n        "GET /x/{id}": [ReadX, "a b"]\n    name: a\n',
  ],
  [
    'permissions in braces',
    'apis: [{ name: a, permissions: { GET /y: [Y] } }]\n',
    [CODES],
    'apis: [{ name: a, permissions: { GET /y: [Y], "GET /x/{id}": [ReadX, "a b"] } }]\n',
  ],
  [
    'permissions of an API in braces',
    'apis: [{ name: a }]\n',
    [CODES],
    'apis: [{ name: a, permissions: { "GET /x/{id}": [ReadX, "a b"] } }]\n',
  ],
  [
    'permissions in braces with nothing in them',
    'apis:\n  - name: a\n    permissions: {}\n',
    [CODES],
    'apis:\n  - name: a\n    permissions: { "GET /x/{id}": [ReadX, "a b"] }\n',
  ],
]
for (const [what, before, edits, after] of CASES)
  test(`editConfig() changes ${what}`, () => {
    const edited = editConfig(before, edits)
    assert.equal(edited, after)
    assert.deepEqual(parseDocument(edited).errors, [])
  })

test('property: what is added is there, with all that was there, however it was written', () => {
  const word = fc.constantFrom(
    'a',
    'b c',
    'GET /x/{id}',
    'x: y',
    'a:b',
    'a:',
    '#z',
    "it's",
    '"',
    '-',
    '1',
    'on',
    'é',
    '[',
    'a,b',
  )
  const plain = { noNullPrototype: true }
  const api = fc.record(
    { name: word, permissions: fc.dictionary(word, fc.array(word), { maxKeys: 3, ...plain }) },
    plain,
  )
  const shape = fc.record({
    collectionStyle: fc.constantFrom('any' as const, 'flow' as const, 'block' as const),
    indentSeq: fc.boolean(),
    indent: fc.integer({ min: 2, max: 5 }),
    // A line break wherever there may be one, or hardly any.
    lineWidth: fc.constantFrom(0, 20, 80),
    flowCollectionPadding: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(api, { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ key: word, value: fc.oneof(word, fc.array(word, { maxLength: 3 })) }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.oneof(shape, fc.constantFrom('json' as const, 'pretty' as const)),
      fc.boolean(),
      (apis, added, how, returns) => {
        const value = { before: 1, apis, after: [2] }
        const written =
          how === 'json'
            ? JSON.stringify(value)
            : how === 'pretty'
              ? JSON.stringify(value, null, 2)
              : stringify(value, how)
        const text = returns ? written.replaceAll('\n', '\r\n') : written
        // The library writes an empty list in block style as something else.
        fc.pre(parseDocument(text).errors.length === 0)
        const fresh = added.filter(
          ({ key }, at) => added.findIndex((one) => one.key === key) === at,
        )
        const [first = { name: '', permissions: {} }] = apis
        const entries = fresh.filter(({ key }) => !Object.hasOwn(first.permissions, key))
        fc.pre(entries.length > 0)
        const given = Object.fromEntries(entries.map((one) => [one.key, one.value]))
        const edited = editConfig(text, [
          { kind: 'add-entries', path: ['apis', 0, 'permissions'], entries },
        ])
        const want = [
          { ...first, permissions: { ...first.permissions, ...given } },
          ...apis.slice(1),
        ]
        assert.deepEqual(parse(edited), { ...value, apis: want })
        if (typeof how === 'string') assert.doesNotThrow(() => JSON.parse(edited))
        const more = editConfig(text, [{ kind: 'add-api', entries: fresh }])
        const api = Object.fromEntries(fresh.map((one) => [one.key, one.value]))
        assert.deepEqual(parse(more), { ...value, apis: [...apis, api] })
      },
    ),
    { numRuns: Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 5_000) },
  )
})

for (const [what, text, edit] of [
  ['what is not there', 'x: 1\n', set('2', 'y')],
  ['a map', 'x: { a: 1 }\n', set('2', 'x')],
  ['an alias', 'a: &a 1\nx: *a\n', set('2', 'x')],
  ['a value over several lines', 'x: |\n  a\n  b\n', set('2', 'x')],
  ['a text in quotes over several lines', 'x: "a\n  b"\n', set('2', 'x')],
  ['apis that are none', 'apis: 1\n', API],
  ['apis that are words', 'apis:\n  - a\n', API],
  ['permissions that are none', 'apis:\n  - name: a\n    permissions: 1\n', CODES],
  ['permissions that nothing stands behind', 'apis:\n  - name: a\n    permissions:\n', CODES],
  ['permissions of no API', 'apis: []\n', CODES],
] as const)
  test(`editConfig() refuses ${what}`, () => {
    assert.throws(() => editConfig(text, [edit]), { code: 'GH_CLI_NOT_EDITABLE' })
  })
