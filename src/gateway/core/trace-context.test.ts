import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { RawHeaders } from './header-view.ts'
import {
  LARGE_MEMBER_CHARS,
  MAX_STATE_CHARS,
  MAX_STATE_MEMBERS,
  readTrace,
} from './trace-context.ts'
import { createTraceIds } from './trace-ids.ts'

const RUNS = 10_000 * Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 1)
const ID = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const ids = createTraceIds(randomBytes)
const read = (...raw: string[]) => readTrace(new RawHeaders(raw), ids)

const kept: readonly (readonly [string, string, string])[] = [
  ['sampled', `00-${ID}-${CALLER}-01`, '01'],
  ['not sampled', `00-${ID}-${CALLER}-00`, '00'],
  ['random (level 2)', `00-${ID}-${CALLER}-03`, '03'],
  ['flags that nobody knows are zero afterwards', `00-${ID}-${CALLER}-ff`, '03'],
  ['a later version', `cc-${ID}-${CALLER}-01`, '01'],
  ['a later version with more', `01-${ID}-${CALLER}-01-what-the-future-brings`, '01'],
]
for (const [name, written, flags] of kept)
  test(`\`readTrace\` goes on with the trace of its caller: ${name}`, () => {
    const { record, parent } = read('Traceparent', written)
    assert.equal(record.id, ID)
    assert.equal(record.parent, CALLER)
    assert.notEqual(record.span, CALLER)
    assert.equal(parent, `00-${ID}-${record.span}-${flags}`)
  })

const fresh: readonly (readonly [string, readonly string[]])[] = [
  ['none', []],
  ['empty', ['traceparent', '']],
  ['version ff', ['traceparent', `ff-${ID}-${CALLER}-01`]],
  ['a trace id of zeros', ['traceparent', `00-${'0'.repeat(32)}-${CALLER}-01`]],
  ['a parent id of zeros', ['traceparent', `00-${ID}-${'0'.repeat(16)}-01`]],
  ['upper case', ['traceparent', `00-${ID.toUpperCase()}-${CALLER}-01`]],
  ['a version in upper case', ['traceparent', `CC-${ID}-${CALLER}-01`]],
  ['version 00 with more', ['traceparent', `00-${ID}-${CALLER}-01-more`]],
  ['a later version with more but no hyphen', ['traceparent', `01-${ID}-${CALLER}-01.more`]],
  ['one digit too few', ['traceparent', `00-${ID.slice(1)}-${CALLER}-01`]],
  ['one digit too many', ['traceparent', `00-${ID}-${CALLER}0-01`]],
  ['spaces around it', ['traceparent', ` 00-${ID}-${CALLER}-01`]],
  ['another sign between', ['traceparent', `00_${ID}_${CALLER}_01`]],
  ['no flags', ['traceparent', `00-${ID}-${CALLER}`]],
  ['flags that are no hex', ['traceparent', `00-${ID}-${CALLER}-0g`]],
  ['said twice', ['traceparent', `00-${ID}-${CALLER}-01`, 'TraceParent', `00-${ID}-${CALLER}-01`]],
  ['longer than anybody writes', ['traceparent', `01-${ID}-${CALLER}-01-${'x'.repeat(500)}`]],
]
for (const [name, raw] of fresh)
  test(`\`readTrace\` begins a new trace, without the old state: ${name}`, () => {
    const { record, parent, state } = read(...raw, 'tracestate', 'a=1')
    assert.notEqual(record.id, ID)
    assert.match(record.id, /^(?!0+$)[0-9a-f]{32}$/)
    assert.match(record.span, /^(?!0+$)[0-9a-f]{16}$/)
    assert.equal(record.parent, null)
    assert.equal(parent, `00-${record.id}-${record.span}-01`)
    assert.equal(state, '')
  })

