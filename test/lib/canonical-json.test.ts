/** `canonicalJson` where digests depend on it: numbers and texts as RFC 8785 §3.2.2 writes them, and its own appendices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, GatehouseError, CATALOG } from '../../src/lib/index.ts'

/** IEEE 754 bits and their text: RFC 8785 appendix B, without the rows that JSON has no text for. */
const NUMBERS: readonly (readonly [bits: string, text: string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
]
for (const [bits, text] of NUMBERS)
  test(`\`canonicalJson\` writes the number ${bits} as ${text}`, () =>
    assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text))

test('`canonicalJson` writes the sample of RFC 8785 §3.2.2 as §3.2.3 has it', () => {
  const given = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  const wanted =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
  assert.equal(canonicalJson(given), wanted)
})

test('`canonicalJson` sorts names by UTF-16 code unit as the sample of RFC 8785 §3.2.3 does', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
  assert.deepEqual(
    Object.keys(JSON.parse(text)).filter((name) => name !== '1'),
    ['\r', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'],
  )
})

test('`canonicalJson` has a text for what JSON has none for: null', () => {
  for (const value of [NaN, Infinity, -Infinity, undefined, () => 1, Symbol('x')])
    assert.equal(canonicalJson(value), 'null')
  assert.equal(canonicalJson([undefined, NaN]), '[null,null]')
  assert.throws(() => canonicalJson(1n), TypeError)
})

test('`canonicalJson` escapes lone surrogates, so that every text has one UTF-8 form', () => {
  assert.equal(canonicalJson('\ud800'), '"\\ud800"')
  assert.equal(canonicalJson({ '\udfff': '\ud83d\ude00' }), '{"\\udfff":"😀"}')
})

test('`GatehouseError` tells its status by its code, and its message never takes the place of the title', () => {
  for (const code of ['GH_STORE_LOCKED', 'GH_EVENTS_SPOOL_FAILED', 'GH_INVENTORY_LIMIT'] as const) {
    const error = new GatehouseError(code, 'detail for the log')
    assert.deepEqual([error.code, error.status], [code, CATALOG[code].status])
    assert.notEqual(error.message, CATALOG[code].title)
    assert.deepEqual(Object.keys(error).sort(), ['code', 'name', 'status'])
    assert.equal(error.cause, undefined)
  }
})
