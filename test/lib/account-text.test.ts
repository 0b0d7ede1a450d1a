/** An account in one text: every canonical form reads back as itself, and a number alone is nobody's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalAccount, canonicalAccountText } from '../../src/lib/index.ts'

const NUM_RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const KNOWN = [
  ['iban', 'DE89370400440532013000'],
  ['UK.OBIE.IBAN', 'gb29 nwbk 6016 1331 9268 19'],
  ['BBAN', '370400440532013000'],
  ['SortCodeAccountNumber', '08-08-00 21325698'],
  ['PAN', '4111 1111 1111 1111'],
  ['UK.OBIE.Paym', '+44 7700 900123'],
] as const

const scheme = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.]{0,20}$/)
const identification = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:/. -]{0,30}$/)
const secondary = fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,18}$/), { nil: undefined })
const account = fc.oneof(
  fc.record({ scheme, identification, secondary }),
  fc.record({ of: fc.constantFrom(...KNOWN), secondary }).map(({ of, secondary: second }) => ({
    scheme: of[0],
    identification: of[1],
    secondary: second,
  })),
)

test('what the canonical form says is read back as itself', () => {
  let sound = 0
  fc.assert(
    fc.property(account, ({ secondary: second, ...rest }) => {
      const made = canonicalAccount({
        ...rest,
        ...(second === undefined ? {} : { secondary: second }),
      })
      if (!made.ok) return
      sound++
      assert.deepEqual(canonicalAccountText(made.value), made)
      const tail = second === undefined ? '' : `\n${second}`
      assert.deepEqual(canonicalAccountText(`${rest.scheme}:${rest.identification}${tail}`), made)
    }),
    { numRuns: NUM_RUNS },
  )
  assert.ok(sound > NUM_RUNS / 2, `${sound} were sound`)
})

test('whatever is read is canonical, and without a scheme nothing is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), (text) => {
      const read = canonicalAccountText(text)
      if (!text.includes(':')) assert.equal(read.ok, false)
      if (read.ok) assert.deepEqual(canonicalAccountText(read.value), read)
    }),
    { numRuns: NUM_RUNS },
  )
})