const PARENT = ['traceparent', `00-${ID}-${CALLER}-01`]
const many = (count: number): string => Array.from({ length: count }, (_, at) => `k${at}=v`).join()
const states: readonly (readonly [string, readonly string[], string])[] = [
  ['none', [], ''],
  ['one member', ['a=1'], 'a=1'],
  ['spaces and tabs around members', [' a=1 ,\tb=2\t'], 'a=1,b=2'],
  ['two headers are one list', ['a=1', 'b=2'], 'a=1,b=2'],
  ['empty members', [',a=1,,b=2,'], 'a=1,b=2'],
  ['a key of a tenant', ['fw529a3039@dt=FfYo2'], 'fw529a3039@dt=FfYo2'],
  ['the most members', [many(MAX_STATE_MEMBERS)], many(MAX_STATE_MEMBERS)],
  ['one member too many', [many(MAX_STATE_MEMBERS + 1)], ''],
  ['a key twice', ['a=1,a=2'], ''],
  ['a key twice in two headers', ['a=1', 'a=2'], ''],
  ['no value', ['a='], ''],
  ['no key', ['=1'], ''],
  ['upper case in a key', ['A=1'], ''],
  ['an equals sign in a value', ['a=1=2'], ''],
  ['a letter beyond ASCII', ['a=é'], ''],
  ['a key of 256', [`${'k'.repeat(256)}=v`], `${'k'.repeat(256)}=v`],
  ['a key of 257', [`${'k'.repeat(257)}=v`], ''],
  [
    'a value of 256 fits, and is what goes when it must',
    [`a=${'v'.repeat(256)}`],
    `a=${'v'.repeat(256)}`,
  ],
  ['a value of 257', [`a=${'v'.repeat(257)}`], ''],
]
for (const [name, values, state] of states)
  test(`\`readTrace\` judges the state: ${name}`, () => {
    assert.equal(read(...PARENT, ...values.flatMap((value) => ['tracestate', value])).state, state)
  })

test('`readTrace` shortens a long state: large members first, then from the end', () => {
  const large = `large=${'v'.repeat(LARGE_MEMBER_CHARS)}`
  const small = Array.from({ length: 5 }, (_, at) => `k${at}=${'v'.repeat(90)}`)
  const { state } = read(...PARENT, 'tracestate', [large, ...small].join())
  assert.equal(state, small.join())
  const six = Array.from({ length: 6 }, (_, at) => `k${at}=${'v'.repeat(90)}`)
  assert.equal(read(...PARENT, 'tracestate', six.join()).state, six.slice(0, 5).join())
  const exact = [`a=${'v'.repeat(200)}`, `b=${'v'.repeat(200)}`, `c=${'v'.repeat(104)}`].join()
  assert.equal(exact.length, MAX_STATE_CHARS)
  assert.equal(read(...PARENT, 'tracestate', exact).state, exact)
})

test('`readTrace`: whatever stands in the headers, what goes on is well formed', () => {
  const piece = fc.constantFrom(
    '00',
    'ff',
    '01',
    ID,
    CALLER,
    '-',
    '-',
    '-',
    ',',
    '=',
    'a',
    '@',
    ' ',
  )
  const hostile = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
  )
  const headers = fc.array(
    fc.tuple(fc.constantFrom('traceparent', 'tracestate', 'TraceParent', 'x'), hostile),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(headers, (pairs) => {
      const { record, parent, state } = read(...pairs.flat())
      assert.match(parent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/)
      assert.equal(parent.slice(3, 35), record.id)
      assert.equal(parent.slice(36, 52), record.span)
      assert.ok(state.length <= MAX_STATE_CHARS)
      assert.match(state, /^(?:[^,=\s]+=[\x20-\x7e]*[\x21-\x7e](?:,(?=.)|$))*$/)
    }),
    { numRuns: RUNS },
  )
})

test('`createTraceIds` never gives an id of zeros, nor the same one twice', () => {
  let asked = 0
  const zeroFirst = createTraceIds((count) => {
    const bytes = randomBytes(count)
    if (asked++ === 0) bytes.fill(0)
    return bytes
  })
  const seen = new Set(Array.from({ length: 2_000 }, () => zeroFirst.trace()))
  assert.equal(seen.size, 2_000)
  for (const id of seen) assert.match(id, /^(?!0+$)[0-9a-f]{32}$/)
})
