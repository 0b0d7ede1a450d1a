/** What may stand in a URL: values by their form, and the names of parameters that are there to say which. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { identifies, isAccountNumber, isToken } from '../../src/decide/url-secrets.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)

test('`identifies` knows the names of what names something', () => {
  for (const name of [
    'accountId',
    'account_ids',
    'iban',
    'IBAN',
    'Account',
    'x-account-number',
    'cardNo',
    'cursor',
    'page',
    'after',
    'pageToken',
    'transactionReference',
  ])
    assert.ok(identifies(name), name)
  for (const name of [
    'q',
    'search',
    'fromBookingDateTime',
    'text',
    'state',
    'name',
    'filter',
    'ibanColour',
  ])
    assert.equal(identifies(name), false, name)
})

test('`isAccountNumber` takes no number for an account by its length alone', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{13,19}$/), (digits) => {
      const sum = [...digits].toReversed().reduce((total, digit, at) => {
        const doubled = at % 2 === 1 ? Number(digit) * 2 : Number(digit)
        return total + (doubled > 9 ? doubled - 9 : doubled)
      }, 0)
      if (sum % 10 !== 0) assert.equal(isAccountNumber(digits), false)
    }),
    { numRuns: RUNS },
  )
})

test('no opaque id in use is an account number or a token', () => {
  const id = fc.oneof(
    fc.uuid(),
    fc.base64String({ maxLength: 60 }),
    fc.stringMatching(/^[0-9a-f]{40}$/),
    fc.stringMatching(/^acc-[a-z0-9]{1,30}$/),
  )
  fc.assert(
    fc.property(id, (value) => {
      if (!/^[0-9 -]*$/.test(value) && !/^[A-Za-z]{2}[0-9]{2}/.test(value))
        assert.equal(isAccountNumber(value), false)
      assert.equal(isToken(value), false)
    }),
    { numRuns: RUNS },
  )
})

test('long values are judged in time', () => {
  for (const piece of ['eyJ', '4', 'DE89', '1-', 'eyJa.']) {
    const before = process.cpuUsage().user
    isToken(piece.repeat(2_700))
    isAccountNumber(piece.repeat(2_700))
    assert.ok(process.cpuUsage().user - before < 200_000, piece)
  }
})
