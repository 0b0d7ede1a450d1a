/** RFC 6287 appendix C, RFC 6238 appendix B, and suites that are none. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ocraCode, type OcraInput, parseOcraSuite } from './ocra.ts'
import { totpCode } from './totp.ts'

const key = (length: number): Buffer => Buffer.from('1234567890'.repeat(7).slice(0, length))
const pinHash = hash('sha1', '1234', 'buffer')
const time = 0x13_2d_0b6
const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

function code(text: string, length: number, input: OcraInput): string {
  const suite = parseOcraSuite(text)
  assert.ok(suite !== undefined, text)
  return ocraCode(suite, key(length), input)
}
const eight = (digit: number): string => String(digit).repeat(8)

const C1: readonly (readonly [suite: string, keyBytes: number, codes: readonly string[]])[] = [
  [
    'OCRA-1:HOTP-SHA1-6:QN08',
    20,
    '237653 243178 653583 740991 608993 388898 816933 224598 750600 294470'.split(' '),
  ],
  [
    'OCRA-1:HOTP-SHA256-8:QN08-PSHA1',
    32,
    '83238735 01501458 17957585 86776967 86807031'.split(' '),
  ],
  [
    'OCRA-1:HOTP-SHA512-8:C-QN08',
    64,
    '07016083 63947962 70123924 25341727 33203315 34205738 44343969 51946085 20403879 31409299'.split(
      ' ',
    ),
  ],
  ['OCRA-1:HOTP-SHA512-8:QN08-T1M', 64, '95209754 55907591 22048402 24218844 36209546'.split(' ')],
]
for (const [suite, bytes, codes] of C1)
  test(`${suite}: the codes of the RFC`, () => {
    codes.forEach((expected, at) => {
      const counter = suite.includes(':C-') ? { counter: at } : {}
      const pin = suite.includes('-P') ? { pinHash } : {}
      const clock = suite.includes('-T') ? { time } : {}
      const input = { question: eight(at), ...counter, ...pin, ...clock }
      assert.equal(code(suite, bytes, input), expected, String(at))
    })
  })

test('OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1: the codes of the RFC', () => {
  const codes =
    '65347737 86775851 78192410 71565254 10104329 65983500 70069104 91771096 75011558 08522129'
  codes.split(' ').forEach((expected, counter) => {
    const input = { question: '12345678', counter, pinHash }
    assert.equal(code('OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1', 32, input), expected)
  })
})

test('mutual challenges and signatures: the codes of the RFC', () => {
  for (const [suite, bytes, question, expected] of [
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'CLI22220SRV11110', '28247970'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'CLI22221SRV11111', '01984843'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SRV11110CLI22220', '15510767'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SRV11111CLI22221', '90175646'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SIG10000', '53095496'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SIG11000', '04110475'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SIG12000', '31331128'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SIG13000', '76028668'],
    ['OCRA-1:HOTP-SHA256-8:QA08', 32, 'SIG14000', '46554205'],
  ] as const)
    assert.equal(code(suite, bytes, { question }), expected, question)
  for (const [question, expected] of [
    ['SIG1000000', '77537423'],
    ['SIG1100000', '31970405'],
    ['SIG1200000', '10235557'],
    ['SIG1300000', '95213541'],
    ['SIG1400000', '65360607'],
  ] as const)
    assert.equal(code('OCRA-1:HOTP-SHA512-8:QA10-T1M', 64, { question, time }), expected, question)
})

test('codes by the clock: those of RFC 6238 appendix B', () => {
  for (const [seconds, expected] of [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ] as const)
    assert.equal(totpCode(key(20), Math.floor(seconds / 30), 8), expected)
})

test('suites that the RFC does not have are none', () => {
  for (const text of [
    '',
    'OCRA-2:HOTP-SHA1-6:QN08',
    'OCRA-1:HOTP-SHA224-6:QN08',
    'OCRA-1:HOTP-MD5-6:QN08',
    'OCRA-1:HOTP-SHA1-0:QN08',
    'OCRA-1:HOTP-SHA1-3:QN08',
    'OCRA-1:HOTP-SHA1-11:QN08',
    'OCRA-1:HOTP-SHA1-6:QN03',
    'OCRA-1:HOTP-SHA1-6:QN65',
    'OCRA-1:HOTP-SHA1-6:QX08',
    'OCRA-1:HOTP-SHA1-6:QN08-T60S',
    'OCRA-1:HOTP-SHA1-6:QN08-T49H',
    'OCRA-1:HOTP-SHA1-6:QN08-T0M',
    'OCRA-1:HOTP-SHA1-6:QN08-S000',
    'OCRA-1:HOTP-SHA1-6:QN08-S513',
    'OCRA-1:HOTP-SHA1-6:QN08-T1M-S064',
    'OCRA-1:HOTP-SHA1-6:QN08\n',
    'ocra-1:hotp-sha1-6:qn08',
  ])
    assert.equal(parseOcraSuite(text), undefined, text)
})

test('every suite of the grammar is read as it is written, and a code has its digits', () => {
  const suite = fc.record({
    hash: fc.constantFrom('1', '256', '512'),
    digits: fc.integer({ min: 4, max: 10 }),
    counter: fc.boolean(),
    format: fc.constantFrom('A', 'H', 'N'),
    length: fc.integer({ min: 4, max: 64 }),
    session: fc.option(fc.integer({ min: 1, max: 512 })),
    time: fc.option(fc.tuple(fc.integer({ min: 1, max: 48 }), fc.constantFrom('S', 'M', 'H'))),
  })
  fc.assert(
    fc.property(suite, ({ hash, digits, counter, format, length, session, time }) => {
      const text =
        `OCRA-1:HOTP-SHA${hash}-${digits}:${counter ? 'C-' : ''}Q${format}${String(length).padStart(2, '0')}` +
        (session === null ? '' : `-S${String(session).padStart(3, '0')}`) +
        (time === null ? '' : `-T${time[0]}${time[1]}`)
      const read = parseOcraSuite(text)
      assert.equal(read?.digits, digits)
      assert.equal(read.hash, `sha${hash}`)
      assert.equal(read.sessionBytes, session ?? undefined)
      const made = ocraCode(read, key(20), {
        question: '12345678',
        ...(counter ? { counter: 1 } : {}),
        ...(session === null ? {} : { session: Buffer.alloc(session) }),
        ...(time === null ? {} : { time: 7 }),
      })
      assert.match(made, new RegExp(`^\\d{${digits}}$`))
    }),
    { numRuns: RUNS },
  )
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      assert.equal(parseOcraSuite(text), undefined)
    }),
    { numRuns: RUNS },
  )
})

test('a question that is not as the suite says is the programmer’s mistake', () => {
  for (const [suite, question] of [
    ['OCRA-1:HOTP-SHA1-6:QN08', '12a4'],
    ['OCRA-1:HOTP-SHA1-6:QH08', 'xyz'],
    ['OCRA-1:HOTP-SHA1-6:QA08', 'ä'],
    ['OCRA-1:HOTP-SHA1-6:QA08', ''],
    ['OCRA-1:HOTP-SHA1-6:QA08', 'a'.repeat(129)],
  ] as const)
    assert.throws(() => code(suite, 20, { question }), TypeError)
  assert.throws(() => code('OCRA-1:HOTP-SHA1-6:C-QN08', 20, { question: '1' }), TypeError)
  assert.throws(() => code('OCRA-1:HOTP-SHA1-6:QN08-PSHA1', 20, { question: '1' }), TypeError)
})
