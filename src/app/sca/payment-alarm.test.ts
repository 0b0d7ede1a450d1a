/** Payments with neither code nor exemption are an alarm, at most once a minute, and everything goes on to the metrics. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessEvent } from '../../../test/support/access-event.ts'
import type { ExchangeObserver } from '../../gateway/core/index.ts'
import { ALARM_EVERY_MS, withPaymentAlarm } from './payment-alarm.ts'

function watched() {
  const said: string[] = []
  const heard: string[] = []
  let at = 0
  const metrics: ExchangeObserver = {
    ended: ({ id }, recorded) => void heard.push(`${id} ${recorded}`),
    refused: (code) => void heard.push(code),
  }
  const observer = withPaymentAlarm(metrics, (text) => said.push(text), { monotonic: () => at })
  const refuse = (
    id: string,
    code:
      | 'GH_GATEWAY_PAYMENT_SCA_MISSING'
      | 'GH_GATEWAY_PAYMENT_SCA_OTHER' = 'GH_GATEWAY_PAYMENT_SCA_MISSING',
  ): void =>
    observer.ended(
      accessEvent({
        id,
        api: 'payments',
        outcome: 'denied',
        code,
      }),
      true,
    )
  return { observer, refuse, said, heard, pass: (ms: number) => void (at += ms) }
}

test('the first is told at once with its decision, the others of a minute together', () => {
  const { refuse, said, heard, pass } = watched()
  refuse('d-1')
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /^a payment .*payments.*d-1$/)
  refuse('d-2', 'GH_GATEWAY_PAYMENT_SCA_OTHER')
  pass(ALARM_EVERY_MS - 1)
  refuse('d-3')
  assert.equal(said.length, 1)
  pass(1)
  refuse('d-4')
  assert.match(said[1] ?? '', /^3 payments .*d-4$/)
  assert.deepEqual(heard, ['d-1 true', 'd-2 true', 'd-3 true', 'd-4 true'])
})

test('nothing else is an alarm', () => {
  const { observer, said, heard } = watched()
  observer.ended(accessEvent({ id: 'd-1', code: null }), true)
  observer.ended(
    accessEvent({ id: 'd-2', outcome: 'denied', code: 'GH_GATEWAY_PAYMENT_AMOUNT' }),
    false,
  )
  observer.refused('GH_GATEWAY_TARGET_MALFORMED')
  assert.deepEqual(said, [])
  assert.deepEqual(heard, ['d-1 true', 'd-2 false', 'GH_GATEWAY_TARGET_MALFORMED'])
})
