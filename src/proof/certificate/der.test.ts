import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Der, DerFault } from './der.ts'

const der = (hex: string): Der => Der.whole(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const refused = (read: () => unknown): void => assert.throws(read, DerFault)

for (const { name, hex } of [
  { name: 'nothing', hex: '' },
  { name: 'a tag alone', hex: '30' },
  { name: 'an indefinite length', hex: '30 80 00 00' },
  { name: 'a length of one byte written with two', hex: '04 81 01 00' },
  { name: 'a length with a zero before it', hex: `04 82 00 80 ${'00'.repeat(128)}` },
  { name: 'a length of five bytes', hex: '04 85 00 00 00 00 00' },
  { name: 'a tag of more than one byte', hex: '1f 81 00 00' },
  { name: 'more than it says', hex: '05 00 00' },
  { name: 'less than it says', hex: '04 03 01 02' },
])
  test(`\`Der.whole\` refuses ${name}`, () => refused(() => der(hex)))

test('`Der.whole` takes lengths at the edge of their forms', () => {
  assert.equal(der(`04 7f ${'00'.repeat(127)}`).content.length, 127)
  assert.equal(der(`04 81 80 ${'00'.repeat(128)}`).content.length, 128)
  assert.equal(der(`04 82 01 00 ${'00'.repeat(256)}`).content.length, 256)
})

test('booleans, integers and bit strings have one form each', () => {
  assert.equal(der('01 01 ff').boolean(), true)
  assert.equal(der('01 01 00').boolean(), false)
  refused(() => der('01 01 01').boolean())
  refused(() => der('01 00').boolean())
  assert.equal(der('02 02 00 80').smallInteger(), 128)
  assert.equal(der('02 04 7f ff ff ff').smallInteger(), 0x7fffffff)
  refused(() => der('02 02 00 7f').integer())
  refused(() => der('02 02 ff 80').integer())
  refused(() => der('02 00').integer())
  refused(() => der('02 01 80').smallInteger())
  refused(() => der('02 05 01 00 00 00 00').smallInteger())
  assert.deepEqual([...der('03 02 07 80').bits().bytes], [0x80])
  refused(() => der('03 02 07 81').bits())
  refused(() => der('03 02 08 80').bits())
  refused(() => der('03 00').bits())
  refused(() => der('03 01 01').bits())
})

test('`oid` reads arcs of every root, in their shortest form only', () => {
  assert.equal(der('06 03 55 04 61').oid(), '2.5.4.97')
  assert.equal(der('06 01 00').oid(), '0.0')
  assert.equal(der('06 01 4f').oid(), '1.39')
  assert.equal(der('06 02 88 37').oid(), '2.999')
  assert.equal(der('06 06 04 00 81 98 27 02').oid(), '0.4.0.19495.2')
  refused(() => der('06 03 55 80 04').oid())
  refused(() => der('06 02 55 84').oid())
  refused(() => der('06 00').oid())
  refused(() => der(`06 21 ${'01'.repeat(33)}`).oid())
})

test('`time` reads UTC with seconds, of days that there are', () => {
  const time = (tag: string, text: string): number =>
    der(tag + text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex')).time()
  assert.equal(time('17', '491231235959Z'), Date.parse('2049-12-31T23:59:59Z'))
  assert.equal(time('17', '500101000000Z'), Date.parse('1950-01-01T00:00:00Z'))
  assert.equal(time('18', '20500101000000Z'), Date.parse('2050-01-01T00:00:00Z'))
  for (const text of [
    '4912312359Z',
    '491231235959',
    '491231235959+0000',
    '490231000000Z',
    '4912312359 9Z',
  ])
    refused(() => time('17', text))
  refused(() => time('18', '20500101000000.5Z'))
  refused(() => time('04', '491231235959Z'))
})

test('`text` reads the string types of certificates and nothing else', () => {
  assert.equal(der('0c 02 c3 a9').text(), 'é')
  assert.equal(der('1e 02 00 e9').text(), 'é')
  assert.equal(der('14 01 e9').text(), 'é')
  assert.equal(der('13 01 41').text(), 'A')
  refused(() => der('0c 01 e9').text())
  refused(() => der('13 01 e9').text())
  refused(() => der('1e 01 00').text())
  refused(() => der('04 01 41').text())
})
