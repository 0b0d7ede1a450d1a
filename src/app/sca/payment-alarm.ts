/**
 * Somebody tried to pay with neither a code nor an exemption (PSD2 Art. 97), or with those of another payment, and the gateway refused. Each is an event; that it happens is an alarm, because
 * whoever issued the token let it happen, or somebody changed the consent afterwards. At most one a minute, with how many there were.
 */
import type { ExchangeObserver } from '../../gateway/core/index.ts'
import type { Clock } from '../../lib/index.ts'

export const ALARM_EVERY_MS = 60_000
const ALARMING: ReadonlySet<string> = new Set([
  'GH_GATEWAY_PAYMENT_SCA_MISSING',
  'GH_GATEWAY_PAYMENT_SCA_OTHER',
])

/** What `observer` is told goes on to it. `say`: for the record. */
export function withPaymentAlarm(
  observer: ExchangeObserver,
  say: (text: string) => void,
  clock: Pick<Clock, 'monotonic'>,
): ExchangeObserver {
  let unsaid = 0
  let notBefore = -Infinity
  return {
    refused: (code) => observer.refused(code),
    ended(event, recorded) {
      observer.ended(event, recorded)
      if (event.code === null || !ALARMING.has(event.code)) return
      unsaid++
      const now = clock.monotonic()
      if (now < notBefore) return
      notBefore = now + ALARM_EVERY_MS
      const count = unsaid === 1 ? 'a payment' : `${unsaid} payments`
      say(
        `${count} with neither a strong authentication nor an exemption of its own refused at ${event.api ?? 'no API'}; the last is decision ${event.id}`,
      )
      unsaid = 0
    },
  }
}
