/** Suite of files of reference rates: read as what is written, or refused at a place that is in the file. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { MAX_TOLD, readRates } from '../../../src/sca/rates/read-rates.ts'
import { cutUp } from '../../support/json-mutation.ts'
import { defineSuite } from '../suite.ts'

const NOW = Date.UTC(2026, 10, 29, 12)
const HISTORY =
  'Date,USD,JPY,CYP,\n2026-11-27,1.1601,181.25,N/A,\n2026-11-26,1.1590,181.30,0.585274,\n'
const DAILY = 'Date, USD, JPY, \n27 November 2026, 1.1601, 181.25, \n'

export const scaRates = defineSuite<string>(
  {
    name: 'sca-rates',
    holds: 'a rate is a quotient of what the file says, and each mistake has its place in it',
  },
  () => ({
    input: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .constantFrom(HISTORY, DAILY)
        .chain((text) => cutUp(text, [',', '\n', '\r', 'N/A', '0', '.', 'EUR', '2026-12-01'])),
    ),
    check(text) {
      const found = readRates(text, 'rates.csv', NOW)
      const lines = text.split('\n')
      if (!found.ok) {
        assert.ok(found.error.length > 0 && found.error.length <= MAX_TOLD)
        for (const { place, message } of found.error) {
          assert.ok(place.column >= 1 && place.column <= (lines[place.line - 1]?.length ?? -1) + 1)
          assert.ok(message.length < 200)
        }
        return
      }
      assert.ok(found.value.days >= 1 && found.value.days < lines.length)
      for (const currency of ['USD', 'JPY', 'CYP']) {
        const rate = found.value.rate({ currency, target: 'EUR', at: NOW })
        if (rate === undefined) continue
        assert.match(rate.value, /^1\/[0-9.]+$|^1$/)
        assert.ok(rate.value === '1' || text.includes(rate.value.slice('1/'.length)))
        assert.ok(rate.at <= NOW)
      }
    },
  }),
)
