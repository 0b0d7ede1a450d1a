/** Suites of OCRA and codes that customers type: read as what they are, or not at all. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { plainCode, writtenCode } from '../../../src/sca/enrolment/activation-code.ts'
import { ocraCode, parseOcraSuite } from '../../../src/sca/factors/ocra.ts'
import { cutUp } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const SUITES = [
  'OCRA-1:HOTP-SHA256-8:QH64',
  'OCRA-1:HOTP-SHA512-10:C-QN08-PSHA1',
  'OCRA-1:HOTP-SHA1-6:QA10-S064-T1M',
  'OCRA-1:HOTP-SHA256-4:QN04-PSHA512-S512-T48H',
]
const KEY = Buffer.alloc(32, 1)

export const ocraSuites = defineSuite<string>(
  {
    name: 'ocra-suites',
    holds: 'a suite is read as it is written, and makes a code of so many digits',
  },
  () => ({
    input: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc
        .constantFrom(...SUITES)
        .chain((text) => cutUp(text, ['-', ':', '0', 'T', 'S999', 'C-', '\n'])),
      fc
        .tuple(
          fc.constantFrom('1', '256', '512', '384'),
          fc.nat(12),
          fc.constantFrom('', 'C-'),
          fc.constantFrom('A', 'H', 'N', 'X'),
          fc.nat(70),
          fc.constantFrom('', '-PSHA1', '-PSHA256', '-S064', '-S000', '-T1M', '-T60S', '-T49H'),
        )
        .map(
          ([hash, digits, counter, format, length, more]) =>
            `OCRA-1:HOTP-SHA${hash}-${digits}:${counter}Q${format}${String(length).padStart(2, '0')}${more}`,
        ),
    ),
    check(text) {
      const suite = parseOcraSuite(text)
      if (suite === undefined) return
      assert.equal(suite.text, text)
      const { digits, counter, question, pinBytes, sessionBytes, stepSeconds } = suite
      const code = ocraCode(suite, KEY, {
        question: '0'.repeat(question.length),
        ...(counter ? { counter: 1 } : {}),
        ...(pinBytes === undefined ? {} : { pinHash: Buffer.alloc(pinBytes) }),
        ...(sessionBytes === undefined ? {} : { session: Buffer.alloc(sessionBytes) }),
        ...(stepSeconds === undefined ? {} : { time: 1 }),
      })
      assert.match(code, new RegExp(String.raw`^\d{${digits}}$`))
      assert.ok(stepSeconds === undefined || stepSeconds > 0)
    },
  }),
)

export const activationCodes = defineSuite<string>(
  {
    name: 'activation-codes',
    holds: 'a code is the same however it is typed, and no other text is it',
  },
  () => {
    const code = writtenCode(Buffer.from('abcdefghijkl'))
    const plain = plainCode(code)
    return {
      input: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        cutUp(code, ['-', ' ', 'O', 'I', 'l', '\u200b', 'Ⅰ']),
        fc.constantFrom(code, code.toLowerCase(), code.replaceAll('-', ' '), ` ${code}\n`),
      ),
      check(typed) {
        const read = plainCode(typed)
        assert.ok(read.length <= 64 * 3, 'longer than what was typed')
        assert.equal(plainCode(read), read.slice(0, 64))
        const letters = [...typed.slice(0, 64).toUpperCase()].filter((one) => !/[\s-]/.test(one))
        const same = letters.map((one) =>
          one === 'O' ? '0' : one === 'I' || one === 'L' ? '1' : one,
        )
        if (read === plain) assert.equal(same.join(''), plain)
      },
    }
  },
)
