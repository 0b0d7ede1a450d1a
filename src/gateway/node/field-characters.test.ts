import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOfRun, IN_NAME, IN_VALUE, isFieldName, isFieldValue } from './field-characters.ts'

/** RFC 9110 §5.6.2, written out. */
const TCHAR = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

test('`isFieldName` and `isFieldValue` take each of the first 512 characters as RFC 9110 has it', () => {
  for (let code = 0; code < 512; code++) {
    const letter = String.fromCharCode(code)
    assert.equal(isFieldName(letter), TCHAR.includes(letter), `name ${code}`)
    const visible =
      code === 0x09 || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff)
    assert.equal(isFieldValue(letter), visible, `value ${code}`)
  }
  assert.equal(isFieldName(''), false)
  assert.equal(isFieldValue(''), true)
})

test('`endOfRun` stops at the first character that is no part', () => {
  assert.equal(endOfRun('x-a: 1', 0, IN_NAME), 3)
  assert.equal(endOfRun('x-a: 1\r\nb', 4, IN_VALUE), 6)
  assert.equal(endOfRun('abc', 3, IN_NAME), 3)
})
