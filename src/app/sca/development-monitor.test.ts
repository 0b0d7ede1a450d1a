import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScaQuestion } from '../../sca/index.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { developmentMonitor, MAX_CUSTOMERS } from './development-monitor.ts'

const never = new AbortController().signal
const payment = (subject: string, id?: string): ScaQuestion => ({
  ...(id === undefined ? {} : { id }),
  subject,
  act: {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value: '1.00', currency: 'EUR' },
    payees: ['iban:DE02100100109307118603'],
  },
})

test('as many payments as it says are clear, one more is found, and time makes them clear again', async () => {
  const clock = new FakeClock()
  const monitor = developmentMonitor({ payments: 3, minutes: 10 }, clock)
  const fraud = async (id?: string) =>
    (await monitor(payment('anna', id), never)).monitoring.fraudScenario
  // The same payment, asked about again, is one.
  for (const id of ['1', '1', '2', '2', '3', '3']) assert.equal(await fraud(id), 'clear')
  assert.equal(await fraud('4'), 'found')
  const other = await monitor(payment('ben'), never)
  assert.equal(other.monitoring.fraudScenario, 'clear')
  clock.advance(10 * 60_000)
  assert.equal(await fraud('5'), 'clear')
  // Without a name each is another.
  for (let at = 0; at < 3; at++) await fraud()
  assert.equal(await fraud(), 'found')
})

test('access is no payment, and no risk is analysed', async () => {
  const monitor = developmentMonitor({ payments: 1, minutes: 1 }, new FakeClock())
  for (let at = 0; at < 5; at++) {
    const { monitoring, analysis } = await monitor(
      { subject: 'anna', act: { kind: 'account-access', through: 'third-party', asks: 'more' } },
      never,
    )
    assert.equal(monitoring.fraudScenario, 'clear')
    assert.deepEqual(new Set(Object.values(analysis)), new Set(['not-evaluated']))
  }
})

test('so many customers are remembered, and the longest unseen makes way', async () => {
  const monitor = developmentMonitor({ payments: 1, minutes: 10 }, new FakeClock())
  for (let at = 0; at < MAX_CUSTOMERS; at++) await monitor(payment(`c${at}`), never)
  const again = async (name: string) =>
    (await monitor(payment(name), never)).monitoring.fraudScenario
  assert.equal(await again('c0'), 'found')
  await monitor(payment('one more'), never)
  assert.equal(await again('c1'), 'clear', 'it made way')
  assert.equal(await again('c0'), 'found', 'seen lately')
})
